import HTTP
import TestSupport
import Testing

@Suite struct StreamTests {
  private static let server = Result { try BackgroundProgram.python("http-server.py") }
  private let transport = CurlTransport()

  private func request(_ path: String) throws -> HTTPRequest {
    var request = HTTPRequest("GET", "http://127.0.0.1:\(try Self.server.get().port)\(path)")
    // Only what the stream does is under test, not how fast a busy machine does it.
    request.timeout = .seconds(600)
    return request
  }

  @Test func `a body is handed over whole and in order`() async throws {
    var bytes: [UInt8] = []
    let response = try await transport.stream(request("/lines?2000")) { chunk in
      bytes += chunk
      return .goOn
    }
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
    let expected = (0..<2000).map { "line \($0)\n" }.joined()
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
  }

  @Test func `a slow reader makes the server wait and loses nothing`() async throws {
    var count = 0
    _ = try await transport.stream(request("/large?8000000")) { chunk in
      for _ in 0..<50 { await Task.yield() }
      count += chunk.count
      return .goOn
    }
    #expect(count == 8_000_000)
  }

  @Test func `the reader can stop, and that is no failure`() async throws {
    var calls = 0
    let response = try await transport.stream(request("/begins")) { _ in
      calls += 1
      return .stop
    }
    #expect(calls == 1)
    #expect(response.status == 200)
  }

  @Test func `an answer that is not a success is kept instead of handed over`() async throws {
    let response = try await transport.stream(request("/status?500")) { _ in
      Issue.record("handed over")
      return .goOn
    }
    #expect(response.status == 500)
    #expect(response.body == Array("body of 500".utf8))
  }

  @Test func `a stream that breaks off fails`() async throws {
    await #expect(throws: HTTPFailure.truncated) {
      try await transport.stream(try request("/truncated")) { _ in .goOn }
    }
  }
}
