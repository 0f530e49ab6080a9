import Core

/// Whether the address leads to a pooler that gives each transaction another server session (PgBouncer's transaction mode,
/// Supabase's port 6543, Neon's `-pooler` hosts).
///
/// Behind one, a dump can end well with a part of the rows, settings leak to other clients, and advisory locks stay. No
/// single sign is enough, so two connections look for three of them, eight times: both have one server process, one sees
/// a setting that only the other made, or the process of one changes between two statements. Leaves nothing but a
/// custom setting (`gatehouse.probe`) in a pooler's session, and changes no data.
///
/// - Parameter token: What the setting is set to; any text that nobody else uses.
package func isTransactionPooler(
  _ url: Secret, token: String = String(UInt64.random(in: 0 ... .max), radix: 36),
  connectTimeout: Duration = .seconds(10)
) async throws(PostgresError) -> Bool {
  try await withConnection(url, connectTimeout: connectTimeout) { (first: Connection) throws(PostgresError) -> Bool in
    try await withConnection(url, connectTimeout: connectTimeout) {
      (second: Connection) throws(PostgresError) -> Bool in
      let limit = Duration.seconds(10)
      for round in 0..<8 {
        let mark = "\(token)-\(round)"
        try await first.query("SELECT pg_catalog.set_config('gatehouse.probe', $1, false)", [mark], timeout: limit)
        let before = try await first.query("SELECT pg_catalog.pg_backend_pid()", timeout: limit).first
        try await second.run("BEGIN", timeout: limit)
        let seen = try await second.query(
          "SELECT pg_catalog.pg_backend_pid() AS pid, pg_catalog.current_setting('gatehouse.probe', true) AS mark",
          timeout: limit)
        let after = try await first.query("SELECT pg_catalog.pg_backend_pid()", timeout: limit).first
        try await second.run("COMMIT", timeout: limit)
        let sawMark = seen[0, "mark"]?.hasPrefix(token) == true
        if seen[0, "pid"] == before || sawMark || before != after { return true }
      }
      return false
    }
  }
}
