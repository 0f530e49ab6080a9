import Core

/// What `pgbackrest --output=json info` says of a stanza: whether a point in time can be gone back to with it.
package struct PgBackRestInfo: Sendable {
  package struct Backup: Hashable, Sendable {
    package var label: String
    /// The last segment of write-ahead log that it needs.
    var stop: String
    /// Seconds since 1970.
    var stoppedAt: Int64
  }

  /// `pg_control_system().system_identifier` of the cluster whose backups these are.
  package var system: String
  /// Those that ended without an error, of that cluster.
  package var backups: [Backup]
  /// The last segment in each archive of that cluster.
  package var archived: [String]

  /// - Throws: `restore-point.unreadable` when it is not what pgBackRest writes; `restore-point.no-backup` for a stanza
  ///   that has none.
  package init(_ json: JSON, stanza: String, repository: Int?) throws(Problem) {
    guard let found = json.array?.first(where: { $0["name"]?.string == stanza }) else {
      throw Problem(
        "restore-point.unreadable", "pgbackrest knows no stanza \(stanza)",
        remedy: "see `database.restore-points`: the stanza, and the configuration file that has it")
    }
    guard let current = found["db"]?.array?.last, let system = current["system-id"]?.integer else {
      throw Problem(
        "restore-point.no-backup", "stanza \(stanza) holds no backup", why: found["status"]?["message"]?.string,
        remedy: "pgbackrest --stanza=\(stanza) stanza-create, then backup")
    }
    let number = current["id"]?.integer
    // Of earlier clusters of the stanza, before an upgrade of PostgreSQL, nothing counts; nor of other repositories.
    func isMeant(_ database: JSON?) -> Bool {
      database?["id"]?.integer == number
        && (repository == nil || database?["repo-key"]?.integer == repository.map(Int64.init))
    }
    self.system = String(system)
    backups = (found["backup"]?.array ?? []).compactMap { backup in
      guard isMeant(backup["database"]), backup["error"]?.bool == false, let label = backup["label"]?.string,
        let stop = backup["archive"]?["stop"]?.string, let at = backup["timestamp"]?["stop"]?.integer
      else { return nil }
      return Backup(label: label, stop: stop, stoppedAt: at)
    }
    archived = (found["archive"]?.array ?? []).filter { isMeant($0["database"]) }.compactMap { $0["max"]?.string }
  }

  /// The newest backup from which the segment can be reached on its own timeline.
  package func backup(before segment: String) -> Backup? {
    backups.filter { Self.isReached($0.stop, by: segment) }.max { ($0.stoppedAt, $0.label) < ($1.stoppedAt, $1.label) }
  }

  /// Whether the archive has come as far as the segment.
  package func holds(_ segment: String) -> Bool { archived.contains { Self.isReached(segment, by: $0) } }

  /// Both are 24 hexadecimal digits, of which the first 8 are the timeline. A backup of another timeline may do as well,
  /// but nobody here can tell.
  private static func isReached(_ one: String, by other: String) -> Bool {
    one.utf8.count == 24 && other.utf8.count == 24 && one.prefix(8) == other.prefix(8) && one <= other
  }
}
