import Core

/// Where journals, leases and documents live: one contract, two engines (``SQLiteStore``, ``PostgresStore``).
///
/// What was written survives a power cut when the call returns. Writing is not abandoned when the task that asks is
/// cancelled: what was done is recorded, whoever wants to stop.
package protocol Store: Sendable {
  /// Where it is, for messages: a file, or `host:port/database`.
  var place: String { get }

  /// Adds a record to a run's journal.
  ///
  /// Refused when the sequence exists, when it leaves a gap, or when another holder has taken the lease meanwhile
  /// (also when the lease had lapsed: then somebody else may be finishing this run). A lapsed lease that nobody took is
  /// no reason to refuse.
  func append(_ record: JSON, to run: RunID, at sequence: Int, lease: Lease) async throws(StoreProblem)

  /// A run's journal in order; empty for a run that is not known.
  func records(of run: RunID) async throws(StoreProblem) -> [JSON]

  /// The runs that have a journal, newest first.
  func runs(limit: Int) async throws(StoreProblem) -> [RunID]

  /// Takes the lease of that name if it is free, lapsed, or held by somebody of whom `isGone` says that he cannot
  /// come back. Time is the engine's: the server's clock for PostgreSQL, the given one for SQLite.
  func acquire(
    _ name: String, holder: LeaseHolder, for duration: Duration, isGone: @Sendable (LeaseHolder) -> Bool
  ) async throws(StoreProblem) -> LeaseOutcome

  /// Prolongs (or shortens) a lease from now on; refused when another holder has taken it.
  func renew(_ lease: Lease, for duration: Duration) async throws(StoreProblem) -> Lease

  /// Gives the lease back; nothing happens when another holder has taken it already.
  func release(_ lease: Lease) async throws(StoreProblem)

  /// Who holds the lease now, or `nil` when it is free or lapsed.
  func holder(of name: String) async throws(StoreProblem) -> LeaseHolder?

  /// Writes a document, replacing the one of the same kind and id.
  func put(_ kind: String, _ id: String, _ document: JSON) async throws(StoreProblem)

  /// Writes a document where there is none of this kind and id; of several who try at once, exactly one does.
  ///
  /// - Returns: whether it was written; `false` leaves what is there.
  func add(_ kind: String, _ id: String, _ document: JSON) async throws(StoreProblem) -> Bool

  func document(_ kind: String, _ id: String) async throws(StoreProblem) -> JSON?

  /// In the order in which they were first put; replacing one does not move it.
  func documents(
    _ kind: String, newestFirst: Bool, limit: Int
  ) async throws(StoreProblem) -> [(id: String, document: JSON)]
}

extension Store {
  package func acquire(
    _ name: String, holder: LeaseHolder, for duration: Duration
  ) async throws(StoreProblem) -> LeaseOutcome {
    try await acquire(name, holder: holder, for: duration, isGone: { _ in false })
  }

  package func documents(_ kind: String) async throws(StoreProblem) -> [(id: String, document: JSON)] {
    try await documents(kind, newestFirst: true, limit: .max)
  }
}

/// Somebody who holds a lease.
package struct LeaseHolder: Hashable, Sendable {
  package let run: RunID
  package let host: String
  /// Which process, as ``ProcessMark`` writes it or however a person finds it.
  package let process: String
  /// When it was taken and when it lapses; given by the store, whatever the asker says.
  package let since: Timestamp
  package let until: Timestamp

  package init(
    run: RunID, host: String, process: String, since: Timestamp = Timestamp(milliseconds: 0),
    until: Timestamp = Timestamp(milliseconds: 0)
  ) {
    self.run = run
    self.host = host
    self.process = process
    self.since = since
    self.until = until
  }
}

/// The right to act for a while.
package struct Lease: Hashable, Sendable {
  package let name: String
  /// Grows with every holder of this name: who comes with a smaller one is late and is refused.
  package let token: Int64
  package let until: Timestamp

  package init(name: String, token: Int64, until: Timestamp) {
    self.name = name
    self.token = token
    self.until = until
  }
}

package enum LeaseOutcome: Hashable, Sendable {
  case granted(Lease)
  case heldBy(LeaseHolder)
}
