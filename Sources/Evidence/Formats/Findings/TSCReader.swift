import Core

/// What `tsc` prints, plain or `--pretty`. Every error is high: the program does not type-check.
///
/// tsc stops at a syntax error (TS1000 to TS1999) and then has checked no type. A clean run prints nothing; such a file says
/// nothing by itself: see ``EmptyReport``.
final class TSCReader: LineReportReader {
  static let format = EvidenceFormat.tsc

  static func recognises(_ looks: TextLooks) -> Bool {
    looks.lines.contains { line in
      let plain = TSCReader.plain(line)
      return Diagnostic(plain) != nil || TSCReader.total(plain) != nil
    }
  }

  /// `src/a.ts(3,14): error TS1136: …`, `src/a.ts:3:14 - error TS1136: …`, `error TS5058: …`.
  private struct Diagnostic {
    var isError: Bool
    var code: Int
    var path: String?
    var line: Int?

    init?(_ text: Substring) {
      guard !text.hasPrefix(" "), !text.hasPrefix("\t") else { return nil }
      var found: (head: Substring, rest: Substring, isError: Bool)?
      for (word, isError) in [("error TS", true), ("warning TS", false)] where found == nil {
        guard let range = TSCReader.range(of: word, in: text) else { continue }
        found = (text[..<range.lowerBound], text[range.upperBound...], isError)
      }
      guard let found else { return nil }
      let digits = found.rest.prefix { $0.isASCII && $0.isNumber }
      guard found.rest[digits.endIndex...].hasPrefix(":"), let code = Int(digits), code < 1 << 20 else { return nil }
      self.code = code
      isError = found.isError
      var place = found.head
      if place.isEmpty { return }
      if place.hasSuffix("): "), let open = place.lastIndex(of: "(") {
        line = place[place.index(after: open)...].split(separator: ",").first.flatMap { Int($0) }
        path = String(place[..<open])
      } else if place.hasSuffix(" - ") {
        place = place.dropLast(3)
        let parts = place.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count >= 3, let row = Int(parts[parts.count - 2]), Int(parts[parts.count - 1]) != nil else {
          return nil
        }
        line = row
        path = parts.dropLast(2).joined(separator: ":")
      } else {
        return nil
      }
    }
  }

  private var facts = FindingFacts()
  private var claimed: Int?
  private var stopped = false

  init() {}

  func take(_ bytes: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    guard bytes.count > 8 else { return }
    let line = TSCReader.plain(String(decoding: bytes.prefix(4096), as: UTF8.self)[...])
    if let diagnostic = Diagnostic(line) {
      facts.results += 1
      if (1000...1999).contains(diagnostic.code) { stopped = true }
      var finding = Finding(
        rule: "TS\(diagnostic.code)", severity: diagnostic.isError ? .high : .medium,
        path: diagnostic.path.map { DisplayText.bounded(CoverageFacts.plainPath($0), to: Finding.longestText) },
        line: diagnostic.line.flatMap { $0 > 0 ? $0 : nil })
      finding.word = diagnostic.isError ? "error" : "warning"
      facts.add(finding)
    } else if let total = TSCReader.total(line) {
      // In watch mode the last one counts.
      claimed = total
    }
  }

  func finish() throws(ReadingFault) -> Reading {
    facts.runs = 1
    facts.tools = ["tsc"]
    facts.addUnlisted((claimed ?? 0) - facts.results, .high, word: "error")
    if stopped { facts.noteIncomplete("tsc: it stopped at an error of syntax, and types were not checked") }
    return Reading(facts: .findings(facts), format: .tsc)
  }

  /// `Found 3 errors in 2 files.`, `Found 0 errors. Watching for file changes.`, with the time before it in watch mode.
  private static func total(_ line: Substring) -> Int? {
    guard let range = range(of: "Found ", in: line),
      line[..<range.lowerBound].allSatisfy({ !$0.isLetter || "APM".contains($0) })
    else { return nil }
    let digits = line[range.upperBound...].prefix { $0.isASCII && $0.isNumber }
    let rest = line[digits.endIndex...]
    guard rest.hasPrefix(" error"), let count = Int(digits), count < 1 << 31 else { return nil }
    // Others print that they found none; of tsc it is the watch mode that does.
    guard count > 0 || rest.hasPrefix(" errors. Watching for file changes") else { return nil }
    return count
  }

  /// Without the colours of `--pretty`.
  private static func plain(_ line: Substring) -> Substring {
    guard line.unicodeScalars.contains("\u{1B}") else { return line }
    var shown = String.UnicodeScalarView()
    var isEscape = false
    for scalar in line.unicodeScalars {
      if isEscape {
        if ("A"..."Z").contains(scalar) || ("a"..."z").contains(scalar) { isEscape = false }
      } else if scalar == "\u{1B}" {
        isEscape = true
      } else {
        shown.append(scalar)
      }
    }
    return Substring(String(shown))
  }

  private static func range(of word: String, in text: Substring) -> Range<Substring.Index>? {
    var start = text.startIndex
    while let first = text[start...].firstIndex(of: word.first ?? " ") {
      if text[first...].hasPrefix(word) { return first..<text.index(first, offsetBy: word.count) }
      start = text.index(after: first)
    }
    return nil
  }
}
