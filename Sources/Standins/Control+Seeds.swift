import Core

extension PageRule {
  package init(json: JSON) throws(Problem) {
    var form = try Form(json, "page")
    var answers: [PageAnswer] = []
    for item in try form.list("answers") ?? [] { answers.append(try PageAnswer(json: item)) }
    self.init(try form.string("path") ?? "*", answers)
    project = try form.string("project")
    deployment = try form.string("deployment")
    commit = try form.string("commit")
    way = try form.choice("way", Way.self) ?? .any
    try form.finish()
  }
}

extension PageAnswer {
  init(json: JSON) throws(Problem) {
    var form = try Form(json, "answer")
    let delay = Int64(try form.integer("delay") ?? 0)
    let times = try form.integer("times")
    let kind: Kind
    switch try form.string("effect") ?? "answer" {
    case "answer":
      var headers = try Form.headers(form.value("headers"))
      let body: String
      switch form.value("body") {
      case nil: body = ""
      case .string(let text): body = text
      case let value?:
        headers.append(("Content-Type", "application/json"))
        body = value.text()
      }
      kind = .fixed(status: try form.integer("status") ?? 200, headers: headers, body: body)
    case "well": kind = PageAnswer.well().kind
    case "unwell": kind = PageAnswer.unwell().kind
    case "reset": kind = .reset
    case "stall": kind = .stall
    case let other: throw Form.wrong("answer.effect", "\(other) is not known")
    }
    try form.finish()
    self.init(kind, delay: delay, times: times)
  }
}

extension StandinVariable {
  init(json: JSON) throws(Problem) {
    var form = try Form(json, "variable")
    self.init(
      try form.required("key"), try form.string("value") ?? "", try form.choice("type", Kind.self) ?? .encrypted,
      targets: try form.strings("target") ?? ["production"])
    gitBranch = try form.string("gitBranch")
    updatedAt = try form.integer("updatedAt").map { Int64($0) }
    try form.finish()
  }
}

extension ProjectSeed {
  package init(json: JSON) throws(Problem) {
    var form = try Form(json, "project")
    self.init(
      try form.required("name"), domains: try form.strings("domains"), releases: try form.strings("releases") ?? [])
    id = try form.string("id")
    for item in try form.list("variables") ?? [] { variables.append(try StandinVariable(json: item)) }
    autoAssign = try form.bool("autoAssign") ?? true
    for item in try form.list("otherDomains") ?? [] { otherDomains.append(try StandinDomain(json: item)) }
    assigned = try form.strings("assigned") ?? []
    if let json = form.value("rollingStages") { rollingStages = try RollingStages(control: json) }
    if let json = form.value("protection") { protection = try Protection(json: json) }
    if let json = form.value("build") { build = try BuildPlan(json: json) }
    if let json = form.value("traffic") { traffic = try TrafficPlan(json: json) }
    for item in try form.list("pages") ?? [] { pages.append(try PageRule(json: item)) }
    rootDirectory = try form.string("rootDirectory")
    link = form.value("link")
    fetches = try form.string("fetches")
    try form.finish()
  }
}

extension StandinDomain {
  init(json: JSON) throws(Problem) {
    var form = try Form(json, "domain")
    self.init(
      try form.required("name"), redirect: try form.string("redirect"), gitBranch: try form.string("gitBranch"),
      environment: try form.string("environment"))
    isVerified = try form.bool("verified") ?? true
    try form.finish()
  }
}

extension RollingStages {
  /// A list of percentages; each stage waits to be approved.
  init(control json: JSON) throws(Problem) {
    let shares = (json.array ?? []).compactMap { $0.integer.flatMap { Int(exactly: $0) } }
    guard shares.count == json.array?.count, shares.last == 100, shares == shares.sorted() else {
      throw Form.wrong("rollingStages", "is no list of ascending percentages that ends with 100")
    }
    self.init(shares)
  }
}

extension StandinConfiguration {
  /// What a stand-in that is a process of its own starts with.
  package init(json: JSON) throws(Problem) {
    self.init()
    var form = try Form(json, "state")
    if let json = form.value("team") {
      if json.isNull {
        team = nil
      } else {
        var parts = try Form(json, "team")
        team = StandinTeam(id: try parts.required("id"), slug: try parts.required("slug"))
        try parts.finish()
      }
    }
    if let items = try form.list("tokens") {
      tokens = []
      for item in items {
        var parts = try Form(item, "token")
        let text = try parts.required("token")
        let project = try parts.string("project")
        let expiresAt = try parts.integer("expiresAt").map { Int64($0) }
        try parts.finish()
        tokens.append(
          StandinToken(text, reach: project.map { .project($0) } ?? .everything, expiresAt: expiresAt))
      }
    }
    if let wanted = try form.string("plan") { plan = wanted }
    uploadsADay = try form.integer("uploadsADay")
    if let key = try form.string("controlKey") { controlKey = key }
    if let wanted = try form.bool("createsUnknownProjects") { createsUnknownProjects = wanted }
    for item in try form.list("projects") ?? [] { projects.append(try ProjectSeed(json: item)) }
    misconfiguredDomains = try form.strings("misconfiguredDomains") ?? []
    for item in try form.list("sharedVariables") ?? [] {
      var parts = try Form(item, "sharedVariable")
      let names = try parts.strings("projects") ?? []
      sharedVariables.append(
        SharedVariable(try StandinVariable(json: parts.value("variable") ?? .null), projects: names))
      try parts.finish()
    }
    try form.finish()
  }
}
