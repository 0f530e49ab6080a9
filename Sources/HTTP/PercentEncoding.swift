/// Text made fit to be part of an address.
package enum PercentEncoding {
  /// Segments joined by `/`, each encoded, so that nothing in a name can become another path.
  package static func path(_ segments: [String], keeping: String = "") -> String {
    segments.map { "/" + encode($0, keeping: keeping) }.joined()
  }

  /// `a=b&c=d`, both sides encoded.
  package static func query(_ pairs: [(String, String)]) -> String {
    pairs.map { encode($0) + "=" + encode($1) }.joined(separator: "&")
  }

  /// Encodes all but the unreserved characters of RFC 3986 and those named.
  package static func encode(_ text: String, keeping: String = "") -> String {
    // A segment of only dots would be resolved away by whatever handles the address next.
    if text == "." || text == ".." { return text.replacing(".", with: "%2E") }
    var out = ""
    let digits = Array("0123456789ABCDEF".unicodeScalars)
    for byte in text.utf8 {
      let isUnreserved =
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || byte == 0x2d || byte == 0x2e || byte == 0x5f || byte == 0x7e || keeping.utf8.contains(byte)
      if isUnreserved {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        out += "%"
        out.unicodeScalars.append(digits[Int(byte >> 4)])
        out.unicodeScalars.append(digits[Int(byte & 15)])
      }
    }
    return out
  }

  /// Undoes ``encode(_:keeping:)``; a `+` is a blank, as forms write it. `nil` for an escape that is none, or no UTF-8.
  package static func decode(_ text: String) -> String? {
    var bytes: [UInt8] = []
    var rest = Substring(text).utf8
    while let byte = rest.popFirst() {
      switch byte {
      case 0x25:
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case 0x2b: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
