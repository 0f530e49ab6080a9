import Core

/// Decides over a watch, one round in, one decision out. A pure value whose few numbers go into the journal.
///
/// The release is taken back by the first of three rules that speaks, each for one probe:
///
/// - *consecutive*: so many unwell rounds in a row, three unless the policy says otherwise. A well round takes the count back to nothing.
/// - *error rate*: evidence that rounds are unwell more often than is tolerated (``SequentialTest``).
/// - *latency*: evidence that the release is slower than the deployment before it, asked at the same moment (``PairedTest``), or that its
///   answers are slow more often than before the switch.
///
/// A round in which the deployment before it is bad as well counts for nothing: most likely it is not the release. While there are such rounds of one
/// probe, those of probes without a control count for nothing either. Nor do blind ones. When either follow on each other, a person is told, once until the probe is seen well or unwell again. Probes of
/// severity warning are never counted.
package struct WatchDecider: Hashable, Sendable {
  package enum Decision: Hashable, Sendable {
    case `continue`
    /// The way back must begin.
    case takeBack(TakeBack)
    /// Somebody must look; the watch goes on.
    case tellPerson(Telling)
  }

  package let rules: DecidingRules
  /// By probe, in the order in which they came up.
  package private(set) var probes: [String] = []
  private var states: [ProbeState] = []
  private var places: [String: Int] = [:]

  package init(_ rules: DecidingRules) { self.rules = rules }

  package init(_ rules: HealthRules, at place: ProbePlace.Kind = .production) {
    self.init(DecidingRules(rules, at: place))
  }

  /// What is known of a probe; `nil` when it was never looked at, or cannot take the release back.
  package subscript(probe: String) -> ProbeState? { places[probe].map { states[$0] } }

  package mutating func observe(_ round: Round) -> Decision {
    guard let place = place(of: round.probe) else { return .continue }
    var verdict = round.verdict(quorum: rules.quorum)
    // What has no control is seen through the same world as what has one.
    if verdict == .unwell, round.hasNoControl, states.contains(where: { $0.strikes.bothBad > 0 }) { verdict = .bothBad }
    if let rule = states[place].observe(round, verdict, rollbackAfter: rules.rollbackAfter) {
      return .takeBack(TakeBack(round.probe, rule, states[place]))
    }
    switch verdict {
    case .well, .unwell: return .continue
    case .blind:
      guard states[place].strikes.blind >= rules.blindAfter, !states[place].strikes.toldBlind else { return .continue }
      states[place].strikes.toldBlind = true
      return .tellPerson(Telling(round.probe, .blind, states[place].strikes.blind, round.first.reason))
    case .bothBad:
      guard states[place].strikes.bothBad >= rules.rollbackAfter, !states[place].strikes.toldBothBad else {
        return .continue
      }
      states[place].strikes.toldBothBad = true
      return .tellPerson(Telling(round.probe, .bothBad, states[place].strikes.bothBad, round.told))
    }
  }

  private mutating func place(of probe: String) -> Int? {
    if let known = places[probe] { return known }
    if let critical = rules.critical, !critical.contains(probe) { return nil }
    add(probe, ProbeState(probe, number: states.count + 1, rules))
    return states.count - 1
  }

  mutating func add(_ probe: String, _ state: ProbeState) {
    places[probe] = states.count
    probes.append(probe)
    states.append(state)
  }

  /// What hinders the watch from ending well, one sentence a critical probe; none when every one of them was seen well
  /// and was so the last time that anything was seen.
  package var doubts: [Doubt] {
    let watched = rules.critical ?? probes
    if watched.isEmpty { return [Doubt(.unseen, "no critical probe was watched")] }
    return watched.compactMap { probe in
      guard let now = self[probe]?.strikes else { return Doubt(.unseen, "\(probe) was never looked at") }
      if now.bothBad > 0 {
        return Doubt(.bothBad, "\(probe) was unwell at the end, and so was the deployment before it")
      }
      if now.unwell > 0 {
        let times = now.unwell == 1 ? "time" : "times"
        return Doubt(.unwell, "\(probe) was unwell \(now.unwell) \(times) at the end: \(now.reasons.last ?? "")")
      }
      if now.well == 0 { return Doubt(.unseen, "\(probe) was never seen well") }
      // As many blind looks in a row as unwell ones count: a short watch is over before a person would be told.
      return now.blind >= rules.rollbackAfter ? Doubt(.unseen, "\(probe) could not be seen any more at the end") : nil
    }
  }

  /// A rule that speaks already: of a watch that was interrupted between the decision and what follows from it.
  package var standing: TakeBack? {
    for probe in probes {
      guard let state = self[probe], state.strikes.unwell >= rules.rollbackAfter else { continue }
      return TakeBack(probe, .consecutive, state)
    }
    return nil
  }

  /// Whether both sides were bad for so long that nobody should wait for the end of the watch.
  package var isAtALoss: Bool { states.contains { $0.strikes.bothBad >= rules.blindAfter } }

  /// Whether a critical probe has unwell rounds that still count.
  func isSuspect(_ probe: String) -> Bool { (self[probe]?.strikes.unwell ?? 0) > 0 }
}

/// Why a release must be taken back.
package struct TakeBack: Hashable, Sendable {
  package enum Rule: String, Hashable, Sendable, CaseIterable {
    case consecutive
    case errorRate = "error-rate"
    case latency
  }

  package var probe: String
  package var rule: Rule
  /// What the last unwell rounds found, oldest first.
  package var reasons: [String]
  /// In words such as `unwell 3 times in a row`.
  package var words: String

  init(_ probe: String, _ rule: Rule, _ state: ProbeState) {
    self.probe = probe
    self.rule = rule
    reasons = state.strikes.reasons
    switch rule {
    case .consecutive:
      words = "unwell \(state.strikes.unwell) times in a row"
    case .errorRate:
      let looks = state.strikes.well + state.strikes.allUnwell
      words = "unwell \(state.strikes.allUnwell) of \(looks) times, more often than it can be by itself"
    case .latency:
      words = "answers slower than what was there before"
    }
  }
}

/// What a person is told while the watch goes on.
package struct Telling: Hashable, Sendable {
  package enum Rule: String, Hashable, Sendable, CaseIterable {
    case blind
    case bothBad = "both-bad"
  }

  package var probe: String
  package var rule: Rule
  package var words: String

  init(_ probe: String, _ rule: Rule, _ times: Int, _ reason: String) {
    self.probe = probe
    self.rule = rule
    let opening =
      switch rule {
      case .blind: "\(probe) could not be seen \(times) times in a row"
      case .bothBad: "\(probe) was unwell \(times) times, and so was the deployment before it"
      }
    words = reason.isEmpty ? opening : "\(opening): \(reason)"
  }
}

/// What hinders a watch from ending well.
package struct Doubt: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// Nothing good was seen, at all or any more.
    case unseen
    /// Unwell rounds, too few to take the release back.
    case unwell
    case bothBad
  }

  package var kind: Kind
  package var words: String

  init(_ kind: Kind, _ words: String) {
    self.kind = kind
    self.words = words
  }
}
