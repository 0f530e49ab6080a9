internal import COpenSSL
import Glibc

/// One handshake on a socket. Used by one thread from beginning to end, as OpenSSL asks of an `SSL`
/// (https://docs.openssl.org/3.0/man7/openssl-threads/); its error queue is the thread's and is drained here.
struct Handshake: ~Copyable {
  private let context: OpaquePointer
  private let ssl: OpaquePointer

  private init(context: OpaquePointer, ssl: OpaquePointer) {
    self.context = context
    self.ssl = ssl
  }

  deinit {
    SSL_free(ssl)
    SSL_CTX_free(context)
  }

  static func prepare(name: String, trustFile: String?) throws(TLSInspectionFailure) -> Handshake {
    ERR_clear_error()
    guard let context = SSL_CTX_new(TLS_client_method()) else { throw .local(drainedErrors()) }
    guard let ssl = SSL_new(context) else {
      SSL_CTX_free(context)
      throw .local(drainedErrors())
    }
    let handshake = Handshake(context: context, ssl: ssl)
    try handshake.setTrust(trustFile)
    // The chain is verified and the result kept; the handshake goes on, so that a bad certificate can be described.
    SSL_set_verify(ssl, SSL_VERIFY_NONE, nil)
    // RFC 6066, section 3: literal addresses are not sent.
    if !isAddress(name), gatehouse_ssl_set_server_name(ssl, name) != 1 {
      throw .local("'\(name)' cannot be sent as a server name")
    }
    return handshake
  }

  private func setTrust(_ file: String?) throws(TLSInspectionFailure) {
    // The store belongs to the context and is read at the handshake, not when the SSL is made.
    guard let file else {
      guard SSL_CTX_set_default_verify_paths(context) == 1 else { throw .local(Handshake.drainedErrors()) }
      return
    }
    guard SSL_CTX_load_verify_locations(context, file, nil) == 1 else {
      throw .local("the trust file \(file) cannot be read: \(Handshake.drainedErrors())")
    }
  }

  func perform(
    on socket: borrowing Socket, deadline: Deadline, isCancelled: () -> Bool
  ) throws(TLSInspectionFailure) {
    guard SSL_set_fd(ssl, socket.descriptor) == 1 else { throw .local(Handshake.drainedErrors()) }
    while true {
      ERR_clear_error()
      errno = 0
      let result = SSL_connect(ssl)
      if result == 1 { return }
      let systemError = errno
      switch SSL_get_error(ssl, result) {
      case SSL_ERROR_WANT_READ:
        guard Socket.ready(socket.descriptor, POLLIN, deadline, isCancelled) else { throw .timeout }
      case SSL_ERROR_WANT_WRITE:
        guard Socket.ready(socket.descriptor, POLLOUT, deadline, isCancelled) else { throw .timeout }
      case SSL_ERROR_SYSCALL where systemError == ECONNRESET || systemError == EPIPE: throw .reset
      case SSL_ERROR_SYSCALL: throw .handshake("the server ended the connection")
      default: throw .handshake(Handshake.drainedErrors())
      }
    }
  }

  func certificate(for name: String) throws(TLSInspectionFailure) -> ServedCertificate {
    guard let leaf = SSL_get1_peer_certificate(ssl) else { throw .noCertificate }
    defer { X509_free(leaf) }
    let code = SSL_get_verify_result(ssl)
    let verification: ServedCertificate.Verification =
      code == Int(X509_V_OK)
      ? .ok : .failed(code: code, text: X509_verify_cert_error_string(code).map { String(cString: $0) } ?? "")
    guard let notBefore = seconds(X509_get0_notBefore(leaf)), let notAfter = seconds(X509_get0_notAfter(leaf)) else {
      throw .handshake("the certificate's dates cannot be read")
    }
    let chain = verification == .ok ? SSL_get0_verified_chain(ssl) : SSL_get_peer_cert_chain(ssl)
    var earliest = notAfter
    for index in 0..<max(0, chain.map { gatehouse_certificates_count($0) } ?? 0) {
      if let end = seconds(X509_get0_notAfter(gatehouse_certificates_at(chain, index))) {
        earliest = min(earliest, end)
      }
    }
    return ServedCertificate(
      subject: text(of: X509_get_subject_name(leaf)), issuer: text(of: X509_get_issuer_name(leaf)),
      names: alternativeNames(of: leaf), notBefore: notBefore, notAfter: notAfter, earliestChainExpiry: earliest,
      keyBits: X509_get0_pubkey(leaf).map { Int(EVP_PKEY_get_bits($0)) } ?? 0, verification: verification,
      nameMatches: Handshake.isAddress(name)
        ? X509_check_ip_asc(leaf, name, 0) == 1 : X509_check_host(leaf, name, name.utf8.count, 0, nil) == 1,
      tlsVersion: SSL_get_version(ssl).map { String(cString: $0) } ?? "")
  }

  private func seconds(_ time: UnsafePointer<ASN1_TIME>?) -> Int64? {
    var parts = tm()
    guard let time, ASN1_TIME_to_tm(time, &parts) == 1 else { return nil }
    return Int64(timegm(&parts))
  }

  private func text(of name: OpaquePointer?) -> String {
    guard let name, let bio = BIO_new(BIO_s_mem()) else { return "" }
    defer { BIO_free(bio) }
    gatehouse_name_print(bio, name)
    var start: UnsafePointer<CChar>?
    let count = gatehouse_memory_text(bio, &start)
    guard let start, count > 0 else { return "" }
    return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
  }

  private func alternativeNames(of certificate: OpaquePointer) -> [String] {
    guard let list = gatehouse_alternative_names(certificate) else { return [] }
    defer { gatehouse_names_free(list) }
    return (0..<gatehouse_names_count(list)).compactMap { index in
      var bytes: UnsafePointer<UInt8>?
      var count: Int32 = 0
      let kind = gatehouse_name_at(list, index, &bytes, &count)
      guard let bytes, count > 0 else { return nil }
      let buffer = UnsafeBufferPointer(start: bytes, count: Int(count))
      if kind == GEN_DNS { return String(decoding: buffer, as: UTF8.self) }
      var shown = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
      let family = count == 4 ? AF_INET : AF_INET6
      guard count == 4 || count == 16, inet_ntop(family, bytes, &shown, socklen_t(shown.count)) != nil else {
        return nil
      }
      return String(decoding: shown.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
  }

  private static func isAddress(_ name: String) -> Bool {
    var buffer = in6_addr()
    return inet_pton(AF_INET, name, &buffer) == 1 || inet_pton(AF_INET6, name, &buffer) == 1
  }

  private static func drainedErrors() -> String {
    var reasons: [String] = []
    while reasons.count < 4 {
      let code = ERR_get_error()
      guard code != 0 else { break }
      if let reason = ERR_reason_error_string(code) { reasons.append(String(cString: reason)) }
    }
    ERR_clear_error()
    return reasons.isEmpty ? "no reason given" : reasons.joined(separator: "; ")
  }
}

/// All of an inspection, blocking.
func inspect(
  address: String, port: Int, name: String, trustFile: String?, deadline: Deadline, isCancelled: () -> Bool
) -> Result<ServedCertificate, TLSInspectionFailure> {
  // OpenSSL writes with write(2): a connection that the server closes must not end the process. Blocked on this
  // thread only, and what came in meanwhile is taken away before the signal is let through again.
  var pipe = sigset_t()
  sigemptyset(&pipe)
  sigaddset(&pipe, SIGPIPE)
  var before = sigset_t()
  pthread_sigmask(SIG_BLOCK, &pipe, &before)
  defer {
    var none = timespec()
    while sigtimedwait(&pipe, nil, &none) > 0 {}
    pthread_sigmask(SIG_SETMASK, &before, nil)
  }
  do throws(TLSInspectionFailure) {
    let handshake = try Handshake.prepare(name: name, trustFile: trustFile)
    let socket = try Socket.connect(to: address, port: port, deadline: deadline, isCancelled: isCancelled)
    try handshake.perform(on: socket, deadline: deadline, isCancelled: isCancelled)
    return .success(try handshake.certificate(for: name))
  } catch {
    return .failure(error)
  }
}
