/// Recognises text that is probably a secret itself, so that it is refused and never repeated.
enum SecretShapes {
  private static let prefixes = [
    "vcp_", "vck_", "vca_", "sk-", "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-",
    "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA", "AIza", "eyJ", "whsec_", "SG.", "npm_", "age-secret-key-",
    "AGE-SECRET-KEY-", "-----BEGIN",
  ]
  private static let telling = [
    "token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "webhook", "bypass", "credential",
    "key", "dsn",
  ]

  /// Whether some word of the text looks like a token or an address with a password.
  static func looksSecret(_ text: String) -> Bool {
    words(text).contains { isSecret($0) }
  }

  /// Whether a text written where the name of a variable is wanted is rather its value.
  static func looksLikeValue(_ text: String) -> Bool {
    prefixes.contains { text.hasPrefix($0) } || text.contains("://") || hasPassword(text[...])
  }

  /// The line with every suspicious word, and every plain value after a key that tells of a secret, covered.
  ///
  /// The length stays the same, so that a caret below still points to its place.
  static func masked(_ line: String) -> String {
    var scalars = Array(line.unicodeScalars)
    var start = 0
    func cover(_ range: Range<Int>) { for place in range { scalars[place] = "•" } }
    func isBreak(_ scalar: Unicode.Scalar) -> Bool { " \t,{}[]\"'".unicodeScalars.contains(scalar) }
    var afterTellingKey = false
    while start < scalars.count {
      if isBreak(scalars[start]) {
        if ",}]".unicodeScalars.contains(scalars[start]) || scalars[start] == "{" { afterTellingKey = false }
        start += 1
        continue
      }
      var end = start
      while end < scalars.count, !isBreak(scalars[end]) { end += 1 }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[start..<end])
      let word = String(view)
      if word.hasSuffix(":") {
        afterTellingKey = telling.contains { word.lowercased().contains($0) }
        if isSecret(word[...]) { cover(start..<(end - 1)) }
      } else if afterTellingKey || isSecret(word[...]) {
        cover(start..<end)
      }
      start = end
    }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func words(_ text: String) -> [Substring] {
    text.split { $0.isWhitespace || $0 == "\"" || $0 == "'" || $0 == "=" || $0 == "," }
  }

  private static func isSecret(_ word: Substring) -> Bool {
    if hasPassword(word) { return true }
    return prefixes.contains { word.hasPrefix($0) && word.utf8.count >= $0.utf8.count + 12 }
  }

  /// `scheme://user:password@…`; a password that is a shell variable is a reference.
  private static func hasPassword(_ word: Substring) -> Bool {
    let bytes = Array(word.utf8)
    guard let slashes = firstIndex(of: Array("://".utf8), in: bytes) else { return false }
    let authority = bytes[(slashes + 3)...].prefix { $0 != 0x2f && $0 != 0x3f && $0 != 0x23 }
    guard let at = authority.lastIndex(of: 0x40), let colon = authority[..<at].firstIndex(of: 0x3a) else {
      return false
    }
    return colon + 1 < at && bytes[colon + 1] != 0x24
  }

  private static func firstIndex(of part: [UInt8], in bytes: [UInt8]) -> Int? {
    guard bytes.count >= part.count else { return nil }
    return (0...(bytes.count - part.count)).first { bytes[$0..<($0 + part.count)].elementsEqual(part) }
  }
}
