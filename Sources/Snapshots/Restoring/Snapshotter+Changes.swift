import Core
import Postgres

/// What a restore would lose, or lost, and whether what it brings can be used.
extension Snapshotter {
  /// A connection to a database that sees one instant of it, all of it.
  func begin(_ url: Secret, excluding schemas: [String]) async throws(Problem) -> ReadingSession {
    let session = try await ReadingSession.open(url, excluding: schemas, lockWait: .seconds(30))
    do throws(Problem) {
      try session.refuseHidden()
      return try await session.begin()
    } catch {
      await session.close()
      throw error
    }
  }

  /// Tells the rows apart that differ between a database that holds the snapshot and another one.
  ///
  /// - Parameters:
  ///   - snapshot: What the first one was described as; only tables that the two descriptions differ in are read.
  ///   - kept: Large objects that are in the first one and not the snapshot's.
  func changes(
    from holder: Secret, _ snapshot: DatabaseDescription, to database: Secret, _ description: DatabaseDescription,
    besides kept: [String] = []
  ) async throws(Problem) -> [TableChange] {
    let changes = TableChange.between(snapshot, and: description)
    if changes.isEmpty { return [] }
    let tables = changes.count { !$0.isOfLargeObjects }
    say("comparing the rows of \(tables) table\(tables == 1 ? "" : "s")")
    let left = try await begin(holder, excluding: snapshot.excluded)
    do throws(Problem) {
      let right = try await begin(database, excluding: snapshot.excluded)
      do throws(Problem) {
        let told = try await RowComparison(snapshot: left, database: right, kept: kept).told(apart: changes)
        await right.close()
        await left.close()
        // Digests that were made in two ways tell nothing before rows are compared.
        return told.filter { $0.columnsDiffer || $0.rows?.isNone != true }
      } catch {
        await right.close()
        throw error
      }
    } catch {
      await left.close()
      throw error
    }
  }

  /// Sequences that give a number next which their column already has.
  func sequencesBehind(_ url: Secret, excluding schemas: [String]) async throws(Problem) -> [String] {
    do throws(PostgresError) {
      return try await withConnection(url) { connection throws(PostgresError) in
        try await connection.set(["search_path": "", "statement_timeout": "0", "row_security": "off"])
        let owned = try await connection.query(
          SwapQueries.ownedSequences, [ReadingSession.arrayLiteral(schemas)])
        var behind: [String] = []
        for row in owned.rows {
          guard let sequence = row[0], let table = row[1], let column = row[2], let step = row[3] else { continue }
          let isBehind = try await connection.query(
            """
            SELECT coalesce((SELECT pg_catalog.max(\(column)) FROM \(table)) >=
              last_value::numeric + CASE WHEN is_called THEN \(step) ELSE 0 END, false) FROM \(sequence)
            """
          ).first
          if isBehind == "t" { behind.append(sequence) }
        }
        return behind
      }
    } catch {
      throw error.problem(place: "sequences")
    }
  }
}
