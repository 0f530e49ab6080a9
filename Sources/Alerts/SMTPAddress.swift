import Core
import HTTP

/// `smtps://user:password@host:port?from=address`.
struct SMTPAddress {
  let server: MailServer
  let from: String?

  init?(_ url: Secret) {
    let text = url.reveal()
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let end = text.firstRange(of: "://") else { return nil }
    let isEncrypted: Bool
    switch text[..<end.lowerBound].lowercased() {
    case "smtps": isEncrypted = true
    case "smtp": isEncrypted = false
    default: return nil
    }
    var rest = text[end.upperBound...]
    var from: String?
    if let mark = rest.firstIndex(of: "?") {
      for pair in rest[rest.index(after: mark)...].split(separator: "&") where pair.hasPrefix("from=") {
        guard let value = SMTPAddress.decoded(pair.dropFirst("from=".count)) else { return nil }
        from = value
      }
      rest = rest[..<mark]
    }
    if rest.last == "/" { rest.removeLast() }
    var user: String?
    var password: Secret?
    if let at = rest.lastIndex(of: "@") {
      let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = SMTPAddress.decoded(login[0]), !name.isEmpty else { return nil }
      user = name
      if login.count == 2 {
        guard let word = SMTPAddress.decoded(login[1]) else { return nil }
        password = Secret(word)
      }
      rest = rest[rest.index(after: at)...]
    }
    // The same rules for hosts and ports as everywhere; the scheme is only there to be allowed any host.
    guard let place = ServiceAddress("https://\(rest)") else { return nil }
    let hasPort =
      rest.last != "]" && rest.lastIndex(of: ":").map { $0 > (rest.lastIndex(of: "]") ?? rest.startIndex) } ?? false
    // RFC 8314: 465 for implicit TLS, 587 for submission.
    let port = hasPort ? place.port : isEncrypted ? 465 : 587
    server = MailServer(
      host: place.host, port: port, isEncryptedFromTheStart: isEncrypted, user: user, password: password)
    self.from = from
  }

  /// Without `%XX`; `nil` when one is malformed or what comes out is no text or holds a control character.
  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
        return nil
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else { return nil }
    return String(validating: bytes, as: UTF8.self)
  }
}
