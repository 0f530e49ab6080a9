import HTTP
import Synchronization
import TestSupport
import Testing

private let nghttpdIsHere: Bool = {
  do {
    let program = try BackgroundProgram([
      "sh", "-c", "PATH=$PATH:/usr/sbin; command -v nghttpd >/dev/null && echo here || echo absent",
    ])
    if program.firstLine == "here" { return true }
  } catch {
    print("no shell: \(error)")
  }
  print("SKIPPED: the tests with HTTP/2 need nghttpd (Debian's nghttp2-server)")
  return false
}()

private final class Meter: Sendable {
  let bytes = Mutex(0)
}

@Suite(.enabled(if: nghttpdIsHere, "there is no nghttpd")) struct HTTP2Tests {
  private let folder: TemporaryFolder
  private let program: BackgroundProgram
  private let base: String
  private let transport: CurlTransport
  /// Kept because the trust file is read again for each connection.
  private let certificates: TestCertificates

  init() throws {
    folder = try TemporaryFolder()
    certificates = try TestCertificates()
    let files = certificates.files("good")
    let (program, port) = try BackgroundProgram.python("http2-server.py", [folder.path, files.chain, files.key])
    self.program = program
    base = "https://localhost:\(port)"
    transport = CurlTransport(
      resolve: try ResolveMap("localhost:\(port):127.0.0.1:\(port)"),
      environment: ["SSL_CERT_FILE": certificates.authority])
  }

  @Test func `many exchanges share connections, and each gets its own answer`() async throws {
    for number in 0..<100 { try folder.write("answer \(number)", to: "\(number)") }
    let (base, transport) = (base, transport)
    let right = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<100 {
        group.addTask {
          let response = try await transport.send(HTTPRequest("GET", "\(base)/\(number)"))
          return response.status == 200 && response.body == Array("answer \(number)".utf8)
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(right == 100)
  }

  @Test func `a file goes up and comes back whole`() async throws {
    let text = String(repeating: "0123456789", count: 300_000)
    let path = try folder.write(text, to: "file")
    var request = HTTPRequest("POST", base + "/echo")
    request.body = .file(path: path, size: 3_000_000)
    #expect(try await transport.send(request).body == Array(text.utf8))
  }

  @Test func `uploads that begin together share one connection, and tell what was sent`() async throws {
    let text = String(repeating: "0123456789", count: 30_000)
    let path = try folder.write(text, to: "file")
    let (base, transport) = (base, transport)
    let meter = Meter()
    let handshakes = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<16 {
        group.addTask {
          var request = HTTPRequest("POST", base + "/echo", body: .file(path: path, size: 300_000))
          request.sharesConnection = true
          request.onSent = { count in meter.bytes.withLock { $0 += count } }
          let response = try await transport.send(request)
          try #require(response.body == Array(text.utf8))
          return response.timing.tls > .zero
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(handshakes == 1)
    #expect(meter.bytes.withLock { $0 } == 16 * 300_000)
  }

  @Test func `headers arrive, and a missing page is a plain answer`() async throws {
    let response = try await transport.send(HTTPRequest("GET", base + "/absent"))
    #expect(response.status == 404)
    #expect(response.header("server")?.hasPrefix("nghttpd") == true)
  }
}
