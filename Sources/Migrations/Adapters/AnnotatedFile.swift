import Core

/// A file that holds both ways, told apart by comments. Lines of the other way are empty, so that numbers of lines stay.
struct AnnotatedFile: Sendable {
  /// Whose comments they are.
  enum Tool: String { case goose, dbmate }

  /// Why they cannot be read, as a clause.
  struct Fault: Error { let why: String }

  let up: String
  let down: String
  let upRunsInTransaction: Bool
  /// Whether every comment near an annotation is one, and each stands once: whatever the tool might take for something else
  /// than we do is not plain.
  let isPlain: Bool

  init(_ file: MigrationFile, of tool: Tool) throws(Problem) {
    let text = try file.text()
    do throws(Fault) { try self.init(text, of: tool) } catch {
      throw Problem(
        "migration.annotation", "a migration's annotations cannot be read", place: file.path, why: error.why,
        remedy: "write them as the tool's documentation says")
    }
  }

  /// goose: `-- +goose Up`, then `-- +goose Down`, each alone on its line (`internal/sqlparser/parser.go`). dbmate:
  /// `-- migrate:up` and `-- migrate:down` at the beginning of a line, with options behind them (`pkg/dbmate/migration.go`).
  init(_ text: String, of tool: Tool) throws(Fault) {
    var ups: [Substring] = []
    var downs: [Substring] = []
    var section: Annotation.Kind?
    var isLoose = false
    var isOdd = false
    for line in AnnotatedFile.lines(text) {
      var mine = line
      if let annotation = Annotation(line) {
        isOdd = isOdd || annotation.tool != tool || annotation.kind == .odd
        switch annotation.tool == tool ? annotation.kind : .odd {
        case .up:
          // goose refuses a second one; dbmate takes it for another part of the same way.
          guard section == nil || tool == .dbmate else { throw Fault(why: "`-- +goose Up` stands in it twice") }
          isOdd = isOdd || section != nil
          section = .up
          mine = ""
        case .down:
          guard section == .up || tool == .dbmate && section != nil else {
            throw Fault(
              why: tool == .goose
                ? "`-- +goose Down` has no Up before it" : "`-- migrate:down` stands before the way up")
          }
          isOdd = isOdd || section == .down
          section = .down
          mine = ""
        case .noTransaction: isLoose = true
        case .statement, .odd: break
        }
        isLoose = isLoose || annotation.tool == tool && annotation.isWithoutTransaction
      }
      ups.append(section == .up ? mine : "")
      downs.append(section == .down ? mine : "")
    }
    guard section != nil else {
      throw Fault(why: tool == .goose ? "`-- +goose Up` does not stand in it" : "`-- migrate:up` does not stand in it")
    }
    up = ups.joined(separator: "\n")
    down = downs.joined(separator: "\n")
    upRunsInTransaction = !isLoose
    isPlain = !isOdd
  }

  var hasDown: Bool { AnnotatedFile.holdsStatement(down) }

  /// Whether a text holds anything that goose or dbmate might act on.
  static func isAnnotated(_ text: String) -> Bool { lines(text).contains { Annotation($0) != nil } }

  /// Whether it is more than blanks and comments of a line.
  static func holdsStatement(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).contains { line in
      let text = trimmed(line)
      return !text.isEmpty && !text.hasPrefix("--")
    }
  }

  private static func lines(_ text: String) -> [Substring] {
    // A line that ends in CR LF ends in one character for Swift, which is no newline.
    text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Substring($0) }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text
    while let first = rest.unicodeScalars.first, blanks.contains(first) { rest.unicodeScalars.removeFirst() }
    while let last = rest.unicodeScalars.last, blanks.contains(last) { rest.unicodeScalars.removeLast() }
    return rest
  }

  private static let blanks: Set<Unicode.Scalar> = [" ", "\t", "\r", "\n"]

  /// A comment that goose or dbmate acts on, spelt exactly as they spell it; anything near it is odd.
  private struct Annotation {
    enum Kind { case up, down, statement, noTransaction, odd }
    let tool: Tool
    var kind = Kind.odd
    var isWithoutTransaction = false

    init?(_ line: Substring) {
      let folded = line.lowercased()
      let isGoose = folded.contains("+goose")
      guard folded.contains("--"), isGoose || folded.contains("migrate:") else { return nil }
      tool = isGoose ? .goose : .dbmate
      guard line.hasPrefix("--") else { return }
      let comment = AnnotatedFile.trimmed(line.dropFirst(2))
      switch comment {
      case "+goose Up": kind = .up
      case "+goose Down": kind = .down
      case "+goose StatementBegin", "+goose StatementEnd": kind = .statement
      case "+goose NO TRANSACTION": kind = .noTransaction
      default:
        let words = comment.split { $0 == " " || $0 == "\t" || $0 == "\r" }
        if words.first == "migrate:up" { (kind, isWithoutTransaction) = (.up, words.contains("transaction:false")) }
        if words.first == "migrate:down" { kind = .down }
      }
    }
  }
}
