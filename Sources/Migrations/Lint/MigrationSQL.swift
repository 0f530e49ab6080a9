import Core

/// The SQL that a pending migration will run on the way up, in the lines of its file.
package struct MigrationSQL: Hashable, Sendable {
  /// How the tool runs it.
  package enum Transaction: Hashable, Sendable {
    /// All of the file in one, made by the tool.
    case whole
    /// Sent as one text, which the server runs in one transaction unless it is a single statement.
    case text
    /// Statement by statement.
    case each
    case unknown
  }

  /// With blank lines for what is not run, so that lines are those of the file.
  package var text: String
  package var transaction: Transaction

  package init(_ text: String, _ transaction: Transaction) {
    self.text = text
    self.transaction = transaction
  }

  /// Why there is no SQL to read, as a clause.
  package struct None: Error, Hashable, Sendable {
    package var why: String
    package init(why: String) { self.why = why }
  }

  /// What the tool of this name (``MigrationRules/Tool``'s raw value) runs of a file.
  ///
  /// Tools that keep both ways in one file are read by their annotations. A file with annotations under a tool that is
  /// not known to heed them is not read: which half would run is not known.
  package static func up(of file: String, named name: String, tool: String) -> Result<MigrationSQL, None> {
    guard name.hasSuffix(".sql") else { return .failure(None(why: "it is no file of SQL")) }
    // By bytes: as characters, the two of a Windows line end are one.
    var lines = file.utf8.split(separator: 0x0a, omittingEmptySubsequences: false).map { String(Substring($0)) }
    let annotations = lines.indices.compactMap { index in Annotation(lines[index]).map { (index, $0) } }
    switch tool {
    case "goose", "dbmate":
      // Whatever the tool might take for something else than we do leaves the file unread.
      let ups = annotations.filter { $0.1.kind == .up }
      let downs = annotations.filter { $0.1.kind == .down }
      guard let begin = ups.first, ups.count == 1, downs.count <= 1, downs.allSatisfy({ $0.0 > begin.0 }),
        annotations.allSatisfy({ $0.1.kind != .odd && $0.1.tool == tool })
      else {
        return .failure(None(why: "it has not one part for the way up and at most one for the way down behind it"))
      }
      let end = downs.first?.0 ?? lines.count
      let isLoose = annotations.contains { $0.1.kind == .noTransaction } || begin.1.isWithoutTransaction
      for index in lines.indices where index <= begin.0 || index >= end { lines[index] = "" }
      return .success(MigrationSQL(lines.joined(separator: "\n"), isLoose ? .each : .whole))
    case "sql": return .success(MigrationSQL(file, asksForNoTransaction(lines) ? .each : .whole))
    case "prisma", "golang-migrate", "migrate": return .success(MigrationSQL(file, .text))
    case "sqitch", "psql": return .success(MigrationSQL(file, .each))
    case "flyway":
      guard !file.contains("${") else {
        return .failure(None(why: "it has placeholders, and what Flyway puts there is not known"))
      }
      return .success(MigrationSQL(file, .whole))
    case "supabase", "drizzle", "atlas": return .success(MigrationSQL(file, .whole))
    default:
      guard annotations.isEmpty else {
        return .failure(None(why: "it holds both ways, and which part the tool runs is not known"))
      }
      return .success(MigrationSQL(file, .unknown))
    }
  }

  /// A comment that goose or dbmate acts on, spelt exactly as they spell it; anything near it is odd.
  private struct Annotation {
    enum Kind { case up, down, statement, noTransaction, odd }
    var tool: String
    var kind: Kind
    var isWithoutTransaction = false

    init?(_ line: String) {
      let folded = line.lowercased()
      let isGoose = folded.contains("+goose")
      guard folded.contains("--"), isGoose || folded.contains("migrate:") else { return nil }
      tool = isGoose ? "goose" : "dbmate"
      kind = .odd
      guard line.hasPrefix("--") else { return }
      let words = line.dropFirst(2).split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
      switch words {
      case ["+goose", "Up"]: kind = .up
      case ["+goose", "Down"]: kind = .down
      case ["+goose", "StatementBegin"], ["+goose", "StatementEnd"]: kind = .statement
      case ["+goose", "NO", "TRANSACTION"]: kind = .noTransaction
      case _ where words.first == "migrate:up":
        kind = .up
        isWithoutTransaction = words.contains("transaction:false")
      case _ where words.first == "migrate:down": kind = .down
      default: break
      }
    }
  }

  private static func asksForNoTransaction(_ lines: [String]) -> Bool {
    for line in lines {
      let words = line.drop { $0 == " " || $0 == "\t" }
      if words.isEmpty || words == "\r" { continue }
      guard words.hasPrefix("--") else { return false }
      if words.drop(while: { $0 == "-" }).split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\r" }) == [
        "gatehouse:", "no-transaction",
      ] {
        return true
      }
    }
    return false
  }
}
