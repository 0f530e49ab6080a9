/// Which branches of a file were taken.
package struct BranchMap: Hashable, Sendable {
  /// Branches that are told one by one (LCOV, Istanbul).
  private var arms = HitMap()
  /// Branches that are told by the line that holds them, so many of so many (Cobertura, JaCoCo).
  private var places: [UInt64: Share] = [:]

  package init() {}

  package var isEmpty: Bool { arms.isEmpty && places.isEmpty }

  package var share: Share { places.values.reduce(arms.share) { $0 + $1 } }

  /// Notes one branch by a hash of what tells it apart; noted twice, it was taken when it ever was.
  package mutating func note(_ hash: UInt64, ran: Bool) { arms.note(hash, ran: ran) }

  /// Notes the branches of a place; of two notes the larger numbers count, which is the least that is certain.
  package mutating func note(_ place: UInt64, _ share: Share) {
    let known = places[place] ?? Share()
    places[place] = Share(max(known.part, share.part), of: max(known.whole, share.whole))
  }

  package mutating func shrink() { arms.shrink() }

  package mutating func merge(_ other: BranchMap) {
    arms.merge(other.arms)
    for (place, share) in other.places { note(place, share) }
  }
}
