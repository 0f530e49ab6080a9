import Core

/// That a snapshot's bytes were examined, how, and what was found to be equal.
package struct SnapshotVerification: Hashable, Sendable {
  package static let schema = "gatehouse.snapshot-verification/v1"

  package var snapshot: String
  /// The bytes it speaks of; a verification of other bytes says nothing about these.
  package var storedSHA256: String
  package var at: Timestamp
  package var how: SnapshotRules.Verify
  /// When an identity last opened these bytes, which shows that its key is still there; `nil` when none ever did.
  package var openedAt: Timestamp?
  /// The public key of the identity that did, `age1…`; `nil` where it is not known.
  package var openedBy: String?
  /// When somebody who gave identities last had none for these bytes: the key of their period was erased, or not given.
  package var unopenedAt: Timestamp?
  /// What was compared; zero for ``SnapshotRules/Verify/read``.
  package var tables: Int
  package var rows: Int64
  /// What was not compared, and why.
  package var notes: [String]
  package var took: Duration
  /// What the scratch server could reach; `nil` where nothing was restored.
  package var network: ScratchNetwork?
  /// The withdrawals of earlier proofs that it was made after: see ``SnapshotWithdrawal``.
  package var overrules: [String] = []

  package var json: JSON {
    .dictionary([
      ("schema", .string(Self.schema)), ("snapshot", .string(snapshot)), ("sha256", .string(storedSHA256)),
      ("at", .string(at.description)), ("how", .string(how.rawValue)),
      ("openedAt", openedAt.map { .string($0.description) }), ("openedBy", openedBy.map { .string($0) }),
      ("unopenedAt", unopenedAt.map { .string($0.description) }), ("tables", .integer(Int64(tables))),
      ("rows", .integer(rows)), ("notes", .strings(notes)), ("tookMilliseconds", .integer(took.milliseconds)),
      ("network", network.map { .string($0.rawValue) }),
      ("overrules", overrules.isEmpty ? nil : .strings(overrules)),
    ])
  }

  package init(
    snapshot: String, storedSHA256: String, at: Timestamp, how: SnapshotRules.Verify, openedAt: Timestamp? = nil,
    tables: Int, rows: Int64, notes: [String], took: Duration,
    network: ScratchNetwork? = nil
  ) {
    self.snapshot = snapshot
    self.storedSHA256 = storedSHA256
    self.at = at
    self.how = how
    self.openedAt = openedAt
    self.tables = tables
    self.rows = rows
    self.notes = notes
    self.took = took
    self.network = network
  }

  package init?(json: JSON) {
    guard json["schema"]?.string == Self.schema, let snapshot = json["snapshot"]?.string,
      let digest = json["sha256"]?.string, let at = json["at"]?.string.flatMap(Timestamp.init(_:)),
      let how = json["how"]?.string.flatMap(SnapshotRules.Verify.init(rawValue:)),
      let tables = json["tables"]?.integer, let rows = json["rows"]?.integer, let notes = json["notes"]?.array,
      let took = json["tookMilliseconds"]?.integer
    else { return nil }
    var openedAt: Timestamp?
    if let text = json["openedAt"] {
      guard let read = text.string.flatMap(Timestamp.init(_:)) else { return nil }
      openedAt = read
    }
    var openedBy: String?
    if let text = json["openedBy"] {
      guard openedAt != nil, let read = text.string, read.utf8.count <= 100 else { return nil }
      openedBy = read
    }
    var unopenedAt: Timestamp?
    if let text = json["unopenedAt"] {
      guard let read = text.string.flatMap(Timestamp.init(_:)) else { return nil }
      unopenedAt = read
    }
    var network: ScratchNetwork?
    if let text = json["network"] {
      guard let read = text.string.flatMap(ScratchNetwork.init(rawValue:)) else { return nil }
      network = read
    }
    self.init(
      snapshot: snapshot, storedSHA256: digest, at: at, how: how, openedAt: openedAt, tables: Int(tables), rows: rows,
      notes: notes.compactMap(\.string), took: .milliseconds(took), network: network)
    if let list = json["overrules"] {
      guard let names = list.array?.compactMap(\.string), names.count == list.array?.count else { return nil }
      overrules = names
    }
    self.openedBy = openedBy
    self.unopenedAt = unopenedAt
  }

  /// Whether the last who gave identities had none for these bytes.
  package var isUnopenable: Bool { unopenedAt.map { at in openedAt.map { $0 < at } ?? true } ?? false }

  /// Of two about the same bytes the one that says more: a restore before a read, then the newer one. When an identity
  /// opened them, when none did, and what they were made after, is kept from both.
  static func stronger(_ one: SnapshotVerification?, _ other: SnapshotVerification?) -> SnapshotVerification? {
    guard let one, let other else { return one ?? other }
    var best = one.how == other.how ? one.at >= other.at ? one : other : one.how == .restore ? one : other
    let opened = [one, other].max { ($0.openedAt ?? .never) < ($1.openedAt ?? .never) }
    best.openedAt = opened?.openedAt
    best.openedBy = opened?.openedBy
    best.unopenedAt = [one.unopenedAt, other.unopenedAt].compactMap { $0 }.max()
    best.overrules = Set(one.overrules + other.overrules).sorted()
    return best
  }
}

extension Timestamp {
  /// Before everything that was written down.
  fileprivate static let never = Timestamp(milliseconds: .min)
}
