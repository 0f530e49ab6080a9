import Core
import Postgres

/// The planner's statistics, which no dump holds: without them a restored database answers correctly, and too slowly.
extension Snapshotter {
  func gatherStatistics(_ url: Secret) async throws(Problem) {
    let place = try address(url).place
    do throws(PostgresError) {
      try await withConnection(url, settings: ["statement_timeout": "0", "lock_timeout": "30s"]) {
        (connection: Connection) throws(PostgresError) in try await connection.run("ANALYZE")
      }
    } catch {
      throw error.problem(place: place)
    }
  }

  /// Where the rows are back already: that counts, and the server's own autovacuum will do the rest in time.
  func gatherStatisticsOrSay(_ url: Secret) async {
    do throws(Problem) { try await gatherStatistics(url) } catch {
      say("the restored tables have no statistics yet, so that queries may be slow; run ANALYZE: \(error.description)")
    }
  }
}
