/// Where to connect for a host and port instead of what DNS says; the name in the request and in the certificate stays.
///
/// Written as `host:port:address:port`, several parted by commas (`GATEHOUSE_RESOLVE`). An IPv6 address stands in
/// brackets; an empty host or port stands for any.
package struct ResolveMap: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    /// Lower case; empty: any.
    package let host: String
    package let port: Int?
    /// A name or a number; IPv6 without brackets.
    package let address: String
    package let addressPort: Int

    /// As CURLOPT_CONNECT_TO reads it.
    var text: String {
      func bracketed(_ text: String) -> String { text.contains(":") ? "[\(text)]" : text }
      return "\(bracketed(host)):\(port.map(String.init) ?? ""):\(bracketed(address)):\(addressPort)"
    }
  }

  package struct SyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    package let entry: String
    package init(entry: String) { self.entry = entry }
    package var description: String { "'\(entry)' is not of the form host:port:address:port" }
  }

  package let entries: [Entry]

  package init() { entries = [] }

  package init(_ text: String) throws(SyntaxError) {
    var entries: [Entry] = []
    for part in text.split(separator: ",") {
      let entry = part.trimmingBlanks
      guard let fields = ResolveMap.fields(of: entry), fields.count == 4, !fields[2].isEmpty,
        let addressPort = UInt16(fields[3]), addressPort > 0
      else { throw SyntaxError(entry: String(entry)) }
      var port: Int?
      if !fields[1].isEmpty {
        guard let number = UInt16(fields[1]), number > 0 else { throw SyntaxError(entry: String(entry)) }
        port = Int(number)
      }
      entries.append(Entry(host: fields[0].lowercased(), port: port, address: fields[2], addressPort: Int(addressPort)))
    }
    self.entries = entries
  }

  /// Reads `GATEHOUSE_RESOLVE`; an absent or empty one maps nothing.
  package init(environment: [String: String]) throws(SyntaxError) {
    try self.init(environment["GATEHOUSE_RESOLVE"] ?? "")
  }

  /// The first entry that fits, or `nil`.
  package func target(host: String, port: Int) -> (address: String, port: Int)? {
    let host = host.lowercased()
    let found = entries.first { ($0.host.isEmpty || $0.host == host) && ($0.port == nil || $0.port == port) }
    return found.map { ($0.address, $0.addressPort) }
  }

  /// Parts at colons outside of brackets; `nil` when a bracket stays open or a character has no place here.
  private static func fields(of text: Substring) -> [String]? {
    var fields = [""]
    var isInside = false
    for character in text {
      switch character {
      case "[" where !isInside:
        isInside = true
        continue
      case "]" where isInside:
        isInside = false
        continue
      case ":" where !isInside:
        fields.append("")
        continue
      case _ where character.isASCII && (character.isLetter || character.isNumber || "-._:*%".contains(character)):
        break
      default: return nil
      }
      fields[fields.count - 1].append(character)
    }
    return isInside ? nil : fields
  }
}

extension Substring {
  fileprivate var trimmingBlanks: Substring {
    var rest = self
    while rest.first == " " { rest.removeFirst() }
    while rest.last == " " { rest.removeLast() }
    return rest
  }
}
