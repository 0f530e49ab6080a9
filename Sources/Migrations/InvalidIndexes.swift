import Core
import Postgres

/// Indexes that nobody may use: what a `CREATE INDEX CONCURRENTLY` or `REINDEX CONCURRENTLY` leaves that did not end, and
/// what no tool's table tells of. Writes still pay for one, and a unique one still refuses rows.
///
/// The index of a partitioned table, which is invalid until every partition has its own, is meant to be so and is none.
package struct InvalidIndexes: Hashable, Sendable {
  package static let code = "migration.invalid-index"

  /// Qualified and quoted, by the index's number: one that was dropped and failed again is another one.
  private var names: [String: String]

  /// All of a database, but for those that somebody is building at this moment.
  package static func read(_ database: Secret) async throws(Problem) -> InvalidIndexes {
    let found = try await rows(
      database,
      """
      SELECT i.indexrelid::text, pg_catalog.format('%I.%I', n.nspname, c.relname) FROM pg_catalog.pg_index i
      JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND c.relkind = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p
        WHERE p.datname = pg_catalog.current_database() AND p.index_relid = i.indexrelid)
        -- Of others' work the view does not say on which index; the lock on its table does.
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' AND l.relation = i.indrelid
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
          AND l.mode = 'ShareUpdateExclusiveLock' AND l.granted AND l.pid <> pg_catalog.pg_backend_pid()
          AND EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = l.pid AND a.backend_type = 'client backend'))
      ORDER BY 2 LIMIT 1000
      """)
    return InvalidIndexes(
      names: Dictionary(found.rows.compactMap { row in row[0].flatMap { id in row[1].map { (id, $0) } } }) { $1 })
  }

  private init(names: [String: String]) { self.names = names }

  func new(since earlier: InvalidIndexes) -> InvalidIndexes {
    InvalidIndexes(names: names.filter { earlier.names[$0.key] == nil })
  }

  package var isEmpty: Bool { names.isEmpty }

  /// `public.a, public.b and 3 more`.
  var list: String {
    let sorted = names.values.sorted()
    let shown = sorted.prefix(5).joined(separator: ", ")
    return sorted.count > 5 ? "\(shown) and \(sorted.count - 5) more" : shown
  }

  var remedy: String {
    names.values.sorted().prefix(5).map { "DROP INDEX CONCURRENTLY \($0)" }.joined(separator: "; ")
  }

  /// `nil` when each of them was invalid before.
  package func problem(since earlier: InvalidIndexes, place: String) -> Problem? {
    let new = new(since: earlier)
    guard !new.isEmpty else { return nil }
    return Problem(
      InvalidIndexes.code, "the migrations left an index that is not valid: \(new.list)", place: place,
      why: "what builds an index CONCURRENTLY did not end, and the tool says that it did; no query uses such an index",
      remedy: "\(new.remedy); then make it anew, in a migration that does not pass over it by IF NOT EXISTS")
  }

  package var json: JSON { .object(names.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }) }

  /// `nil` for anything that ``json`` does not write.
  package init?(json: JSON?) {
    guard let members = json?.members else { return nil }
    names = [:]
    for member in members {
      guard let name = member.value.string else { return nil }
      names[member.key] = name
    }
  }
}

/// A tool whose work is not done as long as it left an index invalid.
struct IndexWatch: MigrationTool {
  let base: any MigrationTool

  var bookkeeping: Bookkeeping { base.bookkeeping }

  func state(database: Secret) async throws(Problem) -> MigrationState { try await base.state(database: database) }

  func reversibility(of migrations: [MigrationID]) throws(Problem) -> Reversibility {
    try base.reversibility(of: migrations)
  }

  func up(
    database: Secret, migrations: [MigrationID], run: RunID?, progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    let unchecked = try await uncheckedConstraints(database)
    let state = try await watching(database, progress) { () throws(Problem) in
      try await base.up(database: database, migrations: migrations, run: run, progress: progress)
    }
    let new = try await uncheckedConstraints(database).subtracting(unchecked).sorted()
    if !new.isEmpty {
      progress(
        Progress(
          "migrate",
          "NOT VALID, so that the rows there already are not checked: \(new.prefix(5).joined(separator: ", "))"
            + (new.count > 5 ? " and \(new.count - 5) more" : "")))
    }
    return state
  }

  func down(
    database: Secret, migrations: [MigrationID], progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState {
    try await watching(database, progress) { () throws(Problem) in
      try await base.down(database: database, migrations: migrations, progress: progress)
    }
  }

  private func watching(
    _ database: Secret, _ progress: ProgressSink, _ work: () async throws(Problem) -> MigrationState
  ) async throws(Problem) -> MigrationState {
    let before = try await InvalidIndexes.read(database)
    if !before.isEmpty {
      progress(Progress("migrate", "invalid before anything is done: index \(before.list)"))
    }
    let state: MigrationState
    do throws(Problem) { state = try await work() } catch { throw await naming(error, since: before, database) }
    let after = try await InvalidIndexes.read(database)
    if let problem = after.problem(since: before, place: MigrationLock.place(of: database)) { throw problem }
    return state
  }

  /// The failure with what it left, and how that is put away.
  private func naming(_ problem: Problem, since before: InvalidIndexes, _ database: Secret) async -> Problem {
    if Task.isCancelled { return problem }
    let clause: String
    var remedy = problem.remedy
    do throws(Problem) {
      let new = try await InvalidIndexes.read(database).new(since: before)
      guard !new.isEmpty else { return problem }
      clause = "invalid and to be dropped: index \(new.list)"
      remedy = new.remedy + (problem.remedy.map { "; then \($0)" } ?? "")
    } catch {
      clause = "whether an index was left invalid is not known: \(error)"
    }
    return Problem(
      problem.code, problem.what, place: problem.place,
      why: [problem.why, clause].compactMap { $0 }.joined(separator: "; "), remedy: remedy)
  }

  /// Constraints that are NOT VALID, which may be meant: told, and refusing nothing.
  private func uncheckedConstraints(_ database: Secret) async throws(Problem) -> Set<String> {
    let found = try await rows(
      database,
      """
      SELECT pg_catalog.format('%I on %s', conname, conrelid::pg_catalog.regclass) FROM pg_catalog.pg_constraint
      WHERE NOT convalidated AND conrelid <> 0 ORDER BY 1 LIMIT 1000
      """)
    return Set(found.rows.compactMap { $0[0] })
  }
}
