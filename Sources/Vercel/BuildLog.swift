import Core
import Glibc
import HTTP

/// Follows a build's log: keeps its lines in a private file, without the values that are known to be secret, and what they
/// tell of errors.
///
/// They are data (law L9): a build may print anything. Shown are how many there are and, of a build that failed, a few lines
/// that tell of its errors, as ``QuotedLine`` has them.
struct BuildLog: Sendable {
  /// `nil` keeps nothing and reads nothing.
  let file: String?
  private(set) var lines = 0
  /// Why some are missing, in the vendor's or the system's words.
  private(set) var gap: String?
  private(set) var errors = BuildErrors()
  private let redactor: OutputRedactor
  /// Milliseconds of the newest line.
  private var newest: Int64 = 0
  /// What was seen in the last moments, by its mark: lines of several builders come late.
  private var seen: [String: Int64] = [:]
  private var polls = 0
  private var kept = 0

  /// Of the file, in bytes.
  private static let limit = 64 << 20
  private static let pageLength = 1000
  /// How late a line may come, in milliseconds.
  private static let lateness: Int64 = 5_000

  init(file: String?, hiding secrets: [Secret] = []) {
    self.file = file
    redactor = OutputRedactor(secrets)
  }

  /// Reads what is new. A log that cannot be read never fails a build: it is only told once.
  mutating func read(_ deployment: DeploymentID, _ client: VercelClient, isLast: Bool) async {
    guard file != nil else { return }
    polls += 1
    // Every fourth look is enough while it builds.
    guard isLast || polls % 4 == 0 else { return }
    // The log of a large build comes in many pages; what is left comes with the next look.
    var since = newest - BuildLog.lateness
    for _ in 0..<(isLast ? 100 : 20) {
      guard let count = await page(deployment, client, since: since), count >= BuildLog.pageLength else { return }
      // `since` may or may not take in its own millisecond.
      since = max(since + 1, newest - 1)
    }
  }

  /// Reads the end of a failed build's log, which may come a little after its state.
  mutating func finish(_ deployment: DeploymentID, _ client: VercelClient) async throws(VercelProblem) {
    guard file != nil else { return }
    for pause in [Duration.zero, .milliseconds(500), .seconds(1), .seconds(2)] {
      if pause > .zero {
        guard errors.last.isEmpty, gap == nil else { break }
        try await client.pause(for: pause, "read the build log of \(deployment)")
      }
      await read(deployment, client, isLast: true)
    }
    errors.finish()
  }

  /// - Returns: How many events there were; `nil` when they could not be read or kept.
  private mutating func page(_ deployment: DeploymentID, _ client: VercelClient, since: Int64) async -> Int? {
    var call = VercelCall(
      "GET", ["v3", "deployments", deployment.text, "events"], "read the build log of \(deployment)")
    call.query = [
      ("direction", "forward"), ("follow", "0"), ("builds", "1"), ("limit", String(BuildLog.pageLength)),
    ]
    if since > 0 { call.query.append(("since", String(since))) }
    call.takesLines = true
    do throws(VercelProblem) {
      let patience = RetryBudget(attempts: 2, total: .seconds(10))
      let events = BuildEvent.all(in: try await client.with(budget: patience).send(call).json)
      let before = lines
      let text = take(events)
      if !text.isEmpty { try append(text) }
      // A page that brings nothing new is the last: the service does not go by `since`.
      return lines == before ? 0 : events.count
    } catch {
      if gap == nil { client.progress(Progress(deployment.text, "its build log could not be read: \(error.why)")) }
      gap = error.why
      return nil
    }
  }

  private mutating func take(_ events: [BuildEvent]) -> String {
    var text = ""
    let oldest = newest - BuildLog.lateness
    for event in events {
      let created = event.created ?? newest
      guard created >= oldest, seen.updateValue(created, forKey: event.mark) == nil else { continue }
      newest = max(newest, created)
      for line in event.text.split(whereSeparator: \.isNewline).prefix(1000) {
        lines += 1
        guard kept < BuildLog.limit else { continue }
        let shown = redacted(line.withoutColours).oneLine(limit: 4000)
        errors.take(shown, isMarked: event.isError)
        text += "\(Timestamp(milliseconds: created)) \(shown)\n"
      }
    }
    if seen.count > 4 * BuildLog.pageLength {
      let oldest = newest - BuildLog.lateness
      seen = seen.filter { $0.value >= oldest }
    }
    return text
  }

  private func redacted(_ line: String) -> String {
    var redactor = redactor
    return String(decoding: redactor.pass(line.utf8) + redactor.finish(), as: UTF8.self)
  }

  private mutating func append(_ text: String) throws(VercelProblem) {
    guard let path = file, kept < BuildLog.limit else { return }
    func problem() -> VercelProblem {
      VercelProblem(.files, "keep the build log", place: path, why: String(cString: strerror(errno)))
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw problem() }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
    kept += bytes.count
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        if errno == EINTR { continue }
        throw problem()
      }
      bytes = bytes.dropFirst(written)
    }
  }
}

/// One line of a build's log, in either of the vendor's shapes.
struct BuildEvent: Hashable, Sendable {
  /// Milliseconds since 1970.
  var created: Int64?
  var text: String
  var isError: Bool
  /// By which it is known again.
  var mark: String

  /// `nil` for what is no line: keep-alive objects, states, delimiters.
  init?(json: JSON) {
    let payload = json["payload"].flatMap { $0.members == nil ? nil : $0 } ?? json
    guard let text = payload["text"]?.string else { return nil }
    self.text = text
    created =
      [payload["created"], payload["date"], json["created"], json["date"]].lazy.compactMap { $0?.integer }.first
    let type = json["type"]?.string ?? payload["type"]?.string
    isError = type == "stderr" || type == "fatal" || (payload["level"] ?? json["level"])?.string == "error"
    let name = payload["id"]?.string ?? "\(payload["serial"]?.string ?? "") \(created ?? 0) \(text)"
    mark = name
  }

  /// In the order of their times; those of one moment as they came.
  static func all(in json: JSON) -> [BuildEvent] {
    let entries = json.array ?? json["events"]?.array ?? [json]
    let events = entries.flatMap { $0.array ?? [$0] }.compactMap { BuildEvent(json: $0) }
    return events.enumerated().sorted {
      ($0.element.created ?? 0, $0.offset) < ($1.element.created ?? 0, $1.offset)
    }.map(\.element)
  }
}
