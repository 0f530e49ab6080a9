/// What was seen of a statement or a migration while it ran: its locks before the commit, and the tables that got another
/// file.
///
/// This is the seam between lint and rehearsal: the one says what it expects, the other what it saw.
package struct ObservedEffect: Hashable, Sendable {
  package var locks: [RelationName: LockMode]
  package var rewritten: Set<RelationName>

  package init(locks: [RelationName: LockMode], rewritten: Set<RelationName>) {
    self.locks = locks
    self.rewritten = rewritten
  }

  /// What the text of some statements makes expect.
  package init(expecting effects: [StatementEffects]) {
    locks = [:]
    rewritten = []
    for effect in effects {
      for (table, mode) in effect.locks { locks[table] = max(locks[table] ?? mode, mode) }
      rewritten.formUnion(effect.work.filter { $0.kind == .rewrite }.map(\.table))
      rewritten.formUnion(effect.consequences.filter { $0.kind == .truncates }.compactMap(\.table))
    }
  }

  /// What was seen and not expected, and the other way round, sorted. Locks of reading and writing rows are passed over:
  /// they depend on the rows.
  package func differences(from expected: ObservedEffect) -> [String] {
    var found: [String] = []
    let own = locks.filter { $0.value >= .shareUpdateExclusive }
    let others = expected.locks.filter { $0.value >= .shareUpdateExclusive }
    for table in Set(own.keys).union(others.keys).sorted() where own[table] != others[table] {
      found.append(
        "\(table): locked \(own[table]?.words ?? "not at all"), expected \(others[table]?.words ?? "no lock")")
    }
    for table in rewritten.subtracting(expected.rewritten).sorted() { found.append("\(table): rewritten unexpectedly") }
    for table in expected.rewritten.subtracting(rewritten).sorted() { found.append("\(table): not rewritten") }
    return found
  }
}
