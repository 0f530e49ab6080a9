/// PostgreSQL's table locks, the weakest first, by the names of `pg_locks.mode`.
package enum LockMode: Int, Sendable, CaseIterable, Comparable {
  case accessShare = 1
  case rowShare, rowExclusive, shareUpdateExclusive, share, shareRowExclusive, exclusive, accessExclusive

  package static func < (one: LockMode, other: LockMode) -> Bool { one.rawValue < other.rawValue }

  package var blocksReads: Bool { self == .accessExclusive }
  package var blocksWrites: Bool { self >= .share }

  /// As SQL writes it.
  package var words: String {
    switch self {
    case .accessShare: "ACCESS SHARE"
    case .rowShare: "ROW SHARE"
    case .rowExclusive: "ROW EXCLUSIVE"
    case .shareUpdateExclusive: "SHARE UPDATE EXCLUSIVE"
    case .share: "SHARE"
    case .shareRowExclusive: "SHARE ROW EXCLUSIVE"
    case .exclusive: "EXCLUSIVE"
    case .accessExclusive: "ACCESS EXCLUSIVE"
    }
  }

  /// As `pg_locks` writes it.
  package var catalogueName: String {
    words.split(separator: " ").map { $0.prefix(1) + $0.dropFirst().lowercased() }.joined() + "Lock"
  }

  package init?(catalogueName name: String) {
    guard let mode = LockMode.allCases.first(where: { $0.catalogueName == name }) else { return nil }
    self = mode
  }

  /// What waits meanwhile, as a clause.
  package var stops: String {
    if blocksReads { return "reads and writes wait" }
    return blocksWrites ? "writes wait" : "nothing but other changes of the schema waits"
  }
}
