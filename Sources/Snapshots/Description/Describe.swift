import Core
import OpenSSL
import Postgres

/// Describes a database as it is at one instant, on a connection of its own.
///
/// Reads every row once: two to five seconds per gigabyte of text on two cores.
///
/// - Parameters:
///   - schemas: Schemas to leave out.
///   - source: What it is to be compared with: rows are then hashed as they were there.
package func describe(
  database url: Secret, excluding schemas: [String] = [], like source: DatabaseDescription? = nil
) async throws(Problem) -> DatabaseDescription {
  let session = try await ReadingSession.open(url, excluding: schemas, lockWait: .seconds(30))
  do throws(Problem) {
    try session.refuseHidden()
    let open = try await session.begin()
    let description = try await open.describe(sequences: try await open.sequences(), like: source)
    await session.close()
    return description
  } catch {
    await session.close()
    throw error
  }
}

extension ReadingSession {
  /// How far each sequence is. To be read before a dump starts: a sequence is in no snapshot, so that one read later
  /// could be ahead of the dump's, and the restored one would look as if it had gone back.
  func sequences() async throws(Problem) -> [String: DatabaseDescription.Sequence] {
    do throws(PostgresError) {
      return try await readSequences()
    } catch {
      throw ReadingSession.problem(error, connection.place)
    }
  }

  /// Reads everything else inside the session's transaction.
  ///
  /// - Parameter rows: Whether rows and large objects are read, too; without, the two do not count.
  func describe(
    sequences: [String: DatabaseDescription.Sequence], like source: DatabaseDescription? = nil, rows: Bool = true,
    progress: ProgressSink? = nil
  ) async throws(Problem) -> DatabaseDescription {
    do throws(PostgresError) {
      var description = try await read(like: source, progress, rows: rows)
      description.sequences = sequences
      return description
    } catch {
      throw ReadingSession.problem(error, connection.place)
    }
  }

  private func read(
    like source: DatabaseDescription?, _ progress: ProgressSink?, rows readsRows: Bool
  ) async throws(PostgresError) -> DatabaseDescription {
    let schemas = [ReadingSession.arrayLiteral(excluded)]
    var description = DatabaseDescription(identity: identity)
    description.excluded = excluded
    try await readTables(into: &description, like: source, progress, rows: readsRows)

    let objects = try await connection.query("SELECT count(*) FROM pg_largeobject_metadata").first
    if objects != "0", readsRows {
      let rows = try await connection.query(CatalogQueries.largeObjects)
      description.largeObjects = .init(
        count: rows[0, "count"].flatMap { Int64($0) } ?? 0, digest: rows[0, "digest"] ?? "")
    }
    for (kind, sql) in CatalogQueries.objects {
      let rows = try await connection.query(sql, schemas)
      for row in rows.rows.indices {
        description.objects["\(kind) \(rows[row, "name"] ?? "?")"] = short(rows[row, "definition"] ?? "")
      }
    }
    for (kind, sql) in CatalogQueries.rights {
      let rows = try await connection.query(sql, schemas)
      for row in rows.rows.indices {
        description.rights["\(kind) \(rows[row, "name"] ?? "?")"] =
          short("\(rows[row, "owner"] ?? "")\n\(rows[row, "acl"] ?? "")")
      }
    }
    for row in try await connection.query(CatalogQueries.extensions).rows {
      if let name = row[0] { description.extensions[name] = row[1] ?? "" }
    }
    description.roles = try await connection.query(CatalogQueries.roles, schemas).rows.compactMap { $0[0] }
    try await readOutside(into: &description, schemas)
    return description
  }

  private func readTables(
    into description: inout DatabaseDescription, like source: DatabaseDescription?, _ progress: ProgressSink?,
    rows readsRows: Bool
  ) async throws(PostgresError) {
    let columns = try await columns()
    let marked = readsRows ? try await conditions() : [:]
    for relation in relations {
      switch relation.kind {
      case "r" where !relation.isOfExtension && !readsRows:
        description.tables[relation.name] = .init(oid: relation.oid, kind: .table)
      case "r" where !relation.isOfExtension:
        progress?(Progress("snapshot", "reading \(relation.name)"))
        let columns = columns[relation.oid] ?? []
        let hash = source?.tables[relation.name]?.hash ?? .best(for: columns)
        // A sum of `bigint` has no end. FROM ONLY: rows of children are counted there.
        let rows = try await connection.query(
          "SELECT count(*) AS count, coalesce(sum(\(hash.expression(columns))), 0) AS digest FROM ONLY \(relation.name) q"
        )
        description.tables[relation.name] = .init(
          oid: relation.oid, kind: .table, rows: rows[0, "count"].flatMap { Int64($0) }, digest: rows[0, "digest"],
          hash: hash)
        if relation.isUnlogged {
          description.notes.append("table \(relation.name) is unlogged: a crash of the server empties it")
        }
      case "r" where relation.isOfExtension, "p" where relation.isOfExtension:
        var table = DatabaseDescription.Table(oid: relation.oid, kind: .ofExtension)
        if let condition = marked[relation.oid], relation.hidden == nil {
          let rows = try await connection.query(CatalogQueries.markedRows(of: relation.name, condition))
          table.rows = rows[0, "count"].flatMap { Int64($0) }
          table.digest = rows[0, "digest"]
        }
        description.tables[relation.name] = table
      case "p": description.tables[relation.name] = .init(oid: relation.oid, kind: .partitioned)
      case "m": description.tables[relation.name] = .init(oid: relation.oid, kind: .materializedView)
      case "f":
        description.tables[relation.name] = .init(oid: relation.oid, kind: .foreign)
        description.notes.append("table \(relation.name) is foreign: only its definition is in a dump")
      default: break
      }
    }
  }

  /// Which rows of extensions' tables are dumped, by the table's number.
  private func conditions() async throws(PostgresError) -> [Int64: String] {
    var found: [Int64: String] = [:]
    let rows = try await connection.query(CatalogQueries.markedTables, [ReadingSession.arrayLiteral(excluded)])
    for row in rows.rows.indices {
      if let table = rows[row, "oid"].flatMap({ Int64($0) }) { found[table] = rows[row, "condition"] ?? "" }
    }
    return found
  }

  /// The columns of each table, by its number. Where the server cannot hash records, none are needed.
  private func columns() async throws(PostgresError) -> [Int64: [DigestedColumn]] {
    guard connection.serverMajor >= 14 else { return [:] }
    var found: [Int64: [DigestedColumn]] = [:]
    let rows = try await connection.query(CatalogQueries.columns, [ReadingSession.arrayLiteral(excluded)])
    for row in rows.rows.indices {
      guard let table = rows[row, "oid"].flatMap({ Int64($0) }), let name = rows[row, "name"],
        let type = rows[row, "type"].flatMap({ Int64($0) }), let modifier = rows[row, "modifier"].flatMap({ Int($0) })
      else { throw PostgresError(.protocolMismatch, "the server does not tell the columns of its tables") }
      found[table, default: []].append(
        DigestedColumn(name: name, type: type, isExact: rows[row, "exact"] == "t", modifier: modifier))
    }
    return found
  }

  private func readSequences() async throws(PostgresError) -> [String: DatabaseDescription.Sequence] {
    var found: [String: DatabaseDescription.Sequence] = [:]
    let sequences = try await connection.query(CatalogQueries.sequences, [ReadingSession.arrayLiteral(excluded)])
    for row in sequences.rows.indices {
      guard let name = sequences[row, "name"] else { continue }
      let state = try await connection.query("SELECT last_value, is_called FROM \(name)")
      found[name] = .init(
        last: state[0, "last_value"].flatMap { Int64($0) } ?? 0, isCalled: state[0, "is_called"] == "t",
        increment: sequences[row, "seqincrement"].flatMap { Int64($0) } ?? 1, cycles: sequences[row, "seqcycle"] == "t")
    }
    return found
  }

  /// Enough of a digest to see an accident, short enough for a manifest with thousands of them.
  private func short(_ definition: String) -> String {
    Digest.hex(Digest.sha256(Array(definition.utf8)).prefix(8))
  }
}
