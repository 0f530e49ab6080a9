/// Recognises text that is probably a secret itself, so that it is refused and never repeated.
enum SecretShapes {
  private static let prefixes = [
    "vcp_", "vck_", "vca_", "sk-", "sk_live_", "sk_test_", "rk_live_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-",
    "xoxb-", "xoxp-", "xapp-", "AKIA", "ASIA", "AIza", "eyJ", "whsec_", "SG.", "npm_", "age-secret-key-",
    "AGE-SECRET-KEY-",
  ]
  private static let telling = [
    "token", "secret", "password", "passwd", "apikey", "api-key", "api_key", "webhook", "bypass", "credential",
    "key", "dsn",
  ]

  /// Whether some word of the text looks like a token or an address with a password.
  static func looksSecret(_ text: String) -> Bool {
    text.contains("-----BEGIN ") || words(text).contains { isSecret($0) }
  }

  /// Whether a text written where the name of a variable is wanted is rather its value.
  static func looksLikeValue(_ text: String) -> Bool {
    prefixes.contains { begins(text[...], with: $0, atLeast: 3) } || text.contains("://")
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
    return prefixes.contains { begins(word, with: $0, atLeast: 12) }
  }

  /// Whether what follows the prefix is made like a token. `npm_config_registry` and `ASIA_DB_1` are names.
  private static func begins(_ word: Substring, with prefix: String, atLeast length: Int) -> Bool {
    guard word.hasPrefix(prefix) else { return false }
    let rest = word.dropFirst(prefix.count)
    guard rest.utf8.count >= length else { return false }
    if prefix == "AKIA" || prefix == "ASIA" {
      return rest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
    }
    let isRun = !rest.contains { "_-.".contains($0) }
    return rest.contains(where: \.isNumber) || (isRun && rest.utf8.count >= 20)
      || (prefix.hasSuffix("-") && length < 12)
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
