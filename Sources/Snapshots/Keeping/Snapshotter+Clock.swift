import Core
import Postgres

extension Snapshotter {
  /// How far this machine's clock and the database's may be apart.
  private static let tolerance: Duration = .seconds(300)

  /// Fails when this machine's clock is not the database server's, give or take five minutes: by a clock that runs ahead, what
  /// is to be kept for a week would go today.
  package func refuseWrongClock(_ url: Secret) async throws(Problem) {
    let place = try address(url).place
    let seconds: Int64
    let before = timing.now()
    do throws(PostgresError) {
      let told = try await withConnection(url) { (connection: Connection) throws(PostgresError) in
        try await connection.query(
          "SELECT extract(epoch FROM pg_catalog.clock_timestamp())::bigint", timeout: .seconds(60)
        ).first
      }
      guard let number = told.flatMap({ Int64($0) }) else {
        throw PostgresError(.protocolMismatch, "the server does not tell its time")
      }
      seconds = number
    } catch {
      throw error.problem(place: place)
    }
    let server = Timestamp(seconds: seconds)
    let apart = max(before - server, server - timing.now())
    guard apart > Snapshotter.tolerance else { return }
    throw Problem(
      "snapshot.clock", "nothing is removed by its age, because two clocks do not agree", place: place,
      why: "here it is \(before), at the database \(server)",
      remedy: "set this machine's clock, or the server's, and run again")
  }
}
