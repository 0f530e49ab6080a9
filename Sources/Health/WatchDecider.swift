import Core

/// Counts consecutive unwell samples and says when that is enough. A pure value whose few numbers go into the journal.
///
/// A well sample takes the count back to nothing; a blind one leaves it. Blind samples have a count of their own, and
/// when it is full a person is told, once until the probe sees again. Probes of severity warning are never counted.
package struct WatchDecider: Hashable, Sendable {
  package enum Decision: Hashable, Sendable {
    case `continue`
    /// The way back must begin: the probe, and what its last samples found, oldest first.
    case takeBack(probe: String, reasons: [String])
    /// Somebody must look; the watch goes on.
    case tellPerson(why: String)
  }

  package struct Strikes: Hashable, Sendable {
    package var well = 0
    /// Consecutive, blind ones not looked at.
    package var unwell = 0
    /// Consecutive.
    package var blind = 0
    /// A person was told of this spell of blindness.
    package var told = false
    /// What the unwell samples that count now found, oldest first.
    package var reasons: [String] = []

    /// All but how often the probe was well, which decides nothing once it was.
    var standing: Strikes {
      var copy = self
      copy.well = min(1, well)
      return copy
    }
  }

  /// Consecutive unwell samples of one critical probe; at least 1.
  package let rollbackAfter: Int
  /// Consecutive blind samples of one probe.
  package let blindAfter: Int
  /// The critical probes, in the policy's order.
  package let critical: [String]
  package private(set) var strikes: [String: Strikes]

  package init(rollbackAfter: Int, blindAfter: Int, critical: [String]) {
    self.rollbackAfter = max(1, rollbackAfter)
    self.blindAfter = max(1, blindAfter)
    self.critical = critical
    strikes = [:]
  }

  /// The probes of the policy that have a meaning at a place. A person is told of blindness after about five minutes,
  /// but after no fewer samples than would have begun a rollback and no more than ten.
  package init(_ rules: HealthRules, at place: ProbePlace.Kind = .production) {
    let fiveMinutes = rules.every > .zero ? Int(min(10, (Duration.seconds(300) / rules.every).rounded(.up))) : 10
    let there = ProbePlace(place)
    self.init(
      rollbackAfter: rules.rollbackAfter, blindAfter: max(rules.rollbackAfter, fiveMinutes),
      critical: rules.probes.filter { $0.severity == .critical && there.has($0) }.map(\.id))
  }

  package mutating func observe(_ sample: Sample) -> Decision {
    guard critical.contains(sample.probe) else { return .continue }
    var now = strikes[sample.probe] ?? Strikes()
    defer { strikes[sample.probe] = now }
    switch sample.verdict {
    case .well:
      now = Strikes(well: now.well + 1)
      return .continue
    case .unwell:
      now.unwell += 1
      now.blind = 0
      now.told = false
      now.reasons = (now.reasons + [sample.reason]).suffix(rollbackAfter)
      guard now.unwell >= rollbackAfter else { return .continue }
      return .takeBack(probe: sample.probe, reasons: now.reasons)
    case .blind:
      now.blind += 1
      guard now.blind >= blindAfter, !now.told else { return .continue }
      now.told = true
      return .tellPerson(why: "\(sample.probe) could not be seen \(now.blind) times in a row: \(sample.reason)")
    }
  }

  /// What hinders the watch from ending well, one sentence a critical probe; none when every one of them was seen well
  /// and was so the last time that anything was seen.
  package var doubts: [String] {
    if critical.isEmpty { return ["no critical probe was watched"] }
    return critical.compactMap { probe in
      guard let now = strikes[probe] else { return "\(probe) was never looked at" }
      if now.unwell > 0 {
        return
          "\(probe) was unwell \(now.unwell) \(now.unwell == 1 ? "time" : "times") at the end: \(now.reasons.last ?? "")"
      }
      if now.well == 0 { return "\(probe) was never seen well" }
      // As many blind looks in a row as unwell ones count: a short watch is over before a person would be told.
      return now.blind >= rollbackAfter ? "\(probe) could not be seen any more at the end" : nil
    }
  }

  /// Whether a critical probe has unwell samples that still count.
  func isSuspect(_ probe: String) -> Bool { (strikes[probe]?.unwell ?? 0) > 0 }
}

extension WatchDecider {
  package static let schema = "gatehouse.watch/v1"

  package var json: JSON {
    .object([
      .init("schema", .string(WatchDecider.schema)), .init("rollback-after", .integer(Int64(rollbackAfter))),
      .init("blind-after", .integer(Int64(blindAfter))), .init("critical", .strings(critical)),
      .init(
        "strikes",
        .object(
          strikes.sorted { $0.key < $1.key }.map { probe, now in
            .init(
              probe,
              .object([
                .init("well", .integer(Int64(now.well))), .init("unwell", .integer(Int64(now.unwell))),
                .init("blind", .integer(Int64(now.blind))), .init("told", .bool(now.told)),
                .init("reasons", .strings(now.reasons)),
              ]))
          })),
    ])
  }

  /// `nil` for anything that ``json`` does not write: a journal that was altered must not shorten a count.
  package init?(json: JSON) {
    func count(_ value: JSON?) -> Int? { value?.integer.flatMap { (0...1_000_000).contains($0) ? Int($0) : nil } }
    guard json["schema"]?.string == WatchDecider.schema, let rollbackAfter = count(json["rollback-after"]),
      let blindAfter = count(json["blind-after"]), rollbackAfter > 0, blindAfter > 0,
      let critical = json["critical"]?.array, let strikes = json["strikes"]?.members
    else { return nil }
    let names = critical.compactMap(\.string)
    guard names.count == critical.count else { return nil }
    self.init(rollbackAfter: rollbackAfter, blindAfter: blindAfter, critical: names)
    for member in strikes {
      let value = member.value
      guard names.contains(member.key), let well = count(value["well"]), let unwell = count(value["unwell"]),
        let blind = count(value["blind"]), let told = value["told"]?.bool,
        let reasons = value["reasons"]?.array?.compactMap(\.string), unwell < rollbackAfter || !reasons.isEmpty
      else { return nil }
      self.strikes[member.key] = Strikes(well: well, unwell: unwell, blind: blind, told: told, reasons: reasons)
    }
  }
}
