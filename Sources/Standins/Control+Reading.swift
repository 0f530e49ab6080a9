import Core

/// The words in which the stand-in is told things; described in `docs/reference/standin.md`.
extension Pace {
  /// `"never"`, `{"polls": 2}` or `{"milliseconds": 500}`.
  init(json: JSON) throws(Problem) {
    if json.string == "never" {
      self = .never
      return
    }
    var form = try Form(json, "pace")
    let polls = try form.integer("polls")
    let milliseconds = try form.integer("milliseconds")
    try form.finish()
    switch (polls, milliseconds) {
    case (let polls?, nil): self = .polls(polls)
    case (nil, let milliseconds?): self = .milliseconds(Int64(milliseconds))
    default: throw Form.wrong("pace", "needs either polls or milliseconds")
    }
  }
}

extension BuildPlan {
  init(json: JSON) throws(Problem) {
    self.init()
    var form = try Form(json, "build")
    if let pace = form.value("queued") { queued = try Pace(json: pace) }
    if let pace = form.value("initializing") { initializing = try Pace(json: pace) }
    if let pace = form.value("building") { building = try Pace(json: pace) }
    if let pace = form.value("aliasing") { aliasing = try Pace(json: pace) }
    if let pace = form.value("checking") { checking = try Pace(json: pace) }
    for item in try form.list("checks") ?? [] { checks.append(try CheckPlan(json: item)) }
    if let lines = try form.strings("log") { log = lines }
    errorLog = try form.strings("errorLog") ?? []
    let code = try form.string("code") ?? "BUILD_FAILED"
    let message = try form.string("message") ?? "Command \"npm run build\" exited with 1"
    switch try form.string("outcome") ?? "ready" {
    case "ready": outcome = .ready
    case "error": outcome = .error(code: code, message: message, step: "buildStep")
    case "canceled": outcome = .canceled
    case "skipped": outcome = .skipped
    case "out-of-memory": outcome = .outOfMemory
    case "blocked": outcome = .blocked
    case "checks-failed": outcome = .checksFailed
    case "alias-error": outcome = .aliasError(code: code, message: message)
    case let other: throw Form.wrong("build.outcome", "\(other) is not known")
    }
    try form.finish()
  }
}

extension CheckPlan {
  init(json: JSON) throws(Problem) {
    var form = try Form(json, "check")
    self.init(try form.required("name"))
    version = try form.integer("version") ?? 2
    blocks = try form.string("blocks") ?? blocks
    conclusion = try form.string("conclusion") ?? conclusion
    try form.finish()
    guard version == 1 || version == 2 else { throw Form.wrong("check.version", "is neither 1 nor 2") }
  }
}

extension TrafficPlan {
  init(json: JSON) throws(Problem) {
    self.init()
    var form = try Form(json, "traffic")
    if let pace = form.value("pending") { pending = try Pace(json: pace) }
    if let pace = form.value("running") { running = try Pace(json: pace) }
    if let wanted = try form.choice("outcome", Outcome.self) { outcome = wanted }
    failing = Set(try form.strings("failing") ?? [])
    stuck = Set(try form.strings("stuck") ?? [])
    try form.finish()
  }
}

extension Protection {
  init(json: JSON) throws(Problem) {
    self.init()
    var form = try Form(json, "protection")
    wall = try form.choice("wall", Wall.self) ?? .page
    coversProduction = try form.bool("coversProduction") ?? false
    bypassSecrets = Set(try form.strings("bypassSecrets") ?? [])
    try form.finish()
  }
}

extension APIAnswer {
  init(json: JSON) throws(Problem) {
    var form = try Form(json, "answer")
    self.init(status: try form.integer("status") ?? 200)
    headers = try Form.headers(form.value("headers"))
    switch form.value("body") {
    case nil: break
    case .string(let text): body = Array(text.utf8)
    case let value?:
      headers.append(("Content-Type", "application/json"))
      body = Array(value.text().utf8)
    }
    try form.finish()
  }
}

extension Form {
  static func headers(_ json: JSON?) throws(Problem) -> [(name: String, value: String)] {
    var headers: [(name: String, value: String)] = []
    for member in json?.members ?? [] {
      guard let value = member.value.string else { throw wrong("headers.\(member.key)", "is no text") }
      headers.append((member.key, value))
    }
    return headers
  }
}

extension Fault {
  package init(json: JSON) throws(Problem) {
    var form = try Form(json, "fault")
    let method = try form.string("method")
    let path = try form.required("path")
    let effect: Effect
    switch try form.string("effect") ?? "respond" {
    case "respond": effect = .respond(try APIAnswer(json: form.value("answer") ?? ["status": 500]))
    case "reset": effect = .reset
    case "truncate": effect = .truncate(after: try form.integer("after") ?? 1)
    case "garbage": effect = .garbage
    case "stall": effect = .stall
    case "delay": effect = .delay
    case let other: throw Form.wrong("fault.effect", "\(other) is not known")
    }
    self.init(method, path, effect)
    host = try form.string("host")
    skip = try form.integer("skip") ?? 0
    // `"count": "all"` for every request from now on.
    switch form.value("count") {
    case nil: count = 1
    case .string("all"): count = nil
    case let value?:
      guard let number = value.integer else { throw Form.wrong("fault.count", "is no number and not all") }
      count = Int(number)
    }
    acts = try form.bool("acts") ?? false
    delay = Int64(try form.integer("delay") ?? 0)
    try form.finish()
  }
}
