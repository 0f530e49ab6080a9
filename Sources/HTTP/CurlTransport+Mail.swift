import Core
import Curl

extension CurlTransport: MailTransport {
  package func sendMail(_ mail: MailRequest) async throws(MailFailure) {
    let server = mail.server
    let shown = server.host.contains(":") ? "[\(server.host)]" : server.host
    // A login is never sent in the clear, not even on this machine.
    let mayBePlain = ServiceAddress.isLoopback(server.host) && server.user == nil && server.password == nil
    var transfer = TransferRequest(
      url: "\(server.isEncryptedFromTheStart ? "smtps" : "smtp")://\(shown):\(server.port)/",
      kind: .mail(
        from: mail.from, to: mail.to, user: server.user, password: server.password?.reveal(),
        encryption: mayBePlain ? .whenOffered : .required))
    transfer.body = .bytes(mail.message)
    transfer.delivery = .whole(limit: 1 << 16)
    transfer.milliseconds = Int(clamping: mail.timeout.milliseconds)
    transfer.connectMilliseconds = min(transfer.milliseconds, 10_000)
    transfer.fresh = true
    transfer.connectTo = settings.resolve.entries.map(\.text)
    transfer.trustFile = settings.trustFile
    transfer.trustFolder = settings.trustFolder
    do {
      _ = try await loop.get().run(transfer)
    } catch let failure as TransferFailure {
      throw MailFailure(failure, host: server.host)
    } catch {
      throw .connection(.local("libcurl could not be started"))
    }
  }
}

extension MailFailure {
  /// Source: https://curl.se/libcurl/c/libcurl-errors.html
  init(_ failure: TransferFailure, host: String) {
    switch failure.cause {
    case .code(64): self = .unencrypted
    case .code(67): self = .notAllowed
    case .code(28) where failure.times.connected > 0: self = .connection(.timeout)
    // Ended while the server was saying no to the sender, a recipient or the text.
    case .code where (400...599).contains(failure.replyCode): self = .rejected(reply: failure.replyCode)
    case .code, .cancelled, .invalid, .source, .tooLarge:
      self = .connection(
        HTTPFailure(failure, host: host, isEncrypted: true, usesProxy: false, limit: 1 << 16))
    }
  }
}
