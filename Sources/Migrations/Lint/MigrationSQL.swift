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
    if let tool = AnnotatedFile.Tool(rawValue: tool) { return up(of: file, annotatedFor: tool) }
    switch tool {
    case "sql": return .success(MigrationSQL(file, asksForNoTransaction(file) ? .each : .whole))
    case "prisma", "golang-migrate", "migrate": return .success(MigrationSQL(file, .text))
    case "sqitch", "psql": return .success(MigrationSQL(file, .each))
    case "flyway":
      guard !file.contains("${") else {
        return .failure(None(why: "it has placeholders, and what Flyway puts there is not known"))
      }
      return .success(MigrationSQL(file, .whole))
    case "supabase", "drizzle", "atlas": return .success(MigrationSQL(file, .whole))
    default:
      guard !AnnotatedFile.isAnnotated(file) else {
        return .failure(None(why: "it holds both ways, and which part the tool runs is not known"))
      }
      return .success(MigrationSQL(file, .unknown))
    }
  }

  private static func up(of file: String, annotatedFor tool: AnnotatedFile.Tool) -> Result<MigrationSQL, None> {
    do throws(AnnotatedFile.Fault) {
      let parts = try AnnotatedFile(file, of: tool)
      // Whatever the tool might take for something else than we do leaves the file unread.
      guard parts.isPlain else { throw AnnotatedFile.Fault(why: "one of them is odd, or stands twice") }
      return .success(MigrationSQL(parts.up, parts.upRunsInTransaction ? .whole : .each))
    } catch {
      return .failure(None(why: "its annotations cannot be told apart: \(error.why)"))
    }
  }

  private static func asksForNoTransaction(_ file: String) -> Bool {
    // By bytes: as characters, the two of a Windows line end are one.
    for line in file.utf8.split(separator: 0x0a).map({ String(Substring($0)) }) {
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
