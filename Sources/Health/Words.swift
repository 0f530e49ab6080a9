import Core

extension Duration {
  /// `212 ms` below ten seconds, `14.3 s` above.
  var words: String {
    let milliseconds = self.milliseconds
    if milliseconds < 10_000 { return "\(milliseconds) ms" }
    return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
  }

  /// `12 days`, `5 hours`, `40 s`: for how long something still holds or has not held.
  var roughWords: String {
    let seconds = abs(milliseconds / 1000)
    switch seconds {
    case (2 * 86_400)...: return "\(seconds / 86_400) days"
    case (2 * 3600)...: return "\(seconds / 3600) hours"
    case 120...: return "\(seconds / 60) min"
    default: return "\(seconds) s"
    }
  }
}

/// The most characters of a served value that are shown.
private let shownLength = 64

extension String {
  /// One short line without control characters, for a value that the policy lets us show.
  var shown: String {
    var text = ""
    for scalar in unicodeScalars.prefix(shownLength) {
      let isPlain =
        scalar.value >= 0x20 && !(0x7f...0x9f).contains(scalar.value)
        && scalar.properties.isDefaultIgnorableCodePoint == false
        && scalar.properties.generalCategory != .format && scalar.properties.generalCategory != .lineSeparator
        && scalar.properties.generalCategory != .paragraphSeparator
      text.unicodeScalars.append(isPlain ? scalar : "\u{fffd}")
    }
    return unicodeScalars.count > shownLength ? text + "…" : text
  }
}

extension JSON {
  /// A scalar as words; objects and arrays only by their kind, because nobody named what is in them.
  var shown: String {
    switch self {
    case .string(let text): text.shown
    case .array: "an array"
    case .object: "an object"
    default: self.text().shown
    }
  }

  /// Equal, where `1` and `1.0` are the same number.
  func means(_ other: JSON) -> Bool {
    if self == other { return true }
    guard let left = double, let right = other.double else { return false }
    return left == right
  }
}

extension Double {
  /// `24` and not `24.0`; otherwise as Swift writes it.
  var words: String { Int64(exactly: self).map(String.init) ?? description }
}
