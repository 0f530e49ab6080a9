import Core
import Postgres

/// What migrations ask of the place where they run, in their own texts and in the functions, triggers and views that these
/// name: where they do, what a copy shows is not sure to happen in production.
package enum PlaceQuestions {
  private static let most = 50_000

  /// - Parameters:
  ///   - pending: Those whose class a rehearsal is to settle.
  ///   - copy: As it stands after they ran, so that what they brought is in it.
  /// - Returns: Clauses, such as `002_born asks current_setting`; empty when nothing is asked.
  package static func asked(
    by pending: [MigrationState.Pending], on copy: Secret
  ) async throws(Problem) -> [String] {
    guard !pending.isEmpty else { return [] }
    var found: [String] = []
    var named: Set<String> = []
    for migration in pending {
      guard !MigrationFile.isFolder(migration.path) else {
        found.append("which file is \(migration.id)'s is not known")
        continue
      }
      let sql = try migration.sql()
      let text: String
      if let sql { text = sql } else { text = try MigrationFile(path: migration.path).text() }
      let words = PlaceWords.asked(by: text, isProgram: sql == nil)
      if !words.isEmpty { found.append("\(migration.id) asks \(list(words))") }
      if sql != nil, let line = ownLine(of: try MigrationFile(path: migration.path).text()) {
        found.append("\(migration.id) has lines of psql's own (\(line)), which may ask anything")
      }
      named.formUnion(PlaceWords.tokens(of: text).map(String.init))
    }
    for piece in try await code(named, on: copy) {
      let words = PlaceWords.asked(by: piece.text)
      if !words.isEmpty { found.append("\(piece.name), which they may run, asks \(list(words))") }
    }
    return found
  }

  /// The first command of psql's own in a script that can lead elsewhere: `\ir`, `\if`, `\getenv` and others, or one in backticks.
  package static func ownLine(of text: String) -> String? {
    for line in text.split(whereSeparator: \.isNewline) {
      let line = line.drop { $0 == " " || $0 == "\t" }
      guard line.first == "\\" else { continue }
      let word = String(line.prefix { !$0.isWhitespace }.prefix(20))
      // The end of rows, and what only says how to print or to stop.
      let isHarmless =
        ["\\.", "\\echo", "\\qecho", "\\timing", "\\unset"].contains(word) || line.hasPrefix("\\set ON_ERROR_")
      if !isHarmless || line.contains("`") { return word }
    }
    return nil
  }

  private static func list(_ words: [String]) -> String {
    words.prefix(4).joined(separator: ", ") + (words.count > 4 ? " and more" : "")
  }

  private struct Piece {
    /// `function public.f()`.
    var name: String
    /// In lower case; it is run where this word stands.
    var key: String
    /// Its definition; of a trigger the name of its function.
    var text: String
  }

  /// What is named by these words, by what they name, and so on; what runs with any change of the schema always.
  private static func code(_ words: Set<String>, on copy: Secret) async throws(Problem) -> [Piece] {
    let found = try await rows(
      copy,
      """
      SELECT * FROM (
        SELECT 'function ' || p.oid::pg_catalog.regprocedure AS name, pg_catalog.lower(p.proname) AS key,
          pg_catalog.pg_get_functiondef(p.oid) AS text
        FROM pg_catalog.pg_proc p WHERE p.prokind IN ('f', 'p') AND p.oid >= 16384
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'view ' || c.oid::pg_catalog.regclass, pg_catalog.lower(c.relname), pg_catalog.pg_get_viewdef(c.oid)
        FROM pg_catalog.pg_class c WHERE c.relkind IN ('v', 'm') AND c.oid >= 16384
        UNION ALL
        SELECT 'trigger ' || t.tgname, pg_catalog.lower(c.relname), pg_catalog.pg_get_triggerdef(t.oid)
        FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL
        SELECT 'rule ' || r.rulename, pg_catalog.lower(c.relname), pg_catalog.pg_get_ruledef(r.oid)
        FROM pg_catalog.pg_rewrite r JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
        WHERE r.rulename <> '_RETURN' AND c.oid >= 16384
        UNION ALL
        SELECT 'event trigger ' || e.evtname, '', p.proname
        FROM pg_catalog.pg_event_trigger e JOIN pg_catalog.pg_proc p ON p.oid = e.evtfoid
      ) code ORDER BY 1 LIMIT \(most + 1)
      """)
    guard found.rows.count <= most else {
      throw Problem(
        "migration.class-open", "what the migrations may run is more than is read", place: "rehearsal copy",
        why: "the database has more than \(most) functions, views and triggers",
        remedy: "write the migration in plain statements of SQL, which gatehouse migrate lint reads")
    }
    var pieces = found.rows.compactMap { row in
      row[0].flatMap { name in row[1].flatMap { key in row[2].map { Piece(name: name, key: key, text: $0) } } }
    }
    var (reached, words): ([Piece], Set<String>) = ([], words)
    while true {
      let split = pieces.partition { $0.key.isEmpty || words.contains($0.key) }
      guard split < pieces.endIndex else { return reached }
      for piece in pieces[split...] { words.formUnion(PlaceWords.tokens(of: piece.text).map(String.init)) }
      reached += pieces[split...]
      pieces.removeSubrange(split...)
    }
  }
}
