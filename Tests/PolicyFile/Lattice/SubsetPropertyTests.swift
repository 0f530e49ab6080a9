import Core
import Testing

@testable import PolicyFile

/// Law L10 as a property: what the merged policy accepts, each of its layers accepts.
@Suite struct SubsetPropertyTests {
  @Test func `of two values of a key the one that may stand below accepts no more`() {
    var policies = RandomPolicies(chance: Chance(Chance.seed))
    var (allowed, refused, checked) = (0, 0, 0)
    for key in LatticeTests.keys where key.field.isLeaf && key.field.key != "id" {
      let path = "." + key.path
      for _ in 0..<24 {
        let old = policies.chance.happens(0.2) ? nil : policies.value(key.field.shape)
        let new = policies.value(key.field.shape)
        guard Refinement.refusal(key.field, old: old, new: new) == nil else {
          refused += 1
          continue
        }
        allowed += 1
        let both = [old, new].compactMap { $0 }.map { RandomPolicies.map([(key.path, $0)]) }
        let elements = World.elements(both)
        for salt in 0..<24 {
          let world = World(salt: UInt64(salt) &* 7919 &+ Chance.seed, elements: elements)
          guard world.accepts(key.field, new, path) else { continue }
          checked += 1
          #expect(
            world.accepts(key.field, old, path),
            "seed \(Chance.seed), \(key.path): \(Self.text(new)) may stand upon \(Self.text(old)) and accepts more")
        }
      }
    }
    // It can fail only where something was allowed, refused and accepted.
    #expect(allowed > 1000 && refused > 1000 && checked > 8000, "\(allowed) \(refused) \(checked)")
  }

  @Test func `what a merged policy accepts is accepted by every layer`() {
    var policies = RandomPolicies(chance: Chance(Chance.seed &+ 1))
    var (allowed, refused, checked) = (0, 0, 0)
    for number in 0..<450 {
      let base = policies.layer(upon: RandomPolicies.map([]), Language.policy, boldness: 0.25)
      let boldness = [0.03, 0.08, 0.2][number % 3]
      let middle = policies.layer(upon: base, Language.policy, boldness: boldness)
      let (lower, first) = Self.stacked(base, middle)
      guard first.isEmpty else {
        refused += 1
        continue
      }
      let top = policies.layer(upon: lower, Language.policy, boldness: boldness)
      let (merged, second) = Self.stacked(lower, top)
      guard second.isEmpty else {
        refused += 1
        continue
      }
      allowed += 1
      let elements = World.elements([base, middle, top])
      for salt in 0..<60 {
        let world = World(salt: UInt64(salt) &* 104_729 &+ UInt64(number), elements: elements)
        guard world.accepts(merged) else { continue }
        checked += 1
        let seed = "GATEHOUSE_SEED=\(Chance.seed), case \(number)"
        #expect(world.accepts(base), "\(seed): laxer than the lowest layer")
        #expect(world.accepts(lower), "\(seed): laxer than the two lower layers")
        #expect(world.accepts(top, upon: lower), "\(seed): laxer than what the upper layer says")
      }
    }
    #expect(allowed > 60 && refused > 60 && checked > 100, "\(allowed) \(refused) \(checked)")
  }

  @Test func `two policies that are extended side by side are both kept`() {
    var policies = RandomPolicies(chance: Chance(Chance.seed &+ 2))
    var (allowed, checked) = (0, 0)
    for number in 0..<1000 {
      let first = policies.layer(upon: RandomPolicies.map([]), Language.policy, boldness: 0.15)
      let second = policies.layer(upon: RandomPolicies.map([]), Language.policy, boldness: 0.15)
      var check = TighteningCheck()
      check.siblings(first, second)
      guard check.problems.isEmpty else { continue }
      allowed += 1
      let merged = Merging.merged(first, second)
      let elements = World.elements([first, second])
      for salt in 0..<40 {
        let world = World(salt: UInt64(salt) &* 15_485_863 &+ UInt64(number), elements: elements)
        guard world.accepts(merged) else { continue }
        checked += 1
        #expect(world.accepts(first) && world.accepts(second), "GATEHOUSE_SEED=\(Chance.seed), case \(number)")
      }
    }
    #expect(allowed > 100 && checked > 100, "\(allowed) \(checked)")
  }

  static func stacked(_ base: PolicyNode, _ above: PolicyNode) -> (PolicyNode, [PolicyProblem]) {
    var check = TighteningCheck()
    check.policy(base, above)
    return (Merging.merged(base, above), check.problems)
  }

  static func text(_ node: PolicyNode?) -> String { node.map { Refinement.meaning($0).text() } ?? "nothing" }
}
