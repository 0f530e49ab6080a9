/// Text for a terminal and for the log of a CI, in which nothing acts on either of them.
///
/// Names of files, tests, migrations and commits, and what servers say of themselves, are parts of our lines. None of them
/// may move a cursor, hide what follows, break a line, or be a command to the CI that reads our output.
enum HarmlessText {
  /// The colours that we write ourselves; nothing else that begins with an escape is let through.
  private static let colours = ["[0m", "[2m", "[31m", "[32m", "[33m", "[36m", "[31;1m"].map { Array($0.unicodeScalars) }

  /// - Parameter lines: Whether line ends are ours, and stay.
  static func of(_ text: String, lines: Bool = false, colours: Bool = false) -> String {
    let scalars = Array(text.unicodeScalars)
    var shown: [Unicode.Scalar] = []
    var start = 0
    var index = 0
    while index < scalars.count {
      let scalar = scalars[index]
      if colours, scalar == "\u{1B}",
        let own = HarmlessText.colours.first(where: { scalars[(index + 1)...].starts(with: $0) })
      {
        shown.append(scalar)
        shown += own
        index += own.count
      } else if scalar == "\n", lines {
        disarm(&shown, from: start)
        shown.append(scalar)
        start = shown.count
      } else {
        shown.append(isHarmless(scalar) ? scalar : scalar == "\t" ? " " : "·")
      }
      index += 1
    }
    disarm(&shown, from: start)
    var view = String.UnicodeScalarView()
    view.append(contentsOf: shown)
    return String(view)
  }

  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    default: true
    }
  }

  /// GitHub takes a line that begins with `::`, blanks apart, for a command; it, Azure and TeamCity take `##[`, `##vso[`
  /// and `##teamcity[` for one anywhere.
  /// https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands,
  /// https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands
  private static func disarm(_ text: inout [Unicode.Scalar], from start: Int) {
    if let first = text[start...].firstIndex(where: { !$0.properties.isWhitespace }), first + 1 < text.count,
      text[first] == ":", text[first + 1] == ":"
    {
      text[first] = "·"
    }
    for index in text.indices[start...].dropLast() where text[index] == "#" && text[index + 1] == "#" {
      let word = text[(index + 2)...].prefix { $0.isASCII && $0.properties.isAlphabetic }
      if word.endIndex < text.count, text[word.endIndex] == "[" { text[index] = "·" }
    }
  }
}
