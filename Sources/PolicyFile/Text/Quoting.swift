/// How words of the file stand in messages.
enum Quoting {
  /// The text in single quotes; "this value" when it is long, has control characters or may be a secret.
  static func quoted(_ text: String) -> String {
    let tame = text.unicodeScalars.allSatisfy {
      $0.value >= 0x20 && $0.value != 0x7f && !(0x80...0x9f).contains($0.value) && !$0.properties.isBidiControl
    }
    guard tame, !text.isEmpty, text.unicodeScalars.count <= 48, !SecretShapes.looksSecret(text), !looksRandom(text)
    else {
      return text.isEmpty ? "''" : "this value"
    }
    return "'\(text)'"
  }

  /// A long run of letters of both cases and digits is more likely a token than a word.
  private static func looksRandom(_ text: String) -> Bool {
    guard text.utf8.count >= 20, !text.contains(where: { " /.-*".contains($0) }) else { return false }
    return text.contains(where: \.isNumber) && text.contains(where: \.isUppercase)
      && text.contains(where: \.isLowercase)
  }

  /// `a, b or c`.
  static func alternatives(_ texts: [String]) -> String {
    guard let last = texts.last, texts.count > 1 else { return texts.first ?? "" }
    return texts.dropLast().joined(separator: ", ") + " or " + last
  }
}

/// "Did you mean": the nearest allowed word.
enum Suggestion {
  /// The candidate with the fewest edits, when they are few for the word's length.
  static func nearest(to word: String, among candidates: [String]) -> String? {
    guard !word.isEmpty, word.utf8.count <= 64 else { return nil }
    let plain = word.lowercased().replacing("_", with: "-")
    let allowed = max(1, word.count / 3)
    var best: (distance: Int, word: String)?
    for candidate in candidates {
      let distance = candidate.lowercased() == plain ? 0 : edits(plain, candidate.lowercased())
      if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.word
  }

  /// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
  static func edits(_ left: String, _ right: String) -> Int {
    let (one, other) = (Array(left.unicodeScalars), Array(right.unicodeScalars))
    var before: [Int] = []
    var row = Array(0...other.count)
    for (i, scalar) in one.enumerated() {
      var next = [i + 1]
      for (j, wanted) in other.enumerated() {
        var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (scalar == wanted ? 0 : 1))
        if i > 0, j > 0, scalar == other[j - 1], one[i - 1] == wanted { cost = min(cost, before[j - 1] + 1) }
        next.append(cost)
      }
      (before, row) = (row, next)
    }
    return row[other.count]
  }
}
