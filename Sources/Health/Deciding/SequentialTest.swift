import Core

/// Evidence that a stream of yes and no says yes more often than is tolerated, which may be looked at after every one.
///
/// A spending e-detector. With tolerated rate `p0`, alternatives `p1…pK` above it, and weights `w_t` that sum to 1 at most:
///
///     L_k(x) = (p_k/p0)^x · ((1−p_k)/(1−p0))^(1−x)
///     R_k ← L_k(x_t) · (R_k + w_t)              R_k begins at 0
///     E = (R_1 + … + R_K) / K
///
/// As long as each yes has a probability of `p0` at most, whatever came before it, `E` plus the weights not yet spent is a
/// non-negative supermartingale that begins at 1 at most. So by Ville's inequality the probability that `E` *ever* reaches `1/α`
/// is `α` at most: however long one looks, and whenever one stops. Nothing is assumed of independence.
///
/// Shin, Ramdas and Rinaldo, *E-detectors: a nonparametric framework for sequential change detection*, arXiv 2203.03532.
package struct SequentialTest: Hashable, Sendable {
  /// The rate that is tolerated, above 0 and below 0.95.
  package let tolerated: Double
  /// `R_1…R_K`; what is beyond `K` stays 0.
  private(set) var evidence = SIMD8<Double>.zero
  /// How many were looked at.
  package private(set) var count = 0

  private let onYes: SIMD8<Double>
  private let onNo: SIMD8<Double>
  private let weights: StartWeights

  /// `K`: five alternatives, evenly spaced by ratio from twice what is tolerated (3 % at least) to 95 %.
  static let alternatives = 5
  /// Far above any threshold, far below where `Double` ends.
  private static let largest = 1e200

  package init(tolerated: Double, planned: Int) {
    let least = 1e-6
    let tolerated = tolerated.isFinite ? min(0.5, max(least, tolerated)) : 0.5
    self.tolerated = tolerated
    weights = StartWeights(planned: planned)
    let lowest = min(0.9, max(2 * tolerated, 0.03))
    let step = Power.root(0.95 / lowest, SequentialTest.alternatives - 1)
    var (yes, no) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
    var rate = lowest
    for index in 0..<SequentialTest.alternatives {
      yes[index] = rate / tolerated
      no[index] = (1 - rate) / (1 - tolerated)
      rate *= step
    }
    onYes = yes
    onNo = no
  }

  /// `E`: the release is taken back when it reaches `1/α`.
  package var value: Double { evidence.sum() / Double(SequentialTest.alternatives) }

  package mutating func observe(_ isYes: Bool) {
    count += 1
    let grown = (isYes ? onYes : onNo) * (evidence + weights[count])
    evidence = pointwiseMin(grown, SIMD8(repeating: SequentialTest.largest))
  }

  var json: JSON {
    [
      "tolerated": .number(tolerated), "count": .integer(Int64(count)),
      "evidence": .array((0..<SequentialTest.alternatives).map { .number(evidence[$0]) }),
    ]
  }

  /// Goes on from what ``json`` wrote; `nil` when it was another test, or numbers that it cannot reach.
  init?(json: JSON, tolerated: Double, planned: Int) {
    self.init(tolerated: tolerated, planned: planned)
    guard json["tolerated"]?.double == self.tolerated, let count = json["count"]?.integer,
      (0...1 << 40).contains(count),
      let evidence = Evidence.read(json["evidence"], SequentialTest.alternatives, upTo: SequentialTest.largest)
    else { return nil }
    self.count = Int(count)
    self.evidence = evidence
  }
}

/// Evidence that of two that are asked at the same moment the first is slower, more often than not.
///
/// Bets of `λ` ∈ {0.1, 0.3, 0.6} on each pair, with `s` = 1 where the first was slower and −1 where it was not:
/// `R_λ ← (1 + λs)(R_λ + w_t)`, `E` their mean. As long as slower is at most as likely as not, whatever came before,
/// the probability that `E` ever reaches `1/α` is `α` at most, by the same argument as in ``SequentialTest``.
package struct PairedTest: Hashable, Sendable {
  private(set) var evidence = SIMD4<Double>.zero
  package private(set) var count = 0
  private let weights: StartWeights

  static let bets = 3
  private static let onSlower = SIMD4<Double>(1.1, 1.3, 1.6, 0)
  private static let onNotSlower = SIMD4<Double>(0.9, 0.7, 0.4, 0)
  private static let largest = 1e200

  package init(planned: Int) { weights = StartWeights(planned: planned) }

  package var value: Double { evidence.sum() / Double(PairedTest.bets) }

  package mutating func observe(isSlower: Bool) {
    count += 1
    let grown = (isSlower ? PairedTest.onSlower : PairedTest.onNotSlower) * (evidence + weights[count])
    evidence = pointwiseMin(grown, SIMD4(repeating: PairedTest.largest))
  }

  var json: JSON {
    ["count": .integer(Int64(count)), "evidence": .array((0..<PairedTest.bets).map { .number(evidence[$0]) })]
  }

  init?(json: JSON, planned: Int) {
    self.init(planned: planned)
    guard let count = json["count"]?.integer, (0...1 << 40).contains(count),
      let evidence = Evidence.read(json["evidence"], PairedTest.bets, upTo: PairedTest.largest)
    else { return nil }
    self.count = Int(count)
    self.evidence = evidence.lowHalf
  }
}

/// How the one unit of hope is spread over the moments at which a release may have become bad: nine tenths evenly over the planned
/// watch, the last tenth over all that comes after it, so that a watch may go on for ever.
struct StartWeights: Hashable, Sendable {
  private let planned: Int
  private let early: Double

  init(planned: Int) {
    self.planned = max(1, planned)
    early = 0.9 / Double(max(1, planned))
  }

  /// Of the `number`-th look, from 1. The sum over all is 1: past the plan `T` it is `0.1·T/(t(t−1))`.
  subscript(number: Int) -> Double {
    guard number > planned else { return early }
    let late = Double(number)
    return 0.1 * Double(planned) / (late * (late - 1))
  }
}

private enum Evidence {
  static func read(_ json: JSON?, _ count: Int, upTo largest: Double) -> SIMD8<Double>? {
    guard let values = json?.array, values.count == count else { return nil }
    var evidence = SIMD8<Double>.zero
    for (index, value) in values.enumerated() {
      guard let number = value.double, number >= 0, number <= largest else { return nil }
      evidence[index] = number
    }
    return evidence
  }
}
