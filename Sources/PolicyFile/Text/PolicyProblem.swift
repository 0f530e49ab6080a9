package import Core

/// A place in the text of a policy.
package struct Place: Hashable, Sendable {
  package let file: String
  /// From 1.
  package let line: Int
  /// From 1, counted in Unicode scalars.
  package let column: Int
}

/// One thing that is wrong in a policy, with the place it is wrong at.
package struct PolicyProblem: Error, Hashable, Sendable {
  /// A stable name such as `policy.unknown-key`.
  package let code: String
  package let place: Place
  /// How many columns the caret underlines; at least 1.
  package let length: Int
  /// What is wrong, as a sentence without a full stop. Never a secret's value.
  package let what: String
  /// What to write instead.
  package let hint: String?
  /// The line of the file, already without anything that may be a secret; `nil` when it may not be shown.
  package var sourceLine: String?
  /// Which contradiction it is, such as `alert.gap`.
  package var name: String?
  /// The other place, when two do not go together.
  package var other: Place?
  /// The line of the other place, as ``sourceLine``.
  package var otherLine: String?
  /// Whether the line is shown only up to the end of the caret: what follows may be a secret under a misspelt key.
  let hidesRest: Bool

  init(_ code: String, at place: Place, length: Int = 1, _ what: String, hint: String? = nil, hidesRest: Bool = false) {
    self.code = "policy." + code
    self.place = place
    self.length = max(1, length)
    self.what = what
    self.hint = hint
    self.hidesRest = hidesRest
  }
}

/// Everything that is wrong in a policy, in the order of the files and their lines; never empty.
package struct PolicyProblems: Error, Hashable, Sendable {
  package let problems: [PolicyProblem]
  /// What may be meant and is told all the same.
  package let warnings: [PolicyProblem]

  init(_ problems: [PolicyProblem], warnings: [PolicyProblem] = [], texts: [String: SourceText]) {
    self.problems = PolicyProblems.prepared(problems, texts)
    self.warnings = PolicyProblems.prepared(warnings, texts)
  }

  /// Each once, in the order of the places, with the lines that may be shown.
  static func prepared(_ problems: [PolicyProblem], _ texts: [String: SourceText]) -> [PolicyProblem] {
    var shown = Set<PolicyProblem>()
    var kept: [PolicyProblem] = []
    let secretLines = Set(problems.filter { $0.code == "policy.secret" }.map { [$0.place.file, "\($0.place.line)"] })
    for problem in problems where shown.insert(problem).inserted {
      var problem = problem
      if !secretLines.contains([problem.place.file, "\(problem.place.line)"]) {
        problem.sourceLine = texts[problem.place.file]?.line(problem.place.line).map { line in
          let whole = SecretShapes.masked(line).unicodeScalars
          guard problem.hidesRest else { return String(whole) }
          let end = problem.place.column - 1 + problem.length
          return String(String.UnicodeScalarView(whole.prefix(end))) + (whole.count > end ? " …" : "")
        }
      }
      if let other = problem.other {
        problem.otherLine = texts[other.file]?.line(other.line).map(SecretShapes.masked)
      }
      kept.append(problem)
    }
    let order = kept.reduce(into: [String: Int]()) { order, problem in
      if order[problem.place.file] == nil { order[problem.place.file] = order.count }
    }
    return kept.enumerated().sorted { left, right in
      let (one, other) = (left.element.place, right.element.place)
      return (order[one.file] ?? 0, one.line, one.column, left.offset)
        < (order[other.file] ?? 0, other.line, other.column, right.offset)
    }.map(\.element)
  }
}

extension PolicyProblems {
  /// All problems for a terminal: place and sentence, the line of the file, a caret, a hint.
  package func rendered(colour: Bool = false) -> String {
    let told = PolicyProblems.rendered(warnings, "warning", "33;1", colour: colour)
    let count = "\(problems.count) \(problems.count == 1 ? "problem" : "problems")"
    return PolicyProblems.rendered(problems, "error", "31;1", colour: colour) + told + count
      + (warnings.isEmpty ? "" : ", \(warnings.count) \(warnings.count == 1 ? "warning" : "warnings")") + "\n"
  }

  static func rendered(_ problems: [PolicyProblem], _ word: String, _ paint: String, colour: Bool) -> String {
    func painted(_ text: String, _ code: String) -> String { colour ? "\u{1b}[\(code)m\(text)\u{1b}[0m" : text }
    var out = ""
    for problem in problems {
      let place = problem.place
      out += painted(word + ":", paint) + " \(place.file):\(place.line):\(place.column): \(problem.what)\n"
      let number = String(place.line)
      let margin = String(repeating: " ", count: number.count)
      if let line = problem.sourceLine {
        let characters = Array(line.unicodeScalars)
        let (before, after) = PolicyProblems.window(characters.count, around: place.column)
        var visible = String.UnicodeScalarView()
        for scalar in characters[before..<after] { visible.append(PolicyProblems.printable(scalar)) }
        let shift = String(repeating: " ", count: max(0, place.column - 1 - before))
        let width = max(1, min(problem.length, after - place.column + 1))
        out += "  \(number) | \(before > 0 ? "…" : "")\(String(visible))\(after < characters.count ? "…" : "")\n"
        out += "  \(margin) | \(before > 0 ? " " : "")\(shift)"
        out += painted(String(repeating: "^", count: width), paint) + "\n"
      } else if problem.code == "policy.secret" {
        out += "  \(number) | (not shown: it may hold a secret)\n"
      }
      if let other = problem.other {
        out += "  with \(other.file):\(other.line):\(other.column)"
        if other.line != place.line || other.file != place.file, let line = problem.otherLine {
          let visible = line.unicodeScalars.drop { $0 == " " || $0 == "\t" }
          out +=
            ": " + String(String.UnicodeScalarView(visible.prefix(120).map(PolicyProblems.printable)))
            + (visible.count > 120 ? "…" : "")
        }
        out += "\n"
      }
      if let hint = problem.hint { out += "  " + painted("hint:", "36") + " \(hint)\n" }
    }
    return out
  }

  /// `[{code, file, line, column, what, hint}]`.
  package var json: JSON { .array(problems.map(\.json)) }

  /// Long lines are cut to what stands around the place.
  private static func window(_ count: Int, around column: Int) -> (Int, Int) {
    guard count > 140 else { return (0, count) }
    let start = min(max(0, column - 70), count)
    return (start, min(count, start + 140))
  }

  /// Control characters would act on the terminal.
  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: scalar == "\t" ? " " : "\u{FFFD}"
    default: scalar
    }
  }
}

extension PolicyProblem {
  package var json: JSON {
    .dictionary([
      ("code", .string(code)), ("name", name.map { .string($0) }), ("file", .string(place.file)),
      ("line", .integer(Int64(place.line))), ("column", .integer(Int64(place.column))), ("what", .string(what)),
      (
        "with",
        other.map { other in
          [
            "file": .string(other.file), "line": .integer(Int64(other.line)), "column": .integer(Int64(other.column)),
          ]
        }
      ), ("hint", hint.map { .string($0) }),
    ])
  }
}
