import Core
internal import GRDB

/// A store in one SQLite file, for one machine. Several processes may use it at the same time.
package struct SQLiteStore: Store {
  package let place: String
  private let queue: DatabaseQueue
  private let timing: any Timing

  /// Opens the store of a folder.
  ///
  /// - Parameter creating: whether folder and store are made where there is nothing.
  package static func open(
    in folder: String, creating: Bool, timing: any Timing
  ) async throws(StoreProblem) -> SQLiteStore {
    let path = folder + "/" + SQLiteFile.name
    do throws(StoreProblem) {
      return SQLiteStore(place: path, queue: try SQLiteFile.open(path), timing: timing)
    } catch {
      guard creating, case .absent = error else { throw error }
    }
    try SQLiteFile.makeFolder(folder)
    try SQLiteFile.create(path)
    return SQLiteStore(place: path, queue: try SQLiteFile.open(path), timing: timing)
  }

  private init(place: String, queue: DatabaseQueue, timing: any Timing) {
    self.place = place
    self.queue = queue
    self.timing = timing
  }

  package func append(
    _ record: JSON, to run: RunID, at sequence: Int, lease: Lease
  ) async throws(StoreProblem) {
    let place = place
    try await write { database in
      guard let held = try Held.fetch(database, lease.name), held.token == lease.token else {
        let holder = try Held.fetch(database, lease.name)?.holder
        throw StoreProblem.superseded(lease: lease.name, by: holder, place: place)
      }
      let last = try Int.fetchOne(
        database, sql: "SELECT max(sequence) FROM records WHERE run = ?", arguments: [run.text])
      if let last, sequence <= last {
        throw StoreProblem.sequenceTaken(run: run, sequence: sequence, place: place)
      }
      if let last, sequence != last + 1 { throw StoreProblem.sequenceGap(run: run, sequence: sequence, place: place) }
      try database.execute(
        sql: "INSERT INTO records (run, sequence, record) VALUES (?, ?, ?)",
        arguments: [run.text, sequence, record.text()])
    }
  }

  package func records(of run: RunID) async throws(StoreProblem) -> [JSON] {
    let rows = try await read { database in
      try Row.fetchAll(
        database, sql: "SELECT sequence, record FROM records WHERE run = ? ORDER BY sequence", arguments: [run.text]
      ).map { (sequence: $0[0] as Int64, text: $0[1] as String) }
    }
    return try journal(rows, of: run, place: place)
  }

  package func runs(limit: Int) async throws(StoreProblem) -> [RunID] {
    try await read { database in
      try String.fetchAll(
        database, sql: "SELECT DISTINCT run FROM records ORDER BY run DESC LIMIT ?", arguments: [limit]
      ).map { RunID($0) }
    }
  }

  // MARK: Leases

  package func acquire(
    _ name: String, holder: LeaseHolder, for duration: Duration, isGone: @Sendable (LeaseHolder) -> Bool
  ) async throws(StoreProblem) -> LeaseOutcome {
    // Asked outside of the transaction; if another holder came in between, the token tells.
    var gone: Int64?
    if let held = try await read({ try Held.fetch($0, name) }), isGone(held.holder) { gone = held.token }
    return try await write { [gone] database in
      let now = timing.now()
      let held = try Held.fetch(database, name)
      if let held, held.holder.until > now, held.token != gone { return .heldBy(held.holder) }
      let lease = Lease(name: name, token: (held?.token ?? 0) + 1, until: now + duration)
      try database.execute(
        sql: """
          INSERT INTO leases (name, token, run, host, process, since, until) VALUES (?, ?, ?, ?, ?, ?, ?)
          ON CONFLICT (name) DO UPDATE SET token = excluded.token, run = excluded.run, host = excluded.host,
            process = excluded.process, since = excluded.since, until = excluded.until
          """,
        arguments: [
          name, lease.token, holder.run.text, holder.host, holder.process, now.milliseconds, lease.until.milliseconds,
        ])
      return .granted(lease)
    }
  }

  package func renew(_ lease: Lease, for duration: Duration) async throws(StoreProblem) -> Lease {
    let place = place
    return try await write { database in
      let until = timing.now() + duration
      try database.execute(
        sql: "UPDATE leases SET until = ? WHERE name = ? AND token = ?",
        arguments: [until.milliseconds, lease.name, lease.token])
      guard database.changesCount == 1 else {
        let holder = try Held.fetch(database, lease.name)?.holder
        throw StoreProblem.superseded(lease: lease.name, by: holder, place: place)
      }
      return Lease(name: lease.name, token: lease.token, until: until)
    }
  }

  package func release(_ lease: Lease) async throws(StoreProblem) {
    try await write { database in
      // The row stays, so that tokens go on growing.
      try database.execute(
        sql: "UPDATE leases SET until = 0 WHERE name = ? AND token = ?", arguments: [lease.name, lease.token])
    }
  }

  package func holder(of name: String) async throws(StoreProblem) -> LeaseHolder? {
    try await read { database in
      guard let held = try Held.fetch(database, name), held.holder.until > timing.now() else { return nil }
      return held.holder
    }
  }

  private struct Held {
    let token: Int64
    let holder: LeaseHolder

    static func fetch(_ database: Database, _ name: String) throws -> Held? {
      try Row.fetchOne(
        database, sql: "SELECT token, run, host, process, since, until FROM leases WHERE name = ?", arguments: [name]
      ).map { row in
        Held(
          token: row[0],
          holder: LeaseHolder(
            run: RunID(row[1]), host: row[2], process: row[3], since: Timestamp(milliseconds: row[4]),
            until: Timestamp(milliseconds: row[5])))
      }
    }
  }

  // MARK: Documents

  package func put(_ kind: String, _ id: String, _ document: JSON) async throws(StoreProblem) {
    try await write { database in
      try database.execute(
        sql: """
          INSERT INTO documents (kind, id, document) VALUES (?, ?, ?)
          ON CONFLICT (kind, id) DO UPDATE SET document = excluded.document
          """,
        arguments: [kind, id, document.text()])
    }
  }

  package func add(_ kind: String, _ id: String, _ document: JSON) async throws(StoreProblem) -> Bool {
    try await write { database in
      try database.execute(
        sql: "INSERT INTO documents (kind, id, document) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO NOTHING",
        arguments: [kind, id, document.text()])
      return database.changesCount == 1
    }
  }

  package func document(_ kind: String, _ id: String) async throws(StoreProblem) -> JSON? {
    let text = try await read { database in
      try String.fetchOne(
        database, sql: "SELECT document FROM documents WHERE kind = ? AND id = ?", arguments: [kind, id])
    }
    guard let text else { return nil }
    return try parsed(text, "the document \(kind)/\(id)", place: place)
  }

  package func documents(
    _ kind: String, newestFirst: Bool, limit: Int
  ) async throws(StoreProblem) -> [(id: String, document: JSON)] {
    let rows = try await read { database in
      try Row.fetchAll(
        database,
        sql: """
          SELECT id, document FROM documents WHERE kind = ? ORDER BY number \(newestFirst ? "DESC" : "ASC") LIMIT ?
          """, arguments: [kind, limit]
      ).map { (id: $0[0] as String, text: $0[1] as String) }
    }
    var documents: [(id: String, document: JSON)] = []
    for row in rows {
      documents.append((row.id, try parsed(row.text, "the document \(kind)/\(row.id)", place: place)))
    }
    return documents
  }

  // MARK: Transactions

  private func write<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreProblem) -> Value {
    let (queue, place) = (queue, place)
    return try await shielded { () async throws(StoreProblem) in
      do {
        return try await queue.write(work)
      } catch {
        throw SQLiteFile.translated(error, place)
      }
    }
  }

  private func read<Value: Sendable>(
    _ work: @escaping @Sendable (Database) throws -> Value
  ) async throws(StoreProblem) -> Value {
    let (queue, place) = (queue, place)
    return try await shielded { () async throws(StoreProblem) in
      do {
        return try await queue.read(work)
      } catch {
        throw SQLiteFile.translated(error, place)
      }
    }
  }
}
