/// Names out of evidence, made fit to be shown: evidence is hostile until proven otherwise.
package enum DisplayText {
  /// The text with control characters and direction marks replaced by `·`, and cut to that many characters.
  package static func bounded(_ text: String, to limit: Int = 160) -> String {
    // Mostly it is plain ASCII, and then nothing is to be looked up.
    let isPlain = text.utf8.count <= limit && text.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    if isPlain { return text }
    var shown = String.UnicodeScalarView()
    var count = 0
    for scalar in text.unicodeScalars {
      if count == limit {
        shown.append("…")
        break
      }
      shown.append(isHarmless(scalar) ? scalar : "·")
      count += 1
    }
    return String(shown)
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// An address without what may be data or a secret: its query and fragment, and a name and password before its host.
  static func address(_ text: String) -> String {
    let plain = text.prefix { $0 != "?" && $0 != "#" }
    guard let scheme = plain.firstRange(of: "://") else { return String(plain) }
    let authority = plain[scheme.upperBound...].prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return String(plain) }
    return String(plain[..<scheme.upperBound] + plain[plain.index(after: at)...])
  }
}
