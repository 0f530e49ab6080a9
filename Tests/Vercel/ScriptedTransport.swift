import Core
import HTTP
import JSONText
import Synchronization
import Testing

@testable import Vercel

/// What came in, as tests compare it.
struct SentRequest: Hashable, Sendable, CustomStringConvertible {
  var method: String
  var path: String
  /// In the order sent.
  var query: [String]
  var headers: [String: String]
  var body: [UInt8]
  var file: String?

  var line: String { method + " " + path }
  var description: String { line + (query.isEmpty ? "" : "?" + query.joined(separator: "&")) }
  var json: JSON? { do { return try JSON(parsing: body) } catch { return nil } }
}

/// A transport that answers from a script.
///
/// Answers belong to a line such as `GET /v9/projects/prj_1` and are used up in order; the last one stays. A request
/// for which there is none fails the test that made it, and never reaches a network.
final class ScriptedTransport: HTTPTransport {
  enum Step: Sendable {
    case answer(Int, JSON?, [(name: String, value: String)] = [])
    case text(Int, String, [(name: String, value: String)] = [])
    case failure(HTTPFailure)
    /// Looks at the request, and perhaps changes the world of the test.
    case react(@Sendable (SentRequest) -> Step)
  }

  private struct State {
    var steps: [String: [Step]] = [:]
    var sent: [SentRequest] = []
  }
  private let state = Mutex(State())

  init(_ steps: [String: [Step]] = [:]) { state.withLock { $0.steps = steps } }

  var sent: [SentRequest] { state.withLock { $0.sent } }
  var lines: [String] { sent.map(\.line) }
  func count(_ line: String) -> Int { lines.count { $0 == line } }
  func steps(_ line: String) -> [Step] { state.withLock { $0.steps[line] ?? [] } }
  func set(_ line: String, _ steps: [Step]) { state.withLock { $0.steps[line] = steps } }

  func send(_ request: HTTPRequest) async throws(HTTPFailure) -> HTTPResponse {
    let sent = SentRequest(request)
    var step = state.withLock { state -> Step? in
      state.sent.append(sent)
      guard let steps = state.steps[sent.line], let first = steps.first else { return nil }
      if steps.count > 1 { state.steps[sent.line] = Array(steps.dropFirst()) }
      return first
    }
    if step == nil { Issue.record("nothing is scripted for \(sent)") }
    while case .react(let look) = step { step = look(sent) }
    switch step {
    case .answer(let status, let json, let headers):
      return HTTPResponse(status: status, headers: headers, body: json.map { Array($0.text().utf8) } ?? [])
    case .text(let status, let text, let headers):
      return HTTPResponse(status: status, headers: headers, body: Array(text.utf8))
    case .failure(let failure): throw failure
    case .react, nil: throw .invalid("not scripted")
    }
  }
}

extension SentRequest {
  init(_ request: HTTPRequest) {
    let rest = request.url.replacing("https://api.test", with: "")
    let parts = rest.split(separator: "?", maxSplits: 1).map(String.init)
    method = request.method
    path = parts.first ?? ""
    query = parts.count > 1 ? parts[1].split(separator: "&").map(String.init) : []
    headers = Dictionary(request.headers.map { ($0.name, $0.value) }) { first, _ in first }
    switch request.body {
    case .none: body = []
    case .bytes(let bytes): body = bytes
    case .file(let path, _):
      body = []
      file = path
    }
  }
}
