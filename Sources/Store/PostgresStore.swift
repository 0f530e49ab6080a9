import Core
import Postgres

/// A store in a PostgreSQL database, shared by any number of machines. The server's clock decides about leases.
package struct PostgresStore: Store {
  private let line: PostgresLine
  package var place: String { line.place }

  /// - Parameter creating: whether the schema `gatehouse` is made where there is none.
  package static func open(_ url: Secret, creating: Bool) async throws(StoreProblem) -> PostgresStore {
    PostgresStore(line: try await PostgresLine.open(url, creating: creating))
  }

  private init(line: PostgresLine) { self.line = line }

  private static let limit: Duration = .seconds(60)

  package func append(
    _ record: JSON, to run: RunID, at sequence: Int, lease: Lease
  ) async throws(StoreProblem) {
    let text = record.text()
    try await perform { connection, isRepeated in
      do {
        // The lease's row is held until the commit: nobody takes the lease between the question and the record.
        let rows = try await connection.query(
          """
          INSERT INTO gatehouse.records (run, sequence, record)
          SELECT $1, $2::bigint, $3 FROM gatehouse.leases AS held
          WHERE held.name = $4 AND held.token = $5::bigint AND $2::bigint =
            coalesce((SELECT max(sequence) + 1 FROM gatehouse.records WHERE run = $1), $2::bigint)
          FOR SHARE OF held
          """, [run.text, String(sequence), text, lease.name, String(lease.token)], timeout: Self.limit)
        if rows.affected == 1 { return }
      } catch let error as PostgresError where error.sqlstate == "23505" {
        // Two appends at once; said below as for any other.
      }
      let held = try await Held.fetch(connection, lease.name)
      guard let held, held.token == lease.token else {
        throw StoreProblem.superseded(lease: lease.name, by: held?.holder, place: place)
      }
      let there = try await connection.query(
        "SELECT record FROM gatehouse.records WHERE run = $1 AND sequence = $2::bigint",
        [run.text, String(sequence)], timeout: Self.limit)
      guard let found = there.first else {
        throw StoreProblem.sequenceGap(run: run, sequence: sequence, place: place)
      }
      // The first attempt was done and only its answer lost: the record is ours.
      if isRepeated, found == text { return }
      throw StoreProblem.sequenceTaken(run: run, sequence: sequence, place: place)
    }
  }

  package func records(of run: RunID) async throws(StoreProblem) -> [JSON] {
    let rows = try await perform { connection, _ in
      try await connection.query(
        "SELECT sequence, record FROM gatehouse.records WHERE run = $1 ORDER BY sequence", [run.text],
        timeout: Self.limit)
    }
    var found: [(sequence: Int64, text: String)] = []
    for row in rows.rows {
      guard let sequence = row[0].flatMap({ Int64($0) }), let text = row[1] else {
        throw .corrupt(place: place, why: "a record of run \(run) is empty")
      }
      found.append((sequence, text))
    }
    return try journal(found, of: run, place: place)
  }

  package func runs(limit: Int) async throws(StoreProblem) -> [RunID] {
    try await perform { connection, _ in
      try await connection.query(
        #"SELECT DISTINCT run COLLATE "C" FROM gatehouse.records ORDER BY 1 DESC LIMIT $1::bigint"#, [String(limit)],
        timeout: Self.limit)
    }.rows.compactMap { $0[0].map { RunID($0) } }
  }

  // MARK: Leases

  package func acquire(
    _ name: String, holder: LeaseHolder, for duration: Duration, isGone: @Sendable (LeaseHolder) -> Bool
  ) async throws(StoreProblem) -> LeaseOutcome {
    let before = try await perform { connection, _ in try await Held.fetch(connection, name) }
    let gone = before.flatMap { isGone($0.holder) ? $0.token : nil }
    return try await perform { connection, isRepeated in
      let rows = try await connection.query(
        """
        INSERT INTO gatehouse.leases AS held (name, token, run, host, process, since, until)
        SELECT $1, 1, $2, $3, $4, clock.now, clock.now + $5::bigint
        FROM (SELECT \(Self.now) AS now) AS clock
        ON CONFLICT (name) DO UPDATE SET token = held.token + 1, run = excluded.run, host = excluded.host,
          process = excluded.process, since = excluded.since, until = excluded.until
        WHERE held.until <= excluded.since OR held.token = $6::bigint
        RETURNING token, until
        """,
        [name, holder.run.text, holder.host, holder.process, String(duration.milliseconds), gone.map { String($0) }],
        timeout: Self.limit)
      if let lease = Self.lease(name, rows) { return .granted(lease) }
      guard let held = try await Held.fetch(connection, name) else {
        throw StoreProblem.corrupt(place: place, why: "the lock '\(name)' vanished while it was taken")
      }
      let isOurs =
        held.holder.run == holder.run && held.holder.host == holder.host && held.holder.process == holder.process
      if isRepeated, isOurs { return .granted(Lease(name: name, token: held.token, until: held.holder.until)) }
      return .heldBy(held.holder)
    }
  }

  package func renew(_ lease: Lease, for duration: Duration) async throws(StoreProblem) -> Lease {
    try await perform { connection, _ in
      let rows = try await connection.query(
        """
        UPDATE gatehouse.leases SET until = \(Self.now) + $3::bigint WHERE name = $1 AND token = $2::bigint
        RETURNING token, until
        """, [lease.name, String(lease.token), String(duration.milliseconds)], timeout: Self.limit)
      if let lease = Self.lease(lease.name, rows) { return lease }
      let holder = try await Held.fetch(connection, lease.name)?.holder
      throw StoreProblem.superseded(lease: lease.name, by: holder, place: place)
    }
  }

  package func release(_ lease: Lease) async throws(StoreProblem) {
    // The row stays, so that tokens go on growing.
    try await perform { connection, _ in
      _ = try await connection.query(
        "UPDATE gatehouse.leases SET until = 0 WHERE name = $1 AND token = $2::bigint",
        [lease.name, String(lease.token)], timeout: Self.limit)
    }
  }

  package func holder(of name: String) async throws(StoreProblem) -> LeaseHolder? {
    try await perform { connection, _ in
      guard let held = try await Held.fetch(connection, name), held.isCurrent else { return nil }
      return held.holder
    }
  }

  /// Milliseconds since 1970 by the server's clock.
  private static let now = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

  private static func lease(_ name: String, _ rows: Rows) -> Lease? {
    guard let token = rows[0, "token"].flatMap({ Int64($0) }), let until = rows[0, "until"].flatMap({ Int64($0) })
    else { return nil }
    return Lease(name: name, token: token, until: Timestamp(milliseconds: until))
  }

  private struct Held: Sendable {
    let token: Int64
    let isCurrent: Bool
    let holder: LeaseHolder

    static func fetch(_ connection: Connection, _ name: String) async throws -> Held? {
      let rows = try await connection.query(
        """
        SELECT token, run, host, process, since, until, until > \(now) AS current FROM gatehouse.leases
        WHERE name = $1
        """, [name], timeout: limit)
      guard let token = rows[0, "token"].flatMap({ Int64($0) }), let run = rows[0, "run"],
        let host = rows[0, "host"], let process = rows[0, "process"],
        let since = rows[0, "since"].flatMap({ Int64($0) }), let until = rows[0, "until"].flatMap({ Int64($0) })
      else { return nil }
      return Held(
        token: token, isCurrent: rows[0, "current"] == "t",
        holder: LeaseHolder(
          run: RunID(run), host: host, process: process, since: Timestamp(milliseconds: since),
          until: Timestamp(milliseconds: until)))
    }
  }

  // MARK: Documents

  package func put(_ kind: String, _ id: String, _ document: JSON) async throws(StoreProblem) {
    try await perform { connection, _ in
      _ = try await connection.query(
        """
        INSERT INTO gatehouse.documents (kind, id, document) VALUES ($1, $2, $3)
        ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document
        """, [kind, id, document.text()], timeout: Self.limit)
    }
  }

  package func add(_ kind: String, _ id: String, _ document: JSON) async throws(StoreProblem) -> Bool {
    let text = document.text()
    return try await perform { connection, isRepeated in
      let rows = try await connection.query(
        """
        INSERT INTO gatehouse.documents (kind, id, document) VALUES ($1, $2, $3)
        ON CONFLICT (kind, id) DO NOTHING
        """, [kind, id, text], timeout: Self.limit)
      if rows.affected == 1 { return true }
      guard isRepeated else { return false }
      // The first attempt was done and only its answer lost: the document is ours.
      let there = try await connection.query(
        "SELECT document FROM gatehouse.documents WHERE kind = $1 AND id = $2", [kind, id], timeout: Self.limit)
      return there.first == text
    }
  }

  package func document(_ kind: String, _ id: String) async throws(StoreProblem) -> JSON? {
    let rows = try await perform { connection, _ in
      try await connection.query(
        "SELECT document FROM gatehouse.documents WHERE kind = $1 AND id = $2", [kind, id], timeout: Self.limit)
    }
    guard let text = rows.first else { return nil }
    return try parsed(text, "the document \(kind)/\(id)", place: place)
  }

  package func documents(
    _ kind: String, newestFirst: Bool, limit: Int
  ) async throws(StoreProblem) -> [(id: String, document: JSON)] {
    let rows = try await perform { connection, _ in
      try await connection.query(
        """
        SELECT id, document FROM gatehouse.documents WHERE kind = $1
        ORDER BY number \(newestFirst ? "DESC" : "ASC") LIMIT $2::bigint
        """, [kind, String(limit)], timeout: Self.limit)
    }
    var documents: [(id: String, document: JSON)] = []
    for row in rows.rows {
      guard let id = row[0], let text = row[1] else { throw .corrupt(place: place, why: "a \(kind) is empty") }
      documents.append((id, try parsed(text, "the document \(kind)/\(id)", place: place)))
    }
    return documents
  }

  // MARK: Errors

  private func perform<Value: Sendable>(
    _ work: @escaping @Sendable (Connection, Bool) async throws -> Value
  ) async throws(StoreProblem) -> Value {
    let line = line
    return try await shielded { () async throws(StoreProblem) in try await line.perform(work) }
  }

  static func translated(_ error: any Error, _ place: String) -> StoreProblem {
    if let problem = error as? StoreProblem { return problem }
    guard let error = error as? PostgresError else { return .unavailable(place: place, why: "interrupted") }
    // Undefined schema, table or column: somebody changed what we made.
    if let state = error.sqlstate, ["3F000", "42P01", "42703"].contains(state) {
      return .corrupt(place: place, why: error.description)
    }
    return .unavailable(place: place, why: error.description)
  }
}
