/// How an object of unknown length is cut into parts: small ones first, so that small objects need little memory, then
/// larger ones, so that the 10,000 parts that a service takes suffice.
struct PartPlan: Hashable, Sendable {
  struct Stage: Hashable, Sendable {
    /// The last part of this length.
    var upTo: Int
    var length: Int
  }

  /// In order; the last one ends with the last part.
  var stages: [Stage]
  /// The parts that are sent at once.
  var atOnce: Int
  /// Of all that is held: parts on their way and the one that is being filled.
  var memory: Int

  /// 226 GiB in at most 56 MiB.
  static let standard = PartPlan(
    stages: [
      Stage(upTo: 1000, length: 8 << 20), Stage(upTo: 3000, length: 14 << 20), Stage(upTo: 10_000, length: 28 << 20),
    ], atOnce: 4, memory: 56 << 20)

  /// The length of a part, counted from 1; `nil` when there can be no such part.
  func length(ofPart number: Int) -> Int? { stages.first { number <= $0.upTo }?.length }

  /// The longest object.
  var limit: Int64 {
    var total: Int64 = 0
    var before = 0
    for stage in stages {
      total += Int64(stage.upTo - before) * Int64(stage.length)
      before = stage.upTo
    }
    return total
  }
}
