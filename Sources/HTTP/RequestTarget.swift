/// Scheme, host and port of an absolute address, read without resolving anything.
struct RequestTarget {
  let host: String
  let port: Int
  let isEncrypted: Bool

  /// `nil` unless the scheme is http or https, a host is there, no user name is, and no byte is a blank or control one.
  init?(_ url: String) {
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), let end = url.firstRange(of: "://") else { return nil }
    switch url[..<end.lowerBound].lowercased() {
    case "https": isEncrypted = true
    case "http": isEncrypted = false
    default: return nil
    }
    let authority = url[end.upperBound...].prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else { return nil }
    let host: Substring
    let portText: Substring
    if authority.first == "[" {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<close]
      portText = authority[authority.index(after: close)...]
    } else {
      let colon = authority.firstIndex(of: ":") ?? authority.endIndex
      host = authority[..<colon]
      portText = authority[colon...]
    }
    guard !host.isEmpty else { return nil }
    self.host = host.lowercased()
    if portText.isEmpty {
      port = isEncrypted ? 443 : 80
    } else {
      guard portText.first == ":", let number = UInt16(portText.dropFirst()), number > 0 else { return nil }
      port = Int(number)
    }
  }
}
