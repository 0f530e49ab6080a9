import Core

/// Puts the observations of several vantage points together to rounds.
///
/// A round of a probe is complete when every vantage point that is known has been heard. One that was not heard when another comes for the second
/// time has missed the round, and after two of them it is not waited for any more. The first round waits for a second look of anybody, since nobody is
/// known yet.
package struct RoundGatherer: Sendable {
  fileprivate struct Gathering {
    var last: [String: Double] = [:]
    /// How many rounds each vantage point has missed since it was heard.
    var missed: [String: Int] = [:]
    var open: [(vantage: String, look: Look)] = []
    /// When the last one that is in it was made.
    var at = 0.0
    var hasRounds = false
  }

  /// Rounds that an observation has completed: the one before it, that of its own, both, or none.
  package struct Completed: Sendable {
    package var earlier: Round?
    package var own: Round?
  }

  private var gatherings: [String: Gathering] = [:]
  /// Observations that came twice or after a later one of the same probe and vantage point; they do not count.
  package private(set) var outOfOrder = 0
  /// Of these, unwell ones that came after a later one.
  package private(set) var unwellOutOfOrder = 0

  /// More names than that are no watch: what is kept of each must not grow without end.
  package static let mostProbes = 4096
  package static let mostVantages = 64

  package init() {}

  /// - Returns: `nil` when there are too many names.
  package mutating func add(_ observation: RecordedLook) -> Completed? {
    if gatherings.count >= RoundGatherer.mostProbes, gatherings[observation.probe] == nil { return nil }
    let before = outOfOrder
    let completed = gatherings[observation.probe, default: Gathering()].add(observation, &outOfOrder)
    // One that came twice was counted the first time.
    let isLate = gatherings[observation.probe]?.last[observation.vantage].map { observation.at < $0 } ?? false
    if outOfOrder > before, isLate, observation.look.target == .unwell { unwellOutOfOrder += 1 }
    return completed
  }

  /// What is still open when nothing more comes, by time.
  package mutating func finish() -> [Round] {
    let rounds = gatherings.compactMap { $0.value.round($0.key) }.sorted { ($0.at, $0.probe) < ($1.at, $1.probe) }
    gatherings = [:]
    return rounds
  }
}

extension RoundGatherer.Gathering {
  mutating func add(_ observation: RecordedLook, _ outOfOrder: inout Int) -> RoundGatherer.Completed? {
    if last.count >= RoundGatherer.mostVantages, last[observation.vantage] == nil { return nil }
    if let last = last[observation.vantage], observation.at <= last {
      outOfOrder += 1
      return RoundGatherer.Completed()
    }
    last[observation.vantage] = observation.at
    var completed = RoundGatherer.Completed()
    if open.contains(where: { $0.vantage == observation.vantage }) { completed.earlier = close(observation.probe) }
    open.append((observation.vantage, observation.look))
    at = observation.at
    if hasRounds, missed.keys.allSatisfy({ known in open.contains { $0.vantage == known } }) {
      completed.own = close(observation.probe)
    }
    return completed
  }

  func round(_ probe: String) -> Round? {
    guard let first = open.first else { return nil }
    return Round(probe: probe, at: at, first.look, open.dropFirst().map(\.look))
  }

  private mutating func close(_ probe: String) -> Round? {
    let round = round(probe)
    for known in missed.keys where !open.contains(where: { $0.vantage == known }) {
      let times = (missed[known] ?? 0) + 1
      missed[known] = times < 2 ? times : nil
    }
    for heard in open { missed[heard.vantage] = 0 }
    open.removeAll(keepingCapacity: true)
    hasRounds = true
    return round
  }
}
