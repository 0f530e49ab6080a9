import Core
import HTTP
import OpenSSL

/// A way to a person, ready to be used: secrets read, addresses checked.
package struct Channel: Sendable {
  enum Kind: Sendable {
    case webhook(url: Secret, key: [UInt8])
    case mail(server: MailServer, from: String, to: [String])
  }

  package let id: String
  let kind: Kind

  /// Reads the secrets of the policy's channels. One that cannot be used is told and does not hide the others.
  package static func ready(
    _ rules: AlertRules, secret: (SecretReference) async throws(Problem) -> Secret
  ) async -> (channels: [Channel], problems: [Problem]) {
    var channels: [Channel] = []
    var problems: [Problem] = []
    for channel in rules.channels {
      do throws(Problem) {
        switch channel.kind {
        case .webhook(let url, let key):
          channels.append(try webhook(channel.id, url: try await secret(url), secret: try await secret(key)))
        case .smtp(let url, let from, let to):
          channels.append(try mail(channel.id, url: try await secret(url), from: from, to: to))
        }
      } catch {
        problems.append(error)
      }
    }
    return (channels, problems)
  }

  /// - Parameters:
  ///   - url: `https:`, or `http:` to this machine. It often holds a token, so it is never shown.
  ///   - secret: `whsec_` and Base64 as Standard Webhooks writes it, or any text of at least 16 bytes.
  package static func webhook(_ id: String, url: Secret, secret: Secret) throws(Problem) -> Channel {
    let text = url.reveal()
    guard let scheme = text.firstRange(of: "://"),
      ServiceAddress(String(text[..<(text[scheme.upperBound...].firstIndex { "/?#".contains($0) } ?? text.endIndex)]))
        != nil, text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else {
      throw Problem(
        "alerts.address", "the webhook's address cannot be used", place: "alerts channel \(id)",
        why: "it is no https: address without user name (plain http: is for this machine only)",
        remedy: "correct the secret that holds it")
    }
    var key = Array(secret.reveal().utf8)
    if secret.reveal().hasPrefix("whsec_") {
      guard let decoded = Base64.decode(String(secret.reveal().dropFirst("whsec_".count))) else {
        throw Problem(
          "alerts.secret", "the webhook's signing secret cannot be used", place: "alerts channel \(id)",
          why: "after whsec_ there is no Base64", remedy: "copy the secret again from the receiver")
      }
      key = decoded
    }
    guard key.count >= 16 else {
      throw Problem(
        "alerts.secret", "the webhook's signing secret cannot be used", place: "alerts channel \(id)",
        why: "it is shorter than 16 bytes", remedy: "make one with `openssl rand -base64 32` and write whsec_ before it"
      )
    }
    return Channel(id: id, kind: .webhook(url: url, key: key))
  }

  /// - Parameters:
  ///   - url: `smtps://user:password@host:port?from=…` or `smtp:`; see ``MailServer`` for encryption.
  ///   - from: the sender; else the one of the address; else its user, when that is a mail address.
  package static func mail(_ id: String, url: Secret, from: String?, to: [String]) throws(Problem) -> Channel {
    guard let address = SMTPAddress(url) else {
      throw Problem(
        "alerts.address", "the mail server's address cannot be used", place: "alerts channel \(id)",
        why: "it is not of the form smtps://user:password@host:port?from=address",
        remedy: "correct the secret that holds it; special characters in user and password are written %XX")
    }
    let user = address.server.user
    guard let sender = from ?? address.from ?? (user?.contains("@") == true ? user : nil) else {
      throw Problem(
        "alerts.sender", "the mail has no sender", place: "alerts channel \(id)",
        remedy: "write `from:` beside `smtp:`, or ?from= at the end of the server's address")
    }
    for mailbox in [sender] + to where !MailMessage.isPlainAddress(mailbox) {
      throw Problem(
        "alerts.recipient", "'\(mailbox)' is not a mail address", place: "alerts channel \(id)",
        remedy: "write it as name@host, without brackets or blanks")
    }
    guard !to.isEmpty else {
      throw Problem(
        "alerts.recipient", "the mail has no recipient", place: "alerts channel \(id)", remedy: "write `to:`")
    }
    return Channel(id: id, kind: .mail(server: address.server, from: sender, to: to))
  }
}
