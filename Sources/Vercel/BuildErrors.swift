import Core

/// Why a build failed, as far as its log shows it: places in the sources with what is wrong there, and the last lines that
/// tell of an error.
///
/// Lines come one by one; only so many are kept. Nothing here decides anything: it is what a person reads first.
struct BuildErrors: Sendable {
  struct Finding: Hashable, Sendable {
    var place: SourcePlace
    /// Fit to be quoted.
    var message: String
  }

  static let mostFindings = 5
  static let mostLines = 6

  /// The first ones.
  private(set) var findings: [Finding] = []
  /// The last ones, oldest first, fit to be quoted.
  private(set) var last: [String] = []
  /// How many places were named beyond ``findings``.
  private(set) var more = 0

  private var lastError: String?
  private var sinceError = Int.max
  private var pending: (place: SourcePlace, message: String, isSure: Bool)?
  private var heading: (file: String, age: Int)?
  private var pendingAge = 0

  /// - Parameters:
  ///   - line: One line, without colours.
  ///   - isMarked: Whether the log itself calls it an error, or it was written to the error output.
  mutating func take(_ line: String, isMarked: Bool) {
    guard line.contains(where: { !$0.isWhitespace }) else { return }
    let text = line.drop { $0.isWhitespace || "✘×⨯".contains($0) }.description
    let kind = Kind(text)
    if kind == .warning {
      (pending, sinceError) = (nil, .max)
      return
    }
    if let heading, let row = row(text, of: heading.file, kind) {
      self.heading?.age = 0
      note(text)
      return add(row)
    }
    let found = SourcePlace.find(in: text)
    switch kind {
    case .heading:
      settle()
      note(text)
      if let found { pending = (found.place, text, true) }
      pendingAge = 0
    case .error:
      note(text)
      if let found {
        if found.rest.isEmpty {
          (pending, pendingAge) = ((found.place, text, true), 0)
        } else {
          add(found.place, found.rest)
        }
      } else if let pending, pendingAge <= 3 {
        add(pending.place, text)
        self.pending = nil
      } else if let heading, heading.age <= 3 {
        add(SourcePlace(file: heading.file), text)
      } else if let file = SourcePlace.importer(in: text) {
        add(SourcePlace(file: file), text)
      }
      if found == nil { (lastError, sinceError) = (text, 0) }
    case .other:
      if let found {
        if let lastError, sinceError <= 3 {
          add(found.place, lastError)
          sinceError = .max
        } else if isMarked, !found.rest.isEmpty {
          add(found.place, found.rest)
        } else {
          settle()
          (pending, pendingAge) = ((found.place, found.rest, false), 0)
        }
      } else {
        pendingAge += 1
        if sinceError < .max { sinceError += 1 }
      }
      heading?.age += 1
      if let file = SourcePlace.heading(text) { heading = (file, 0) }
    case .warning: break
    }
  }

  /// A place whose message did not come.
  mutating func finish() { settle() }

  /// The places and the last lines in one line, without a full stop; `nil` when the log shows nothing.
  var words: String? {
    var parts = findings.prefix(3).map { "\($0.place.text): \($0.message)" }
    let left = findings.count - parts.count + more
    if left > 0 { parts.append("and \(left) more") }
    let lines = last.filter { line in !findings.contains { $0.message == line || line.contains($0.place.text) } }
      .suffix(3)
    if !lines.isEmpty {
      parts.append("the last lines of its log that tell of an error: " + lines.joined(separator: " | "))
    }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  // MARK: -

  private mutating func settle() {
    if let pending, pending.isSure { add(pending.place, pending.message) }
    pending = nil
  }

  private mutating func add(_ place: SourcePlace, _ message: String) {
    add(Finding(place: place, message: QuotedLine.of(message)))
  }

  private mutating func add(_ finding: Finding) {
    // The same error told with its line is better than without.
    if let known = findings.firstIndex(where: { $0.place.file == finding.place.file && $0.message == finding.message })
    {
      if findings[known].place.line == nil { findings[known] = finding }
      if findings[known].place == finding.place { return }
    }
    guard !findings.contains(where: { $0.place == finding.place }) else { return }
    if findings.count < BuildErrors.mostFindings { findings.append(finding) } else { more += 1 }
  }

  private mutating func note(_ text: String) {
    let line = QuotedLine.of(text)
    guard !line.isEmpty, !last.contains(line) else { return }
    last.append(line)
    if last.count > BuildErrors.mostLines { last.removeFirst() }
  }

  /// `12:5  Error: …` below the name of a file, as ESLint writes it.
  private func row(_ text: String, of file: String, _ kind: Kind) -> Finding? {
    let parts = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard parts.count == 2 else { return nil }
    let numbers = parts[0].split(separator: ":", omittingEmptySubsequences: false)
    let message = parts[1].drop { $0 == " " }
    guard numbers.count == 2, let line = Int(numbers[0]), let column = Int(numbers[1]), line >= 0, column >= 0,
      message.lowercased().hasPrefix("error")
    else { return nil }
    return Finding(
      place: SourcePlace(file: file, line: line, column: column), message: QuotedLine.of(String(message)))
  }

  /// What a line is, by the words of the common tools.
  enum Kind: Hashable {
    /// It says what is wrong.
    case error
    /// It says that something is wrong, and what stands beside it says what.
    case heading
    case warning, other

    private static let headings = [
      "failed to compile", "error during build", "build failed", "build error", "npm err!", "npm error", "elifecycle",
      "exited with", "transform failed with",
    ]
    private static let errors = [
      "error:", "error ts", "error[", "[error]", "failed to resolve", "could not resolve", "module not found",
      "cannot find module", "can't resolve", "out of memory", "panic:", "fatal:", "undefined reference", "err_",
    ]

    init(_ text: String) {
      let lower = text.prefix(1000).lowercased()
      let isError = Kind.errors.contains { lower.contains($0) } || Kind.isNumbered(text)
      if !isError,
        lower.contains("warning:") || lower.hasPrefix("warn") || lower.hasPrefix("npm warn") || lower.hasPrefix("⚠")
          || lower.contains("  warning  ") || lower.hasPrefix("found ")
      {
        self = .warning
      } else if lower.hasPrefix("error in ") || Kind.headings.contains(where: { lower.contains($0) }) {
        self = .heading
      } else {
        self = isError || lower.hasPrefix("error ") ? .error : .other
      }
    }

    /// `TS2304: …`, as ts-loader writes it below the place.
    private static func isNumbered(_ text: String) -> Bool {
      guard text.hasPrefix("TS") else { return false }
      let digits = text.dropFirst(2).prefix { $0.isNumber }
      return (4...5).contains(digits.count) && text.dropFirst(2 + digits.count).hasPrefix(":")
    }
  }
}
