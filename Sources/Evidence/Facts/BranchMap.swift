/// Which branches of a file were taken.
package struct BranchMap: Hashable, Sendable {
  /// Branches that are told one by one (LCOV, Istanbul).
  private var arms = HitMap()
  /// Branches that are told by the line that holds them, so many of so many (Cobertura, JaCoCo).
  private var places = ShareMap()

  package init() {}

  package var isEmpty: Bool { arms.isEmpty && places.isEmpty }

  package var share: Share { arms.share + places.share }

  /// Notes one branch by a hash of what tells it apart; noted twice, it was taken when it ever was.
  package mutating func note(_ hash: UInt64, ran: Bool) { arms.note(hash, ran: ran) }

  /// Notes the branches of a place; of two notes the larger numbers count, which is the least that is certain.
  package mutating func note(_ place: UInt64, _ share: Share) { places.note(place, share) }

  package mutating func shrink() {
    arms.shrink()
    places.shrink()
  }

  package mutating func merge(_ other: BranchMap) {
    arms.merge(other.arms)
    places.merge(other.places)
  }
}
