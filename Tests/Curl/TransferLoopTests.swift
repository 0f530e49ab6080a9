import Curl
import TestSupport
import Testing

@Suite struct TransferLoopTests {
  private func get(_ port: Int, _ path: String) -> TransferRequest {
    TransferRequest(url: "http://127.0.0.1:\(port)\(path)", kind: .http(method: "GET", headers: []))
  }

  @Test func `the library says its version`() {
    #expect(CurlLibrary.version.split(separator: ".").count == 3)
  }

  @Test func `a loop can be made and dropped many times`() async throws {
    let (program, port) = try BackgroundProgram.python("http-server.py")
    defer { withExtendedLifetime(program) {} }
    for _ in 0..<50 {
      let answer = try await TransferLoop().run(get(port, "/"))
      #expect(answer.body == Array("hello".utf8))
    }
  }

  @Test func `a transfer cancelled before it began never begins`() async throws {
    let (program, port) = try BackgroundProgram.python("http-server.py")
    defer { withExtendedLifetime(program) {} }
    let loop = try TransferLoop()
    let request = get(port, "/connections")
    let task = Task {
      // Waits for its own cancellation, so that the request is made by a cancelled task.
      while !Task.isCancelled { await Task.yield() }
      return try await loop.run(request).status
    }
    task.cancel()
    await #expect(throws: TransferFailure.self) { try await task.value }
    #expect(try await loop.run(request).body == Array("1".utf8))
  }
}
