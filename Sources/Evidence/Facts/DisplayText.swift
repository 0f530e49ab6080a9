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
}
