import Core

/// The Test Anything Protocol, versions 12 to 14 (https://testanything.org), as node, bats, Perl and mocha write it.
///
/// Only what stands at the very left decides: subtests, YAML and diagnostics are indented. A plan must be there and be kept.
final class TAPReader: LineReportReader {
  static let format = EvidenceFormat.tap

  static func recognises(_ looks: TextLooks) -> Bool {
    // npm and others say what they run before it.
    if looks.lines.prefix(linesBefore).contains(where: isVersion) { return true }
    for line in looks.lines {
      // Perl streams what is in a subtest, indented, before its own line.
      if line.first?.isWhitespace ?? true || line.hasPrefix("#") || line.hasPrefix("pragma ") { continue }
      if plan(line) != nil { return true }
      guard let test = Test(line) else { return false }
      return test.isNumbered
    }
    return false
  }

  private static let linesBefore = 50

  /// A line `TAP version 13`.
  private static func isVersion(_ line: Substring) -> Bool {
    let start = "TAP version "
    guard line.hasPrefix(start) else { return false }
    return Int(TextLooks.trimmed(line.dropFirst(start.count))).map { (1...99).contains($0) } ?? false
  }

  /// A line `ok 3 - what # SKIP why`.
  private struct Test {
    enum Directive { case none, skip, todo }

    var isOK: Bool
    var isNumbered = false
    var description: Substring
    var directive = Directive.none

    init?(_ line: Substring) {
      var rest = line
      isOK = !rest.hasPrefix("not ok")
      guard rest.hasPrefix("ok") || !isOK else { return nil }
      rest = rest.dropFirst(isOK ? 2 : 6)
      guard rest.first?.isWhitespace ?? true else { return nil }
      rest = rest.drop { $0 == " " || $0 == "\t" }
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      if !digits.isEmpty {
        isNumbered = true
        rest = rest.dropFirst(digits.count).drop { $0 == " " || $0 == "\t" }
      }
      if rest.hasPrefix("- ") { rest = rest.dropFirst(2) }
      description = rest
      if let (place, found) = Test.directive(rest) {
        description = rest[..<place]
        directive = found
      }
    }

    /// The first `#`, not escaped, that one of the words stands behind.
    private static func directive(_ text: Substring) -> (Substring.Index, Directive)? {
      var isEscaped = false
      for index in text.indices {
        let character = text[index]
        if character == "#", !isEscaped {
          let word = text[text.index(after: index)...].drop { $0 == " " || $0 == "\t" }.prefix { $0.isLetter }
            .lowercased()
          if word.hasPrefix("skip") { return (index, .skip) }
          if word == "todo" { return (index, .todo) }
        }
        isEscaped = character == "\\" && !isEscaped
      }
      return nil
    }
  }

  private var facts = TestFacts()
  private var warnings = Warnings()
  private var planned: Int?
  private var bailedOut = false

  func take(_ bytes: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    guard let first = bytes.first, first != 0x20, first != 0x09, first != 0x23 else { return }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ReadingFault(why: "is not valid UTF-8") }
    let line = text[...]
    if let plan = TAPReader.plan(line) {
      guard planned == nil else { throw ReadingFault(why: "has a second plan") }
      planned = plan
    } else if line.lowercased().hasPrefix("bail out!") {
      if !bailedOut { facts.countSuiteError("the run bailed out") }
      bailedOut = true
    } else if let test = Test(line) {
      switch (test.isOK, test.directive) {
      case (true, .skip), (false, .todo): facts.count(.skipped, name: "")
      case (true, _): facts.count(.passed, name: "")
      case (false, _):
        facts.count(.failed, name: test.description.isEmpty ? "a test without a name" : String(test.description))
      }
    } else if !line.hasPrefix("TAP version "), !line.hasPrefix("pragma ") {
      warnings.add("a line that is no TAP")
    }
  }

  func finish() throws(ReadingFault) -> Reading {
    if let planned {
      if planned != facts.rows.listed {
        facts.countSuiteError("the plan: \(facts.rows.listed) of \(planned) tests are there")
      }
    } else if !bailedOut {
      throw ReadingFault(why: "has no plan, so nothing says that it is whole")
    }
    facts.suites = 1
    return Reading(facts: .tests(facts), format: .tap, warnings: warnings)
  }

  /// How many tests a line `1..5` or `1..0 # SKIP why` plans.
  private static func plan(_ line: Substring) -> Int? {
    guard line.hasPrefix("1..") else { return nil }
    let digits = line.dropFirst(3).prefix { $0.isASCII && $0.isNumber }
    let rest = line.dropFirst(3 + digits.count)
    guard !digits.isEmpty, rest.isEmpty || rest.first == " " || rest.first == "\t" || rest.first == "#" else {
      return nil
    }
    return Int(digits).flatMap { $0 <= 1 << 31 ? $0 : nil }
  }
}
