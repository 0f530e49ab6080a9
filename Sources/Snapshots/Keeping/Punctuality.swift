import Core

/// Whether snapshots come as often as they should.
package struct Punctuality: Hashable, Sendable {
  /// The newest that is proven as the policy asks, of this database and not from the future, and that somebody can open as far
  /// as is known.
  package var newest: (id: String, takenAt: Timestamp)?
  package var now: Timestamp
  /// How old the newest may be.
  package var lateAfter: Duration

  package init(_ candidates: [KeepingPlan.Candidate], lateAfter: Duration, now: Timestamp) {
    newest = candidates.filter { $0.isOfThisDatabase && $0.isWayBack && $0.takenAt <= now }
      .max { ($0.takenAt, $0.id) < ($1.takenAt, $1.id) }.map { ($0.id, $0.takenAt) }
    self.now = now
    self.lateAfter = lateAfter
  }

  /// `nil` when there is none.
  package var age: Duration? { newest.map { now - $0.takenAt } }
  package var isLate: Bool { age.map { $0 > lateAfter } ?? true }

  package static func == (left: Punctuality, right: Punctuality) -> Bool {
    left.newest?.id == right.newest?.id && left.now == right.now && left.lateAfter == right.lateAfter
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(newest?.id)
    hasher.combine(now)
  }
}
