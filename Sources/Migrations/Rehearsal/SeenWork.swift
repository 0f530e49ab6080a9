import Core
import Postgres

/// What was seen of a copy of the database while migrations ran in it, in one direction.
package struct SeenWork: Hashable, Sendable {
  /// The strongest lock that was seen on a table, on its indexes or its TOAST table.
  package struct TableLock: Hashable, Sendable {
    package var table: RelationName
    package var mode: LockMode
    /// By one holder, in this mode or any that reaches as far.
    package var held: HeldFor
    /// For as long readers waited; `nil` when none would have.
    package var stopsReaders: HeldFor?
    /// For as long writers waited, whom everything stops that stops readers.
    package var stopsWriters: HeldFor?
    /// Of the table in the copy, with indexes and TOAST; 0 for what has no files of its own.
    package var bytes: Int64
    /// Whether only an index of the table was locked so strongly.
    package var isOfIndex: Bool

    package init(
      table: RelationName, mode: LockMode, held: HeldFor, stopsReaders: HeldFor? = nil, stopsWriters: HeldFor? = nil,
      bytes: Int64 = 0, isOfIndex: Bool = false
    ) {
      self.table = table
      self.mode = mode
      self.held = held
      self.stopsReaders = stopsReaders
      self.stopsWriters = stopsWriters
      self.bytes = bytes
      self.isOfIndex = isOfIndex
    }
  }

  package struct Sampling: Hashable, Sendable {
    package var samples: Int64
    /// Between two samples: what is shorter may not have been seen.
    package var widest: Duration
    /// Why the samples do not tell everything, as a clause; `nil` when they do.
    package var hindrance: String?

    package init(samples: Int64, widest: Duration, hindrance: String? = nil) {
      self.samples = samples
      self.widest = widest
      self.hindrance = hindrance
    }
  }

  package var took: Duration
  /// Those that stop readers first, then those that stop writers, each the longest first.
  package var locks: [TableLock] = []
  package var sampling: Sampling
  /// Tables of which all was written anew or that were emptied, with their bytes before, by name.
  package var rewritten: [RelationName: Int64] = [:]
  /// Rows written, by table.
  package var rows: [RelationName: RowCounts] = [:]
  /// By how much the database grew; negative when it shrank.
  package var grown: Int64 = 0
  /// Bytes of write-ahead log. Where `walLevel` is `minimal` the bulk of rewrites and new indexes is not in them.
  package var wal: Int64 = 0
  package var walLevel = ""

  package init(took: Duration, sampling: Sampling) {
    self.took = took
    self.sampling = sampling
  }

  /// The lock to tell of: what stops readers before what stops writers, the longest of them.
  package var strongest: TableLock? { locks.first { $0.mode.blocksWrites } }
}

extension SeenWork {
  /// What the states before and after and the samples between them come to.
  init(
    took: Duration, before: CopyState, after: CopyState, locks ledger: Result<LockLedger, PostgresError>,
    ignoring isIgnored: (RelationName) -> Bool
  ) {
    switch ledger {
    case .failure(let error):
      self.init(took: took, sampling: Sampling(samples: 0, widest: .zero, hindrance: "\(error)"))
    case .success(let ledger):
      self.init(
        took: took,
        sampling: Sampling(
          samples: ledger.samples, widest: .microseconds(ledger.widest),
          hindrance: ledger.isCut ? "more than \(LockWatch.most) locks were held at once" : nil))
      takeLocks(ledger, before, isIgnored)
    }
    for (number, relation) in before.relations where ["r", "m"].contains(relation.kind) && !isIgnored(relation.name) {
      guard let now = after.relations[number] else { continue }
      if relation.file != now.file { rewritten[relation.name] = relation.bytes }
    }
    for (number, relation) in after.relations where relation.kind == "r" && !isIgnored(relation.name) {
      let written = relation.written - (before.relations[number]?.written ?? RowCounts())
      if written.sum > 0 { rows[relation.name] = written }
    }
    grown = after.databaseBytes - before.databaseBytes
    wal = max(0, after.position - before.position)
    walLevel = after.walLevel
  }

  private mutating func takeLocks(_ ledger: LockLedger, _ state: CopyState, _ isIgnored: (RelationName) -> Bool) {
    var found: [Int64: TableLock] = [:]
    for (number, seen) in ledger.relations {
      guard let (owner, table) = state.table(of: number), !isIgnored(table.name) else { continue }
      // Who cannot look at an index cannot read the table; lesser locks on one hinder nobody.
      guard number == owner || seen.strongest.blocksReads else { continue }
      // `nextval` of everybody takes such a lock on a sequence.
      guard table.kind != "S" || seen.strongest.blocksWrites else { continue }
      let reach: LockLedger.Reach =
        seen.strongest.blocksReads ? .readers : seen.strongest.blocksWrites ? .writers : .anybody
      guard let held = seen.longest[reach] else { continue }
      var lock = TableLock(
        table: table.name, mode: seen.strongest, held: held, stopsReaders: seen.longest[.readers],
        stopsWriters: seen.longest[.writers], bytes: table.bytes, isOfIndex: number != owner)
      if let other = found[owner] {
        if other.mode > lock.mode {
          (lock.mode, lock.held, lock.isOfIndex) = (other.mode, other.held, other.isOfIndex)
        } else if other.mode == lock.mode {
          lock.held = lock.held.joined(with: other.held)
          lock.isOfIndex = lock.isOfIndex && other.isOfIndex
        }
        lock.stopsReaders = lock.stopsReaders?.joined(with: other.stopsReaders) ?? other.stopsReaders
        lock.stopsWriters = lock.stopsWriters?.joined(with: other.stopsWriters) ?? other.stopsWriters
      }
      found[owner] = lock
    }
    locks = found.values.sorted { one, other in
      let (first, second) = (SeenWork.rank(one), SeenWork.rank(other))
      if first != second { return first > second }
      return one.held.atMost == other.held.atMost ? one.table < other.table : one.held.atMost > other.held.atMost
    }
  }

  private static func rank(_ lock: TableLock) -> Int { lock.mode.blocksReads ? 2 : lock.mode.blocksWrites ? 1 : 0 }
}

extension SeenWork {
  /// Lists are cut after that many.
  private static let shown = 50

  package var json: JSON {
    func held(_ value: HeldFor?) -> JSON? {
      value.map {
        [
          "atLeastMs": .integer($0.atLeast.milliseconds), "atMostMs": .integer($0.atMost.milliseconds),
        ]
      }
    }
    return .dictionary([
      ("ms", .integer(took.milliseconds)),
      (
        "locks",
        .array(
          locks.prefix(SeenWork.shown).map { lock in
            .dictionary([
              ("table", .string(lock.table.description)), ("mode", .string(lock.mode.words)), ("held", held(lock.held)),
              ("stopsReaders", held(lock.stopsReaders)), ("stopsWriters", held(lock.stopsWriters)),
              ("bytes", .integer(lock.bytes)),
            ])
          })
      ),
      (
        "sampling",
        .dictionary([
          ("samples", .integer(sampling.samples)), ("widestGapMs", .integer(sampling.widest.milliseconds)),
          ("hindrance", sampling.hindrance.map { .string($0) }),
        ])
      ),
      (
        "rewritten",
        .array(
          rewritten.sorted { $0.key < $1.key }.prefix(SeenWork.shown).map {
            ["table": .string($0.key.description), "bytes": .integer($0.value)]
          })
      ),
      (
        "rows",
        .array(
          rows.sorted { $0.key < $1.key }.prefix(SeenWork.shown).map {
            [
              "table": .string($0.key.description), "inserted": .integer($0.value.inserted),
              "updated": .integer($0.value.updated), "deleted": .integer($0.value.deleted),
            ]
          })
      ),
      ("grownBytes", .integer(grown)), ("walBytes", .integer(wal)), ("walLevel", .string(walLevel)),
    ])
  }
}
