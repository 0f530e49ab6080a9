import Core

/// Plays a recorded watch through the decider that decides live.
package struct Replay: Sendable {
  package enum Decision: String, Sendable, CaseIterable { case keep, person, rollback }

  /// What was decided when something was seen.
  package struct Step: Hashable, Sendable {
    package var decision: Decision
    /// In seconds, on the recording's clock.
    package var at: Double
    package var probe: String
    /// Of ``TakeBack/Rule`` or ``Telling/Rule``; `nil` for keep.
    package var rule: String?
    package var words: String?
  }

  /// What all of it comes to.
  package struct Outcome: Hashable, Sendable {
    package var decision: Decision
    package var at: Double?
    package var probe: String?
    package var rule: String?
    package var words: String
  }

  package private(set) var decider: WatchDecider
  package private(set) var observations = 0
  private var gatherer = RoundGatherer()
  private var takenBack: Step?
  private var told: Step?
  /// Until when something was seen.
  private var last: Double?

  package init(_ rules: DecidingRules) { decider = WatchDecider(rules) }

  package var outOfOrder: Int { gatherer.outOfOrder }
  /// Nothing is decided after a release was taken back.
  package var isOver: Bool { takenBack != nil }

  /// - Parameter onStep: For every round that this completes.
  /// - Returns: `false` when there are more names than a watch can have.
  @discardableResult
  package mutating func take(_ observation: RecordedLook, _ onStep: (Step) -> Void = { _ in }) -> Bool {
    observations += 1
    last = max(last ?? observation.at, observation.at)
    guard let completed = gatherer.add(observation) else { return false }
    if let round = completed.earlier { decide(round, onStep) }
    if let round = completed.own { decide(round, onStep) }
    return true
  }

  /// When nothing more comes.
  package mutating func finish(_ onStep: (Step) -> Void = { _ in }) -> Outcome {
    for round in gatherer.finish() { decide(round, onStep) }
    if let takenBack { return Outcome(takenBack) }
    if let told { return Outcome(told) }
    if gatherer.unwellOutOfOrder >= decider.rules.rollbackAfter {
      return Outcome(
        decision: .person, at: last, rule: "out-of-order",
        words:
          "\(gatherer.unwellOutOfOrder) unwell looks are out of order, and were not counted: see the recording's clock")
    }
    let doubts = decider.doubts
    // Too few unwell rounds to decide anything are no reason to call somebody: a live watch would look on.
    if let doubt = doubts.first(where: { $0.kind != .unwell }) {
      return Outcome(
        decision: .person, at: last, rule: doubt.kind == .bothBad ? Telling.Rule.bothBad.rawValue : "unseen",
        words: doubt.words)
    }
    return Outcome(
      decision: .keep, at: nil, rule: nil, words: doubts.first?.words ?? "every probe was well when it was last seen")
  }

  private mutating func decide(_ round: Round, _ onStep: (Step) -> Void) {
    guard takenBack == nil else { return }
    var step = Step(decision: .keep, at: round.at, probe: round.probe)
    switch decider.observe(round) {
    case .continue: break
    case .takeBack(let reason):
      step.decision = .rollback
      step.rule = reason.rule.rawValue
      step.words = reason.words
      takenBack = step
    case .tellPerson(let telling):
      step.decision = .person
      step.rule = telling.rule.rawValue
      step.words = telling.words
      if told == nil { told = step }
    }
    onStep(step)
  }
}

extension Replay.Outcome {
  init(_ step: Replay.Step) {
    self.init(decision: step.decision, at: step.at, probe: step.probe, rule: step.rule, words: step.words ?? "")
  }
}

extension Replay.Step {
  package var json: JSON {
    .dictionary([
      ("t", .number(at)), ("probe", .string(probe)), ("decision", .string(decision.rawValue)),
      ("rule", rule.map { .string($0) } ?? .null), ("words", words.map { .string($0) }),
    ])
  }
}
