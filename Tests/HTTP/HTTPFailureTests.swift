import Core
import HTTP
import TestSupport
import Testing

@Suite struct HTTPFailureTests {
  private static let server = Result { try BackgroundProgram.python("http-server.py") }
  private static let certificates = Result { try TestCertificates() }
  private let transport = CurlTransport()

  private func request(_ path: String) throws -> HTTPRequest {
    HTTPRequest("GET", "http://127.0.0.1:\(try Self.server.get().port)\(path)")
  }

  private func failure(_ request: HTTPRequest, _ transport: CurlTransport? = nil) async -> HTTPFailure? {
    do throws(HTTPFailure) {
      _ = try await (transport ?? self.transport).send(request)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("/reset", HTTPFailure.reset), ("/close", .reset), ("/truncated", .truncated), ("/truncated-chunked", .truncated),
  ])
  func `a broken answer is named`(path: String, expected: HTTPFailure) async throws {
    #expect(await failure(try request(path)) == expected)
  }

  @Test func `an answer that is no HTTP fails`() async throws {
    guard case .other = await failure(try request("/garbage")) else {
      Issue.record("it was taken for an answer")
      return
    }
  }

  @Test(arguments: ["/never", "/begins"])
  func `an answer that does not come or end in time is a timeout`(path: String) async throws {
    var request = try request(path)
    request.timeout = .seconds(1)
    #expect(await failure(request) == .timeout)
  }

  @Test(arguments: ["127.0.0.1", "localhost", "api-dpl1.localhost"])
  func `nobody listening is a refusal`(host: String) async {
    #expect(await failure(HTTPRequest("GET", "http://\(host):1/")) == .refused)
  }

  @Test func `a name that does not exist cannot be resolved`() async {
    #expect(
      await failure(HTTPRequest("GET", "http://nowhere.invalid/")) == .unresolvable(host: "nowhere.invalid"))
  }

  @Test func `a body is taken up to its limit and not beyond`() async throws {
    var request = try request("/large?100000")
    request.maximumBody = 100_000
    #expect(try await transport.send(request).body.count == 100_000)
    request.maximumBody = 99_999
    #expect(await failure(request) == .tooLarge(limit: 99_999))
  }

  @Test func `endless headers are not taken`() async throws {
    #expect(await failure(try request("/large-headers")) != nil)
  }

  @Test(arguments: [
    "", "/path", "ftp://127.0.0.1/", "file:///etc/passwd", "http://", "http://user:pw@127.0.0.1/", "http://a b/",
    "http://127.0.0.1/\r\nX: y", "http://127.0.0.1:99999/",
  ])
  func `an address that is not plain http or https is a mistake of the caller`(url: String) async {
    guard case .invalid = await failure(HTTPRequest("GET", url)) else {
      Issue.record("it was tried")
      return
    }
  }

  @Test(arguments: [("X-A", "b\r\nX-Evil: 1"), ("X-A", "b\u{0}"), ("X:A", "b"), ("X A", "b"), ("", "b"), ("X\n", "b")])
  func `nothing can be smuggled in with a header, and its value is not repeated`(name: String, value: String)
    async throws
  {
    var request = try request("/echo")
    request.headers = [(name, value)]
    guard case .invalid(let text) = await failure(request) else {
      Issue.record("it was sent")
      return
    }
    #expect(!text.contains("Evil"))
  }

  @Test func `nothing can be smuggled in with a method`() async throws {
    var request = try request("/echo")
    request.method = "GET / HTTP/1.1\r\nX: y\r\n\r\n"
    guard case .invalid = await failure(request) else {
      Issue.record("it was sent")
      return
    }
  }

  @Test func `cancelling ends an exchange that would not end`() async throws {
    var request = try request("/never")
    request.timeout = .seconds(600)
    let task = Task { [request] in await failure(request) }
    task.cancel()
    #expect(await task.value == .cancelled)
  }

  // MARK: TLS

  private func served(_ kind: String, trusting: Bool = true, host: String = "localhost") async throws -> HTTPFailure? {
    let certificates = try Self.certificates.get()
    let (program, port) = try certificates.serve(kind)
    defer { withExtendedLifetime(program) {} }
    let transport = CurlTransport(
      resolve: try ResolveMap("\(host):\(port):127.0.0.1:\(port)"),
      environment: trusting ? ["SSL_CERT_FILE": certificates.authority] : [:])
    return await failure(HTTPRequest("GET", "https://\(host):\(port)/"), transport)
  }

  @Test func `a good certificate is accepted`() async throws {
    #expect(try await served("good") == nil)
  }

  @Test(arguments: ["expired", "future", "wrong-name", "self-signed", "broken-chain"])
  func `a bad certificate is refused`(kind: String) async throws {
    guard case .tlsVerification(let text) = try await served(kind) else {
      Issue.record("\(kind) was accepted")
      return
    }
    #expect(!text.isEmpty)
  }

  @Test func `an authority that nobody trusts is refused`() async throws {
    guard case .tlsVerification = try await served("good", trusting: false) else {
      Issue.record("it was accepted")
      return
    }
  }

  @Test func `a trust file that is not there is our own failure`() async throws {
    let transport = CurlTransport(environment: ["SSL_CERT_FILE": "/nowhere/ca.pem"])
    let (program, port) = try Self.certificates.get().serve("good")
    defer { withExtendedLifetime(program) {} }
    guard case .local = await failure(HTTPRequest("GET", "https://localhost:\(port)/"), transport) else {
      Issue.record("the missing file was not noticed")
      return
    }
  }

  @Test func `plain HTTP where TLS is expected is a failed handshake`() async throws {
    let port = try Self.server.get().port
    var request = HTTPRequest("GET", "https://127.0.0.1:\(port)/")
    request.timeout = .seconds(10)
    request.connectTimeout = .seconds(1)
    #expect(await failure(request) == .connectTimeout)
  }
}
