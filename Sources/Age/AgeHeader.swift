import OpenSSL

/// One way to the file's key: a kind, its arguments, and bytes.
struct AgeStanza: Hashable {
  var arguments: [String]
  var body: [UInt8]
}

/// The text before the payload: the stanzas, and a MAC over them under the file's key.
///
/// Format: https://github.com/C2SP/C2SP/blob/main/age.md
struct AgeHeader {
  static let version = "age-encryption.org/v1"
  /// A header of a thousand recipients is smaller.
  static let limit = 256 << 10

  var stanzas: [AgeStanza]
  /// What the MAC is over: everything up to `---`.
  var signed: [UInt8]
  var mac: [UInt8]

  /// The header's bytes for new stanzas.
  static func text(_ stanzas: [AgeStanza], _ key: AgeFileKey) -> [UInt8] {
    var text = version + "\n"
    for stanza in stanzas {
      text += "-> " + stanza.arguments.joined(separator: " ") + "\n"
      var body = UnpaddedBase64.encode(stanza.body)[...]
      while body.utf8.count >= 64 {
        text += body.prefix(64) + "\n"
        body = body.dropFirst(64)
      }
      // The last line is shorter, if need be empty.
      text += body + "\n"
    }
    let signed = Array((text + "---").utf8)
    return signed + Array((" " + UnpaddedBase64.encode(key.headerMAC(signed)) + "\n").utf8)
  }

  /// How long the header is that the bytes begin with; `nil` when its end is not among them.
  static func length(_ bytes: [UInt8]) throws(AgeError) -> Int? {
    guard bytes.starts(with: Array((version + "\n").utf8).prefix(bytes.count)) else { throw .notAge }
    guard let mark = bytes.firstRange(of: Array("\n---".utf8)),
      let end = bytes[mark.upperBound...].firstIndex(of: 0x0a)
    else {
      guard bytes.count <= limit else { throw .malformedHeader("it has no end") }
      return nil
    }
    return end + 1
  }

  /// - Parameter bytes: Exactly the header.
  init(parsing bytes: [UInt8]) throws(AgeError) {
    guard bytes.count <= AgeHeader.limit, bytes.last == 0x0a else { throw .malformedHeader("it is too long") }
    var lines = bytes.dropLast().split(separator: 0x0a, omittingEmptySubsequences: false)[...]
    guard lines.popFirst().map({ Array($0) }) == Array(AgeHeader.version.utf8) else { throw .notAge }
    stanzas = []
    while let line = lines.popFirst() {
      if line.starts(with: Array("---".utf8)) {
        let parts = line.split(separator: 0x20, omittingEmptySubsequences: false)
        guard lines.isEmpty, !stanzas.isEmpty, parts.count == 2, Array(parts[0]) == Array("---".utf8),
          let mac = UnpaddedBase64.decode(String(decoding: parts[1], as: UTF8.self)), mac.count == 32
        else { throw .malformedHeader("its last line is not a MAC") }
        self.mac = mac
        signed = Array(bytes[..<(line.startIndex + 3)])
        return
      }
      stanzas.append(try AgeHeader.stanza(line, &lines))
    }
    throw .malformedHeader("it has no MAC")
  }

  private static func stanza(
    _ line: ArraySlice<UInt8>, _ lines: inout ArraySlice<ArraySlice<UInt8>>
  ) throws(AgeError) -> AgeStanza {
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count >= 2, Array(words[0]) == Array("->".utf8),
      words.dropFirst().allSatisfy({ !$0.isEmpty && $0.allSatisfy { 0x21 <= $0 && $0 <= 0x7e } })
    else { throw .malformedHeader("a stanza has no arguments") }
    var body: [UInt8] = []
    while true {
      guard let part = lines.popFirst(), part.count <= 64 else {
        throw .malformedHeader("a stanza's body has no short last line")
      }
      body += part
      if part.count < 64 { break }
    }
    guard let decoded = UnpaddedBase64.decode(String(decoding: body, as: UTF8.self)) else {
      throw .malformedHeader("a stanza's body is not base64 without padding")
    }
    return AgeStanza(arguments: words.dropFirst().map { String(decoding: $0, as: UTF8.self) }, body: decoded)
  }

  /// The file's key by the first identity that a stanza is for.
  func open(_ identities: [AgeIdentity]) throws(AgeError) -> AgeFileKey {
    // A passphrase beside other ways would let its owner believe that only he can have written the file.
    guard stanzas.count == 1 || !stanzas.contains(where: { $0.arguments.first == "scrypt" }) else {
      throw .malformedHeader("a passphrase is not the only way to open it")
    }
    for stanza in stanzas {
      for identity in identities {
        if let key = try identity.unwrap(stanza) { return key }
      }
    }
    throw .noIdentityMatches
  }

  func check(_ key: AgeFileKey) throws(AgeError) {
    // The MAC protects what an attacker may have written; how long comparing takes must not tell how much is right.
    let difference = zip(key.headerMAC(signed), mac).reduce(0 as UInt8) { $0 | ($1.0 ^ $1.1) }
    guard difference == 0 else { throw .headerChanged }
  }
}

/// RFC 4648, section 4, without padding and in its one canonical form.
enum UnpaddedBase64 {
  static func encode(_ bytes: [UInt8]) -> String { String(Base64.encode(bytes).prefix { $0 != "=" }) }

  static func decode(_ text: String) -> [UInt8]? {
    guard !text.utf8.contains(UInt8(ascii: "=")), text.utf8.count % 4 != 1 else { return nil }
    return Base64.decode(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
  }
}
