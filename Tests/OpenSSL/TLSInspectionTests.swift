import Glibc
import OpenSSL
import TestSupport
import Testing

@Suite struct TLSInspectionTests {
  static let certificates = Result { try TestCertificates() }

  private func inspected(
    _ kind: String, name: String = "localhost", trusting: Bool = true
  ) async throws -> ServedCertificate {
    let certificates = try Self.certificates.get()
    let (program, port) = try certificates.serve(kind)
    defer { withExtendedLifetime(program) {} }
    return try await inspectTLS(
      host: name, port: port, connectTo: ("127.0.0.1", port), trustFile: trusting ? certificates.authority : nil,
      timeout: .seconds(20)
    ).get()
  }

  @Test func `a good certificate is described and verified`() async throws {
    let served = try await inspected("good")
    #expect(served.subject == "CN=good")
    #expect(served.issuer == "CN=Gatehouse test authority")
    #expect(served.names == ["localhost", "127.0.0.1"])
    #expect(served.verification == .ok)
    #expect(served.nameMatches)
    #expect(served.keyBits == 256)
    #expect(served.notBefore < Int64(time(nil)))
    #expect((360...366).contains((served.notAfter - Int64(time(nil))) / 86_400))
    #expect(served.earliestChainExpiry == served.notAfter)
    #expect(served.tlsVersion.hasPrefix("TLSv1."))
  }

  @Test func `an address is compared with the addresses in the certificate`() async throws {
    #expect(try await inspected("good", name: "127.0.0.1").nameMatches)
    #expect(try await !inspected("wrong-name", name: "127.0.0.1").nameMatches)
  }

  @Test func `an expired certificate fails with its own code and its dates`() async throws {
    let served = try await inspected("expired")
    #expect(served.verification == .failed(code: 10, text: "certificate has expired"))
    #expect(served.notAfter < Int64(time(nil)))
    #expect(served.nameMatches)
  }

  @Test func `a certificate of the future is not yet valid`() async throws {
    #expect(try await inspected("future").verification == .failed(code: 9, text: "certificate is not yet valid"))
  }

  @Test func `the end of a certificate that ends soon is told`() async throws {
    let served = try await inspected("soon")
    #expect(served.verification == .ok)
    #expect((0...5).contains((served.notAfter - Int64(time(nil))) / 86_400))
  }

  @Test func `the first end in the chain is told, not only the certificate's own`() async throws {
    let served = try await inspected("short-chain")
    #expect(served.verification == .ok)
    #expect((360...366).contains((served.notAfter - Int64(time(nil))) / 86_400))
    #expect((0...5).contains((served.earliestChainExpiry - Int64(time(nil))) / 86_400))
  }

  @Test func `a wrong name is told apart from a bad chain`() async throws {
    let served = try await inspected("wrong-name")
    #expect(served.verification == .ok)
    #expect(!served.nameMatches)
    #expect(served.names == ["elsewhere.example"])
  }

  @Test(arguments: [("self-signed", true, 18), ("good", false, 19), ("broken-chain", true, 20)])
  func `a chain that leads to nobody trusted fails`(kind: String, trusting: Bool, code: Int) async throws {
    guard case .failed(let found, _) = try await inspected(kind, trusting: trusting).verification else {
      Issue.record("it was verified")
      return
    }
    #expect(found == code)
  }

  @Test(arguments: ["127.0.0.1", "api-dpl1.localhost"])
  func `nobody listening is a refusal`(host: String) async {
    #expect(await inspectTLS(host: host, port: 1, timeout: .seconds(5)) == .failure(.refused))
  }

  @Test func `a server without TLS is a failed handshake`() async throws {
    let program = try BackgroundProgram([
      "python3", "-c",
      """
      import socket
      listener = socket.create_server(("127.0.0.1", 0))
      print(listener.getsockname()[1], flush=True)
      connection = listener.accept()[0]
      connection.sendall(b"HTTP/1.1 400 Bad Request\\r\\n\\r\\n")
      connection.recv(65536)
      """,
    ])
    defer { withExtendedLifetime(program) {} }
    let port = try #require(Int(program.firstLine))
    guard case .failure(.handshake) = await inspectTLS(host: "127.0.0.1", port: port, timeout: .seconds(20))
    else {
      Issue.record("not a failed handshake")
      return
    }
  }

  @Test func `a server that says nothing is given up in time`() async throws {
    let silent = try SilentListener()
    #expect(await inspectTLS(host: "127.0.0.1", port: silent.port, timeout: .milliseconds(50)) == .failure(.timeout))
  }

  @Test func `cancelling ends an inspection`() async throws {
    let silent = try SilentListener()
    let task = Task { await inspectTLS(host: "127.0.0.1", port: silent.port, timeout: .seconds(600)) }
    task.cancel()
    #expect(await task.value == .failure(.cancelled))
  }

  @Test func `a trust file that is not there is our own failure`() async throws {
    guard
      case .failure(.local(let text)) = await inspectTLS(
        host: "127.0.0.1", port: 1, trustFile: "/nowhere/ca.pem", timeout: .seconds(5))
    else {
      Issue.record("the missing file was not noticed")
      return
    }
    #expect(text.contains("/nowhere/ca.pem"))
  }
}

/// Accepts connections in the kernel's queue and never says a word.
private final class SilentListener {
  let port: Int
  private let descriptor: Int32

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, size)
        _ = listen(descriptor, 8)
        _ = getsockname(descriptor, $0, &size)
      }
    }
    port = Int(UInt16(bigEndian: address.sin_port))
    try #require(port > 0)
  }

  deinit { close(descriptor) }
}
