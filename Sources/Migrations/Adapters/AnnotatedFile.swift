import Core

/// A file that holds both ways, told apart by comments. Lines of the other way are empty, so that numbers of lines stay.
struct AnnotatedFile: Sendable {
  let up: String
  let down: String
  let upRunsInTransaction: Bool

  /// goose: `-- +goose Up`, then `-- +goose Down`, each alone on its line.
  /// Source: goose, `internal/sqlparser/parser.go`.
  init(goose file: MigrationFile) throws(Problem) {
    var ups: [Substring] = []
    var downs: [Substring] = []
    var section: Section?
    var transaction = true
    for line in try AnnotatedFile.lines(file) {
      var mine = line
      if line.hasPrefix("--") {
        switch AnnotatedFile.trimmed(line.dropFirst(2)) {
        case "+goose Up":
          guard section == nil else { throw AnnotatedFile.problem(file, "`-- +goose Up` stands in it twice") }
          section = .up
          mine = ""
        case "+goose Down":
          guard section == .up else { throw AnnotatedFile.problem(file, "`-- +goose Down` has no Up before it") }
          section = .down
          mine = ""
        case "+goose NO TRANSACTION": transaction = false
        default: break
        }
      }
      ups.append(section == .up ? mine : "")
      downs.append(section == .down ? mine : "")
    }
    guard section != nil else { throw AnnotatedFile.problem(file, "`-- +goose Up` does not stand in it") }
    up = ups.joined(separator: "\n")
    down = downs.joined(separator: "\n")
    upRunsInTransaction = transaction
  }

  /// dbmate: `-- migrate:up` and `-- migrate:down` at the beginning of a line, with options behind them.
  /// Source: dbmate, `pkg/dbmate/migration.go`.
  init(dbmate file: MigrationFile) throws(Problem) {
    var ups: [Substring] = []
    var downs: [Substring] = []
    var section: Section?
    var transaction = true
    for line in try AnnotatedFile.lines(file) {
      var mine = line
      if line.hasPrefix("--") {
        let words = line.dropFirst(2).split { $0 == " " || $0 == "\t" || $0 == "\r" }
        if words.first == "migrate:up" {
          section = .up
          if words.contains("transaction:false") { transaction = false }
          mine = ""
        } else if words.first == "migrate:down" {
          guard section != nil else { throw AnnotatedFile.problem(file, "`-- migrate:down` stands before the way up") }
          section = .down
          mine = ""
        }
      }
      ups.append(section == .up ? mine : "")
      downs.append(section == .down ? mine : "")
    }
    guard section != nil else { throw AnnotatedFile.problem(file, "`-- migrate:up` does not stand in it") }
    up = ups.joined(separator: "\n")
    down = downs.joined(separator: "\n")
    upRunsInTransaction = transaction
  }

  var hasDown: Bool { AnnotatedFile.holdsStatement(down) }

  /// Whether it is more than blanks and comments of a line.
  static func holdsStatement(_ text: String) -> Bool {
    text.split(whereSeparator: \.isNewline).contains { line in
      let text = trimmed(line)
      return !text.isEmpty && !text.hasPrefix("--")
    }
  }

  private enum Section { case up, down }

  private static func lines(_ file: MigrationFile) throws(Problem) -> [Substring] {
    // A line that ends in CR LF ends in one character for Swift, which is no newline.
    try file.text().unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { Substring($0) }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var rest = text
    while let first = rest.unicodeScalars.first, blanks.contains(first) { rest.unicodeScalars.removeFirst() }
    while let last = rest.unicodeScalars.last, blanks.contains(last) { rest.unicodeScalars.removeLast() }
    return rest
  }

  private static let blanks: Set<Unicode.Scalar> = [" ", "\t", "\r", "\n"]

  private static func problem(_ file: MigrationFile, _ why: String) -> Problem {
    Problem(
      "migration.annotation", "a migration's annotations cannot be read", place: file.path, why: why,
      remedy: "write them as the tool's documentation says")
  }
}
