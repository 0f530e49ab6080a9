import Core
import Glibc
import HTTP

/// Keeps the lines of a build's log in a private file.
///
/// They are data (law L9): a build may print anything, so no line is ever shown; how many there are is.
struct BuildLog: Sendable {
  /// `nil` keeps nothing and reads nothing.
  let file: String?
  private(set) var lines = 0
  /// Why some are missing, in the vendor's or the system's words.
  private(set) var gap: String?
  /// Milliseconds of the newest line, and the lines of that very moment.
  private var newest: Int64 = 0
  private var seen: Set<String> = []
  private var polls = 0

  init(file: String?) { self.file = file }

  /// Reads what is new. A log that cannot be read never fails a build: it is only told once.
  mutating func read(_ deployment: DeploymentID, _ client: VercelClient, isLast: Bool) async {
    guard let file else { return }
    polls += 1
    // Every fourth look is enough while it builds.
    guard isLast || polls % 4 == 0 else { return }
    var call = VercelCall(
      "GET", ["v3", "deployments", deployment.text, "events"], "read the build log of \(deployment)")
    call.query = [("direction", "forward"), ("follow", "0"), ("builds", "1"), ("limit", "1000")]
    if newest > 0 { call.query.append(("since", String(newest))) }
    do throws(VercelProblem) {
      let patience = RetryBudget(attempts: 2, total: .seconds(10))
      let text = take(try await client.with(budget: patience).send(call).json.array ?? [])
      if !text.isEmpty { try append(text, to: file) }
    } catch {
      if gap == nil { client.progress(Progress(deployment.text, "its build log could not be read: \(error.why)")) }
      gap = error.why
    }
  }

  private mutating func take(_ events: [JSON]) -> String {
    var text = ""
    for event in events {
      let payload = event["payload"] ?? event
      guard let line = payload["text"]?.string else { continue }
      let created = payload["created"]?.integer ?? payload["date"]?.integer ?? event["created"]?.integer ?? newest
      // `since` takes in its own millisecond, so lines of that moment come again.
      let mark = payload["id"]?.string ?? payload["serial"]?.string ?? line
      guard created >= newest else { continue }
      if created > newest {
        newest = created
        seen = []
      }
      guard seen.insert(mark).inserted else { continue }
      lines += 1
      text += "\(Timestamp(milliseconds: created)) \(line.oneLine(limit: 4000))\n"
    }
    return text
  }

  private func append(_ text: String, to path: String) throws(VercelProblem) {
    func problem() -> VercelProblem {
      VercelProblem(.files, "keep the build log", place: path, why: String(cString: strerror(errno)))
    }
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw problem() }
    defer { close(descriptor) }
    var bytes = Array(text.utf8)[...]
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
