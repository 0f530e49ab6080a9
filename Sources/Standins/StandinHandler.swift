import Core
import FlyingFox
import FlyingSocks
import FoundationEssentials

/// Between the HTTP server and the world of the stand-in.
struct StandinHandler: HTTPHandler {
  let box: StandinBox
  let clock: @Sendable () -> Int64
  let recorders: [ExchangeRecorder]

  func handleRequest(_ request: HTTPRequest) async throws -> HTTPResponse {
    guard let standin = box.standin else { return HTTPResponse(statusCode: .serviceUnavailable) }
    let asked = APIRequest(
      method: request.method.rawValue, path: request.target.path(), rawQuery: request.target.query(),
      headers: request.headers.map { ($0.key.rawValue, $0.value) }, body: [UInt8](try await request.bodyData))
    let handled = standin.handle(asked, at: clock())
    if let record = handled.record {
      for recorder in recorders { try recorder.append(record) }
    }
    if handled.reaction.delay > 0 { try await Task.sleep(for: .milliseconds(handled.reaction.delay)) }
    switch handled.reaction.kind {
    case .answer(let answer): return response(answer)
    case .live(let ask, let request): return response(await ask(request))
    case .truncated(let answer, let count): return truncated(answer, after: count)
    case .stall:
      // Ends when the stand-in stops, which cancels this task.
      while true { try await Task.sleep(for: .seconds(3600)) }
    case .reset:
      guard case .ip4(_, port: let peer) = request.remoteAddress,
        LoopbackSockets.reset(localPort: standin.port, peerPort: peer)
      else {
        return response(.error(501, "standin_not_implemented", "The stand-in could not reset the connection"))
      }
      return HTTPResponse(statusCode: .internalServerError)
    }
  }

  private func response(_ answer: APIAnswer) -> HTTPResponse {
    HTTPResponse(
      statusCode: HTTPStatusCode(answer.status, phrase: "Status"), headers: headers(answer), body: Data(answer.body))
  }

  private func headers(_ answer: APIAnswer) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for (name, value) in answer.headers { headers.addValue(value, for: HTTPHeader(name)) }
    return headers
  }

  /// Announces the whole length, sends a part, and closes.
  private func truncated(_ answer: APIAnswer, after count: Int) -> HTTPResponse {
    let part = CutBody(bytes: Array(answer.body.prefix(count)))
    return HTTPResponse(
      statusCode: HTTPStatusCode(answer.status, phrase: "Status"), headers: headers(answer),
      body: HTTPBodySequence(from: part, count: max(answer.body.count, count + 1)))
  }
}

/// A body that fails after its bytes, upon which the server closes the connection.
struct CutBody: AsyncBufferedSequence {
  typealias Element = UInt8
  struct Ended: Error {}
  let bytes: [UInt8]

  struct Iterator: AsyncBufferedIteratorProtocol {
    var rest: ArraySlice<UInt8>

    mutating func next() async throws -> UInt8? {
      guard let byte = rest.popFirst() else { throw Ended() }
      return byte
    }

    mutating func nextBuffer(suggested count: Int) async throws -> ArraySlice<UInt8>? {
      guard !rest.isEmpty else { throw Ended() }
      defer { rest = rest.dropFirst(count) }
      return rest.prefix(count)
    }
  }

  func makeAsyncIterator() -> Iterator { Iterator(rest: bytes[...]) }
}
