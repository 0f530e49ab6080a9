/// The base address of a service or deployment: scheme, host and port, nothing else.
///
/// Vercel names hosts without a scheme, which means `https`. Plain `http` is accepted for loopback hosts only
/// (127.0.0.0/8, ::1, localhost, *.localhost), and there either with the scheme or with a port: so a stand-in on
/// this machine can be reached, and nothing else is ever reached unencrypted.
package struct ServiceAddress: Hashable, Sendable {
  package let isEncrypted: Bool
  /// Lower case; an IPv6 address without brackets.
  package let host: String
  /// Always there: 443 or 80 when the text says nothing.
  package let port: Int

  /// `nil` for user names, paths, queries, other schemes, plain `http` to a host that is not loopback, and nonsense.
  package init?(_ text: String) {
    var rest = Substring(text)
    var scheme: String?
    if let end = rest.firstRange(of: "://") {
      scheme = rest[..<end.lowerBound].lowercased()
      rest = rest[end.upperBound...]
    }
    if rest.last == "/" { rest.removeLast() }
    var writtenPort: Int?
    let writtenHost: Substring
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { return nil }
      writtenHost = rest[rest.index(after: rest.startIndex)..<end]
      rest = rest[rest.index(after: end)...]
      guard writtenHost.contains(":"), writtenHost.utf8.allSatisfy({ $0.isHexadecimal || $0 == 0x3a || $0 == 0x2e })
      else { return nil }
      guard rest.isEmpty || rest.first == ":" else { return nil }
    } else {
      let end = rest.firstIndex(of: ":") ?? rest.endIndex
      writtenHost = rest[..<end]
      rest = rest[end...]
      guard ServiceAddress.isHostName(writtenHost) else { return nil }
    }
    if rest.first == ":" {
      guard let number = UInt16(rest.dropFirst()), number > 0, rest.dropFirst().first != "+" else { return nil }
      writtenPort = Int(number)
    }
    let host = writtenHost.lowercased()
    let isLoopback = ServiceAddress.isLoopback(host)
    switch scheme {
    case "https": isEncrypted = true
    case "http":
      guard isLoopback else { return nil }
      isEncrypted = false
    case nil: isEncrypted = !(isLoopback && writtenPort != nil)
    default: return nil
    }
    self.host = host
    port = writtenPort ?? (isEncrypted ? 443 : 80)
  }

  package var isLoopback: Bool { ServiceAddress.isLoopback(host) }

  /// `https://host`, with the port where it is not the scheme's own.
  package var base: String {
    let scheme = isEncrypted ? "https" : "http"
    let shown = host.contains(":") ? "[\(host)]" : host
    return port == (isEncrypted ? 443 : 80) ? "\(scheme)://\(shown)" : "\(scheme)://\(shown):\(port)"
  }

  /// The base and a path (with a query, perhaps), which need not begin with a slash.
  package func url(path: String) -> String { base + (path.hasPrefix("/") ? path : "/" + path) }

  /// Whether a host, written without brackets, is this very machine by its name or number alone.
  package static func isLoopback(_ host: String) -> Bool {
    let host = host.lowercased()
    if host == "localhost" || host == "::1" || host.hasSuffix(".localhost") { return true }
    let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
    return numbers.count == 4 && numbers[0] == "127" && numbers.allSatisfy { UInt8($0) != nil && $0.first != "+" }
  }

  private static func isHostName(_ text: Substring) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { label in
      !label.isEmpty && label.utf8.count <= 63 && label.first != "-" && label.last != "-"
        && label.utf8.allSatisfy { byte in
          switch byte {
          case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f: true
          default: false
          }
        }
    }
  }
}

extension ServiceAddress: CustomStringConvertible {
  package var description: String { base }
}

extension UInt8 {
  fileprivate var isHexadecimal: Bool {
    (0x30...0x39).contains(self) || (0x61...0x66).contains(self) || (0x41...0x46).contains(self)
  }
}
