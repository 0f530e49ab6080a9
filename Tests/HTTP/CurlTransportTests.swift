import Core
import Glibc
import HTTP
import JSONText
import TestSupport
import Testing

@Suite struct CurlTransportTests {
  private static let server = Result { try BackgroundProgram.python("http-server.py") }
  private let transport = CurlTransport()

  private func address(_ path: String) throws -> String { "http://127.0.0.1:\(try Self.server.get().port)\(path)" }

  private func request(_ method: String = "GET", _ path: String) throws -> HTTPRequest {
    HTTPRequest(method, try address(path))
  }

  private func failure(_ request: HTTPRequest) async -> HTTPFailure? {
    do throws(HTTPFailure) {
      _ = try await transport.send(request)
      return nil
    } catch {
      return error
    }
  }

  private func echo(_ request: HTTPRequest) async throws -> JSON {
    try JSON(parsing: try await transport.send(request).body)
  }

  // MARK: What is sent and received

  @Test func `headers come in order, with repeated ones, without those of an early answer`() async throws {
    let response = try await transport.send(request("GET", "/headers"))
    #expect(response.status == 200)
    #expect(response.headers.map(\.name) == ["Content-Length", "B-First", "A-Second", "B-First", "Empty"])
    #expect(response.headers.map(\.value) == ["0", "1", "2", "3", ""])
    #expect(response.header("b-first") == "1")
    #expect(response.remoteAddress == "127.0.0.1")
  }

  @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE"])
  func `the method is sent as given`(method: String) async throws {
    #expect(try await echo(request(method, "/echo?a=%20b"))["method"]?.string == method)
  }

  @Test func `HEAD has no body`() async throws {
    let response = try await transport.send(request("HEAD", "/headers"))
    #expect(response.status == 200)
    #expect(response.body.isEmpty)
  }

  @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
  func `bytes arrive whole`(method: String) async throws {
    var request = try request(method, "/echo")
    request.body = .bytes(Array("abc".utf8))
    let echo = try await echo(request)
    #expect(echo["sha256"]?.string == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(echo["length"]?.integer == 3)
  }

  @Test func `a file arrives whole`() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(String(repeating: "0123456789", count: 500_000), to: "file")
    var request = try request("POST", "/echo")
    request.body = .file(path: path, size: 5_000_000)
    let echo = try await echo(request)
    #expect(echo["length"]?.integer == 5_000_000)
    #expect(echo["method"]?.string == "POST")
    // sha256sum of the same text.
    #expect(echo["sha256"]?.string == "cacbb71601fac4c79dd15527b7006b9066733567baeb1999cd95df16a6b65ed9")
  }

  @Test func `a file of another size than announced is not sent`() async throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("short", to: "file")
    var request = try request("POST", "/echo")
    request.body = .file(path: path, size: 6)
    guard case .local = await failure(request) else {
      Issue.record("it was sent")
      return
    }
  }

  @Test func `only the headers asked for are sent, and nothing of libcurl's own`() async throws {
    var request = try request("POST", "/echo")
    request.headers = [("X-Empty", ""), ("Authorization", "Bearer secret")]
    request.body = .bytes([1])
    let names = try await echo(request)["headers"]?.array?.compactMap { $0[0]?.string }
    #expect(names == ["Host", "User-Agent", "Accept", "X-Empty", "Authorization", "Content-Length"])
  }

  @Test func `a redirect is an answer and is not followed`() async throws {
    let response = try await transport.send(request("GET", "/redirect"))
    #expect(response.status == 302)
    #expect(response.header("location") == "/echo")
  }

  @Test func `a path with dots is sent as it is`() async throws {
    #expect(try await echo(request("GET", "/echo?x=/../y"))["target"]?.string == "/echo?x=/../y")
  }

  @Test func `the phases add up to no more than the total`() async throws {
    let timing = try await transport.send(request("GET", "/echo")).timing
    #expect(timing.total > .zero)
    #expect(timing.tls == .zero)
    #expect(timing.resolve + timing.connect + timing.wait + timing.transfer <= timing.total)
  }

  // MARK: Connections

  @Test func `a connection is kept unless a new one is asked for`() async throws {
    let (program, port) = try BackgroundProgram.python("http-server.py")
    defer { withExtendedLifetime(program) {} }
    var request = HTTPRequest("GET", "http://127.0.0.1:\(port)/connections")
    for _ in 0..<3 { #expect(try await transport.send(request).body == Array("1".utf8)) }
    request.reuseConnection = false
    #expect(try await transport.send(request).body == Array("2".utf8))
    #expect(try await transport.send(request).body == Array("3".utf8))
  }

  @Test func `a resolve map says where to connect and keeps the name`() async throws {
    let port = try Self.server.get().port
    let pinned = CurlTransport(resolve: try ResolveMap("api.example:80:127.0.0.1:\(port)"))
    let echo = try JSON(parsing: try await pinned.send(HTTPRequest("GET", "http://api.example/echo")).body)
    #expect(echo["headers"]?[0]?[1]?.string == "api.example")
  }

  @Test func `the environment's proxy is used, but not for loopback, pinned or excepted hosts`() async throws {
    let port = try Self.server.get().port
    let proxied = CurlTransport(
      resolve: try ResolveMap("pinned.example:80:127.0.0.1:\(port)"),
      environment: ["HTTP_PROXY": "http://127.0.0.1:\(port)", "NO_PROXY": "direct.invalid"])
    func body(_ url: String) async throws -> String {
      String(decoding: try await proxied.send(HTTPRequest("GET", url)).body, as: UTF8.self)
    }
    #expect(try await body("http://far.example/x") == "proxied http://far.example/x")
    #expect(try await body("http://pinned.example/x") == "hello")
    #expect(try await body(address("/x")) == "hello")
    await #expect(throws: HTTPFailure.unresolvable(host: "direct.invalid")) {
      try await body("http://direct.invalid/x")
    }
  }

  @Test func `HTTPS goes through a proxy as through a pipe, certificate and all`() async throws {
    let certificates = try TestCertificates()
    let (program, port) = try certificates.serve("wrong-name")
    defer { withExtendedLifetime(program) {} }
    let proxied = CurlTransport(
      environment: [
        "HTTPS_PROXY": "http://127.0.0.1:\(try Self.server.get().port)", "SSL_CERT_FILE": certificates.authority,
      ])
    let response = try await proxied.send(HTTPRequest("GET", "https://elsewhere.example:\(port)/"))
    #expect(response.body == Array("hello".utf8))
    #expect(response.header("x-proxy") == nil)
    #expect(response.timing.tls > .zero)
  }

  @Test func `a proxy that refuses or is not there is the proxy's failure`() async throws {
    let port = try Self.server.get().port
    var request = HTTPRequest("GET", "https://far.example/")
    request.proxy = "http://127.0.0.1:\(port)"
    #expect(await failure(request) == .proxy("the proxy answered 403 to CONNECT"))
    request.proxy = "http://127.0.0.1:1"
    #expect(await failure(request) == .proxy("the proxy cannot be reached"))
  }

  @Test func `a thousand exchanges are under way at once without a thread each`() async throws {
    let address = try address("/together?1000")
    let transport = transport
    let most = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<1000 {
        group.addTask {
          var request = HTTPRequest("GET", address)
          request.timeout = .seconds(60)
          request.connectTimeout = .seconds(60)
          // The server answers nobody before all thousand have asked.
          try #require(try await transport.send(request).status == 200)
          return try threadsOfThisProcess()
        }
      }
      return try await group.reduce(0, max)
    }
    // Other suites have some threads of their own at the same time.
    #expect((1..<300).contains(most))
  }
}

private func threadsOfThisProcess() throws -> Int {
  let folder = try #require(opendir("/proc/self/task"))
  defer { closedir(folder) }
  var count = -2  // . and ..
  while readdir(folder) != nil { count += 1 }
  return count
}
