import Core
import Postgres

/// What a copy of a database was made of, as the first line of its comment:
/// `gatehouse: copied from 7714112104066352353/16384 for gatehouse-01JD at 2026-12-01T03:00:00Z`.
///
/// Whoever may write the comment owns the copy. The last line says which databases it continues, as ``DatabaseLineage`` reads it:
/// should the copy take the source's name, its snapshots stay those of this database.
struct CopyLineage: Hashable, Sendable {
  private static let mark = "gatehouse: copied from "

  /// Of the cluster; `unknown` where the role may not read it.
  var system: String
  var oid: Int64
  /// The point's name, with the run in it.
  var name: String
  var at: String

  /// Of a copy that would be made now.
  static func of(_ source: DatabaseLikeness, for name: String, _ connection: Connection) async throws(PostgresError)
    -> CopyLineage
  {
    let facts = try await connection.query(
      """
      SELECT CASE WHEN has_function_privilege('pg_control_system()', 'EXECUTE')
        THEN (SELECT system_identifier::text FROM pg_control_system()) ELSE 'unknown' END AS system,
        to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS at
      """)
    return CopyLineage(
      system: facts[0, "system"] ?? "unknown", oid: source.oid, name: name, at: facts[0, "at"] ?? "unknown")
  }

  /// The whole comment.
  func comment(on source: DatabaseLikeness) -> String {
    DatabaseLineage.comment(
      "\(CopyLineage.mark)\(system)/\(oid) for \(name) at \(at)",
      continuing: [oid] + DatabaseLineage.continued(by: source.comment))
  }

  init(system: String, oid: Int64, name: String, at: String) {
    self.system = system
    self.oid = oid
    self.name = name
    self.at = at
  }

  /// `nil` when the comment says nothing of the kind.
  init?(comment: String?) {
    guard let line = comment?.split(separator: "\n").first, line.hasPrefix(CopyLineage.mark) else { return nil }
    let words = line.dropFirst(CopyLineage.mark.count).split(separator: " ")
    guard words.count == 5, words[1] == "for", words[3] == "at" else { return nil }
    let source = words[0].split(separator: "/")
    guard source.count == 2, let oid = Int64(source[1]) else { return nil }
    self.init(system: String(source[0]), oid: oid, name: String(words[2]), at: String(words[4]))
  }

  /// Whether both are of one source and for one point, whenever they were made.
  func isSame(as other: CopyLineage) -> Bool { system == other.system && oid == other.oid && name == other.name }
}
