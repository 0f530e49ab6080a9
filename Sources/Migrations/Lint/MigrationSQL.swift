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
      guard let begin = annotations.first(where: { $0.1.kind == .up }) else {
        return .failure(None(why: "it has no part for the way up"))
      }
      let end = annotations.first { $0.0 > begin.0 && $0.1.kind == .down }?.0 ?? lines.count
      let isLoose = annotations.contains { $0.1.kind == .noTransaction } || begin.1.isWithoutTransaction
      for index in lines.indices where index <= begin.0 || index >= end { lines[index] = "" }
      return .success(MigrationSQL(lines.joined(separator: "\n"), isLoose ? .each : .whole))
    case "sql": return .success(MigrationSQL(file, asksForNoTransaction(lines) ? .each : .whole))
    case "prisma", "golang-migrate", "migrate": return .success(MigrationSQL(file, .text))
    case "sqitch", "psql": return .success(MigrationSQL(file, .each))
    case "supabase", "drizzle", "flyway", "atlas": return .success(MigrationSQL(file, .whole))
    default:
      guard annotations.isEmpty else {
        return .failure(None(why: "it holds both ways, and which part the tool runs is not known"))
      }
      return .success(MigrationSQL(file, .unknown))
    }
  }

  private struct Annotation {
    enum Kind { case up, down, noTransaction }
    var kind: Kind
    var isWithoutTransaction = false

    init?(_ line: String) {
      let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map { $0.lowercased() }
      guard let first = words.first, first.hasPrefix("--") else { return nil }
      let rest = (first == "--" ? Array(words.dropFirst()) : [String(first.dropFirst(2))] + words.dropFirst())
      switch (rest.first, rest.dropFirst().first) {
      case ("+goose", "up"?): kind = .up
      case ("+goose", "down"?): kind = .down
      case ("+goose", "no"?) where rest.dropFirst(2).first == "transaction": kind = .noTransaction
      case ("migrate:up", _):
        kind = .up
        isWithoutTransaction = rest.contains("transaction:false")
      case ("migrate:down", _): kind = .down
      default: return nil
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
