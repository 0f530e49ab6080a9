import Core

/// A line of somebody else's output, made fit to be quoted in an error.
///
/// Values that are known are taken out before (``OutputRedactor``); what is left may still hold some that nobody here
/// knows, such as those that Vercel gives to builds only. So what looks like one is taken out as well: passwords in
/// addresses, what follows a name like `TOKEN=`, long random words, addresses of mail, and numbers as long as those that
/// name people.
enum QuotedLine {
  static let mark = "‹…›"

  static func of(_ text: String, limit: Int = 200) -> String {
    var words: [String] = []
    var hidesNext = false
    for word in text.prefix(4000).withoutColours.oneLine(limit: 1000).split(
      separator: " ", omittingEmptySubsequences: true)
    {
      if hidesNext {
        // What only leads to the value is no value.
        let leads = ["bearer", "basic", "=", ":", "=>"].contains(word.lowercased())
        words.append(leads ? String(word) : mark)
        hidesNext = leads
        continue
      }
      let (shown, goesOn) = plain(String(word))
      words.append(shown)
      hidesNext = goesOn
    }
    return words.joined(separator: " ").oneLine(limit: limit)
  }

  private static let telling = [
    "password", "passwd", "pwd", "secret", "token", "apikey", "api_key", "api-key", "authorization", "credential",
    "private_key", "access_key",
  ]

  /// - Returns: What may be shown of a word, and whether its value is the word after it.
  private static func plain(_ word: String) -> (String, Bool) {
    let lower = word.lowercased()
    if lower == "bearer" || lower == "basic" { return (word, true) }
    if let sign = word.firstIndex(where: { $0 == "=" || $0 == ":" }) {
      let name = word[..<sign].lowercased()
      // A name that tells, beside another sign: an object, or several values in one word.
      if !telling.contains(where: { name.contains($0) }), telling.contains(where: { lower.contains($0) }),
        word.firstRange(of: "://") == nil
      {
        return (mark, false)
      }
      if telling.contains(where: { name.contains($0) }) {
        let rest = word[word.index(after: sign)...]
        return (String(word[...sign]) + (rest.isEmpty ? "" : mark), rest.isEmpty)
      }
    }
    // `--password value`, and `DB_PASSWORD = value`.
    if word.first == "-" || word.allSatisfy({ $0.isLetter || $0 == "_" }), word.contains("_") || word.first == "-",
      telling.contains(where: { lower.hasSuffix($0) })
    {
      return (word, true)
    }
    if let scheme = word.firstRange(of: "://") {
      let rest = word[scheme.upperBound...]
      // A password may hold whatever ends an address elsewhere.
      if let at = rest.lastIndex(of: "@") {
        let end = rest[at...].firstIndex { "/?#".contains($0) } ?? rest.endIndex
        return (String(word[..<scheme.upperBound]) + mark + String(rest[at..<end]), false)
      }
      // What follows a question mark may hold a key.
      if let query = rest.firstIndex(of: "?") { return (String(word[...query]) + mark, false) }
    }
    return (isTelling(word) ? mark : word, false)
  }

  private static func isTelling(_ word: String) -> Bool {
    var (upper, lower, digits, others, dots, slashes) = (0, 0, 0, 0, 0, 0)
    let bytes = Array(word.utf8)
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): upper += 1
      case UInt8(ascii: "a")...UInt8(ascii: "z"): lower += 1
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
      case UInt8(ascii: "."): dots += 1
      case UInt8(ascii: "/"): slashes += 1
      default: others += 1
      }
    }
    // A number of a person, with or without the dots and dashes that it is written with.
    var run = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): run += 1
      case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "/"): break
      default: run = 0
      }
      if run >= 9 { return true }
    }
    if word.contains("eyJ"), bytes.count >= 24 { return true }
    if let at = word.lastIndex(of: "@"), at != word.startIndex {
      let host = word[word.index(after: at)...]
      if host.first?.isLetter == true, host.contains(".") { return true }
    }
    guard dots == 0, digits > 0, upper + lower > 0 else { return false }
    return slashes == 0 ? bytes.count >= 24 && others <= 4 : bytes.count >= 40 && upper > 0 && lower > 0 && digits > 3
  }
}

extension StringProtocol {
  /// Without the sequences that colour a terminal (ECMA-48, `ESC [ … letter`).
  var withoutColours: String {
    guard unicodeScalars.contains("\u{1B}") else { return String(self) }
    var out = String.UnicodeScalarView()
    let scalars = Array(unicodeScalars)
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "\u{1B}", index + 1 < scalars.count, scalars[index + 1] == "[" else {
        out.append(scalars[index])
        index += 1
        continue
      }
      index += 2
      while index < scalars.count, (0x20...0x3f).contains(scalars[index].value) { index += 1 }
      index += 1
    }
    return String(out)
  }
}
