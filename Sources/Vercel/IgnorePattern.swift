/// One segment of a pattern: `*`, `?`, `[a-z]`, `[[:digit:]]`, backslashes. Matches in the time of the product of both
/// lengths at most, whatever the pattern.
struct IgnorePattern: Sendable {
  private let text: [Unicode.Scalar]
  /// Nothing in it means anything but itself.
  private let isLiteral: Bool
  /// `**`: any number of segments.
  let isAnyPath: Bool

  init(_ text: some StringProtocol) {
    self.text = IgnorePattern.folded(text)
    isLiteral = !self.text.contains { $0 == "*" || $0 == "?" || $0 == "[" || $0 == "\\" }
    isAnyPath = self.text == ["*", "*"]
  }

  /// The text's scalars in lower case, where that is one scalar, too.
  static func folded(_ text: some StringProtocol) -> [Unicode.Scalar] {
    text.unicodeScalars.map { scalar in
      if scalar.isASCII {
        return ("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar
      }
      let lower = scalar.properties.lowercaseMapping.unicodeScalars
      return lower.count == 1 ? lower.first ?? scalar : scalar
    }
  }

  /// A path's segments against a pattern's; `**` stands for any number of segments, at the end for at least one.
  ///
  /// Goes back to the last `**` only, as for `*` inside a segment.
  static func matches(_ pattern: [IgnorePattern], _ path: [[Unicode.Scalar]]) -> Bool {
    var p = 0
    var s = 0
    var star: (pattern: Int, path: Int)?
    while s < path.count {
      if p < pattern.count, pattern[p].isAnyPath {
        if p == pattern.count - 1 { return true }
        star = (p, s)
        p += 1
      } else if p < pattern.count, pattern[p].matches(path[s]) {
        p += 1
        s += 1
      } else if let back = star {
        star = (back.pattern, back.path + 1)
        p = back.pattern + 1
        s = back.path + 1
      } else {
        return false
      }
    }
    return p == pattern.count
  }

  /// - Parameter segment: Folded.
  func matches(_ segment: [Unicode.Scalar]) -> Bool {
    if isLiteral { return text == segment }
    var p = 0
    var s = 0
    var star: (pattern: Int, text: Int)?
    while s < segment.count {
      if p < text.count, text[p] == "*" {
        star = (p, s)
        p += 1
        continue
      }
      if let width = step(p, segment[s]) {
        p += width
        s += 1
        continue
      }
      guard let back = star else { return false }
      star = (back.pattern, back.text + 1)
      p = back.pattern + 1
      s = back.text + 1
    }
    while p < text.count, text[p] == "*" { p += 1 }
    return p == text.count
  }

  /// How many scalars of the pattern match this one; `nil` when they do not.
  private func step(_ p: Int, _ scalar: Unicode.Scalar) -> Int? {
    guard p < text.count else { return nil }
    switch text[p] {
    case "?": return 1
    case "\\": return p + 1 < text.count && text[p + 1] == scalar ? 2 : nil
    case "[":
      // One that is not closed matches nothing, as in Git.
      guard let (width, holds) = bracket(p, scalar), holds else { return nil }
      return width
    default: return text[p] == scalar ? 1 : nil
    }
  }

  /// A bracket expression: its width, and whether it holds the scalar. `nil` when it is not closed or names a class that
  /// there is not.
  private func bracket(_ start: Int, _ scalar: Unicode.Scalar) -> (width: Int, holds: Bool)? {
    var index = start + 1
    var negated = false
    if index < text.count, text[index] == "!" || text[index] == "^" {
      negated = true
      index += 1
    }
    var holds = false
    let first = index
    while index < text.count {
      if text[index] == "]", index > first { return (index - start + 1, holds != negated) }
      if text[index] == "[", index + 1 < text.count, text[index + 1] == ":",
        let end = text[(index + 2)...].firstIndex(of: "]")
      {
        if text[end - 1] == ":", end - 1 > index + 1 {
          guard let isIn = IgnorePattern.isIn(text[(index + 2)..<(end - 1)], scalar) else { return nil }
          if isIn { holds = true }
          index = end + 1
          continue
        }
      }
      if text[index] == "\\", index + 1 < text.count { index += 1 }
      let lower = text[index]
      if index + 2 < text.count, text[index + 1] == "-", text[index + 2] != "]" {
        index += text[index + 2] == "\\" && index + 3 < text.count ? 3 : 2
        if lower <= scalar, scalar <= text[index] { holds = true }
      } else if lower == scalar {
        holds = true
      }
      index += 1
    }
    return nil
  }

  /// Whether a POSIX class holds the scalar, which is in lower case; `nil` when there is no such class. Git knows them in
  /// ASCII only.
  private static func isIn(_ name: ArraySlice<Unicode.Scalar>, _ scalar: Unicode.Scalar) -> Bool? {
    let value = scalar.value
    let isLetter = ("a"..."z").contains(scalar)
    let isDigit = ("0"..."9").contains(scalar)
    return switch String(String.UnicodeScalarView(name)) {
    case "alpha", "upper", "lower": isLetter
    case "digit": isDigit
    case "alnum": isLetter || isDigit
    case "xdigit": isDigit || ("a"..."f").contains(scalar)
    case "blank": value == 0x20 || value == 0x09
    case "space": value == 0x20 || (0x09...0x0d).contains(value)
    case "cntrl": value < 0x20 || value == 0x7f
    case "graph": (0x21...0x7e).contains(value)
    case "print": (0x20...0x7e).contains(value)
    case "punct": (0x21...0x7e).contains(value) && !isLetter && !isDigit
    default: nil
    }
  }
}
