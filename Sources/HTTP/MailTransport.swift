import Core

/// What hands a mail to a server. The live one is ``CurlTransport``.
package protocol MailTransport: Sendable {
  /// One attempt. When it returns, the server has taken the mail for every recipient.
  func sendMail(_ mail: MailRequest) async throws(MailFailure)
}

package struct MailRequest: Sendable {
  package var server: MailServer
  package var from: String
  package var to: [String]
  /// RFC 5322, with CRLF.
  package var message: [UInt8]
  /// For the whole exchange.
  package var timeout: Duration = .seconds(30)

  package init(server: MailServer, from: String, to: [String], message: [UInt8]) {
    self.server = server
    self.from = from
    self.to = to
    self.message = message
  }
}

package struct MailServer: Hashable, Sendable {
  package var host: String
  package var port: Int
  /// Encrypted from the first byte (`smtps`); else STARTTLS must be offered, but for a loopback host without a login.
  package var isEncryptedFromTheStart: Bool
  package var user: String?
  package var password: Secret?

  package init(host: String, port: Int, isEncryptedFromTheStart: Bool, user: String? = nil, password: Secret? = nil) {
    self.host = host
    self.port = port
    self.isEncryptedFromTheStart = isEncryptedFromTheStart
    self.user = user
    self.password = password
  }
}

package enum MailFailure: Error, Hashable, Sendable {
  /// The server could not be spoken with.
  case connection(HTTPFailure)
  /// The server offers no encryption, and without it no mail is sent.
  case unencrypted
  /// The server does not know the user, or the password is wrong.
  case notAllowed
  /// The server's answer: 400 to 499 may be better later, 500 to 599 will not.
  case rejected(reply: Int)
}
