import Core

/// What a watch knows of one probe: a few numbers, which a journal keeps.
package struct ProbeState: Hashable, Sendable {
  package var strikes = Strikes()
  /// Whether failures come more often than is tolerated; `nil` where the probe fails too often by itself.
  var failures: SequentialTest?
  /// Whether the release is slower than its control.
  var pairs: PairedTest
  /// Whether answers are slow more often than before the switch; `nil` where that was not measured.
  var slow: SequentialTest?
  /// Beyond how many seconds an answer is slow.
  let limit: Double?
  /// See ``DecidingRules/ratesAskForControl``; what was measured before does instead.
  private let ratesAskForControl: Bool
  /// What this probe may spend of the chance to be wrong.
  let alpha: Double

  /// One in twenty answers was that slow before the switch; twice as many are tolerated.
  static let slowTolerated = 0.1

  init(_ probe: String, number: Int, _ rules: DecidingRules) {
    failures = rules.tolerated(probe).map { SequentialTest(tolerated: $0, planned: rules.planned) }
    pairs = PairedTest(planned: rules.planned)
    limit = rules.baselines[probe]?.slow
    slow = limit.map { _ in SequentialTest(tolerated: ProbeState.slowTolerated, planned: rules.planned) }
    ratesAskForControl = rules.ratesAskForControl && rules.baselines[probe] == nil
    alpha = rules.share(of: number)
  }

  /// Which rule says that the release must be taken back.
  ///
  private func isJudgedByRate(_ round: Round) -> Bool { !ratesAskForControl || round.first.control != nil }

  /// Whether the control fails by itself less than a third as often: one that fails as the release does is no better.
  private var isWorse: Bool { strikes.allUnwell >= 3 * strikes.controlOnly }

  /// Rates are not judged by fewer unwell rounds than would leave one short of twice in a row: in a short watch two would be evidence
  /// enough, and three in a row are what people were told. Waiting for more takes nothing from the promise.
  ///
  /// Half of what may be spent goes to failures; the other half to latency, shared by its two tests where there are both.
  mutating func observe(_ round: Round, _ verdict: RoundVerdict, rollbackAfter: Int) -> TakeBack.Rule? {
    strikes.observe(verdict, round, kept: rollbackAfter)
    switch verdict {
    case .blind, .bothBad: return nil
    case .unwell:
      if isJudgedByRate(round) { failures?.observe(true) }
      if strikes.unwell >= rollbackAfter { return .consecutive }
      if let failures, failures.value >= 2 / alpha, strikes.allUnwell >= 2 * rollbackAfter - 1, isWorse {
        return .errorRate
      }
      return nil
    case .well:
      if isJudgedByRate(round) { failures?.observe(false) }
    }
    let threshold = slow == nil ? 2 / alpha : 4 / alpha
    if let isSlower = round.isSlower {
      pairs.observe(isSlower: isSlower)
      if isSlower, pairs.value >= threshold { return .latency }
    }
    if let limit, let isSlow = round.isSlower(than: limit) {
      slow?.observe(isSlow)
      if isSlow, let slow, slow.value >= threshold { return .latency }
    }
    return nil
  }
}

/// Counts of what followed on each other.
package struct Strikes: Hashable, Sendable {
  package var well = 0
  /// All of them, for the words of a decision by rate.
  package var allUnwell = 0
  /// Rounds in which the release was well and its control was not.
  package var controlOnly = 0
  /// Consecutive; rounds that were blind, or bad on both sides, are not looked at.
  package var unwell = 0
  /// Consecutive.
  package var blind = 0
  /// Consecutive rounds in which the release and what was there before it were bad; blind ones are not looked at.
  package var bothBad = 0
  /// A person was told of this spell of blindness, or of trouble on both sides.
  package var toldBlind = false
  package var toldBothBad = false
  /// What the unwell samples that count now found, oldest first.
  package var reasons: [String] = []

  /// All but the counts that decide nothing once they are not 0.
  var standing: Strikes {
    var copy = self
    copy.well = min(1, well)
    copy.allUnwell = 0
    copy.controlOnly = 0
    return copy
  }

  mutating func observe(_ verdict: RoundVerdict, _ round: Round, kept: Int) {
    switch verdict {
    case .well:
      well += 1
      if round.first.control == .unwell { controlOnly += 1 }
      guard unwell > 0 || blind > 0 || bothBad > 0 else { return }
      self = Strikes(well: well, allUnwell: allUnwell, controlOnly: controlOnly)
    case .unwell:
      allUnwell += 1
      unwell += 1
      (blind, toldBlind) = (0, false)
      (bothBad, toldBothBad) = (0, false)
      reasons = (reasons + [round.told]).suffix(kept)
    case .bothBad:
      bothBad += 1
      (blind, toldBlind) = (0, false)
    case .blind:
      blind += 1
    }
  }
}

extension Round {
  /// What the first that saw the release bad has found.
  var told: String {
    if first.target == .unwell || others.isEmpty { return first.reason }
    return others.first { $0.target == .unwell }?.reason ?? first.reason
  }
}
