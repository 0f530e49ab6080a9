import Core

extension WatchDecider {
  package static let schema = "gatehouse.watch-state/v1"

  package var json: JSON {
    [
      "schema": .string(WatchDecider.schema), "rules": rules.json,
      "probes": .object(probes.compactMap { probe in self[probe].map { .init(probe, $0.json) } }),
    ]
  }

  /// `nil` for anything that ``json`` does not write: a journal that was altered must not shorten a count.
  package init?(json: JSON) {
    guard json["schema"]?.string == WatchDecider.schema, let rules = json["rules"].flatMap(DecidingRules.init(json:)),
      let probes = json["probes"]?.members
    else { return nil }
    self.init(rules)
    for member in probes {
      guard self[member.key] == nil, resume(member.key, member.value) else { return nil }
    }
  }

  private mutating func resume(_ probe: String, _ json: JSON) -> Bool {
    if let critical = rules.critical, !critical.contains(probe) { return false }
    guard let state = ProbeState(json: json, probe, number: probes.count + 1, rules) else { return false }
    add(probe, state)
    return true
  }
}

extension DecidingRules {
  var json: JSON {
    .dictionary([
      ("rollback-after", .integer(Int64(rollbackAfter))), ("blind-after", .integer(Int64(blindAfter))),
      ("quorum", quorum.map { .integer(Int64($0)) }), ("alpha", .number(alpha)), ("planned", .integer(Int64(planned))),
      ("rates-ask-for-control", .bool(ratesAskForControl)),
      ("critical", critical.map(JSON.strings)),
      ("baselines", baselines.json),
    ])
  }

  init?(json: JSON) {
    self.init()
    guard let rollbackAfter = Count.read(json["rollback-after"]), let blindAfter = Count.read(json["blind-after"]),
      rollbackAfter > 0, blindAfter > 0, let alpha = json["alpha"]?.double, alpha > 0, alpha < 1,
      let planned = Count.read(json["planned"]), planned > 0,
      let ratesAskForControl = json["rates-ask-for-control"]?.bool,
      let baselines = [String: Baseline](json: json["baselines"])
    else { return nil }
    (self.rollbackAfter, self.blindAfter, self.alpha, self.planned) = (rollbackAfter, blindAfter, alpha, planned)
    self.ratesAskForControl = ratesAskForControl
    if let value = json["quorum"] {
      guard let quorum = Count.read(value), quorum > 0 else { return nil }
      self.quorum = quorum
    }
    if let value = json["critical"] {
      let names = value.array?.compactMap(\.string)
      guard let names, names.count == value.array?.count else { return nil }
      critical = names
    }
    self.baselines = baselines
  }
}

extension [String: Baseline] {
  /// For the journal and the store.
  package var json: JSON {
    .object(
      sorted { $0.key < $1.key }.map { probe, baseline in
        .init(
          probe,
          .dictionary([
            ("failures", .integer(Int64(baseline.failures))), ("total", .integer(Int64(baseline.total))),
            ("p95", baseline.p95.map { .number($0) }),
          ]))
      })
  }

  /// `nil` when it is not what ``json`` writes.
  package init?(json: JSON?) {
    guard let members = json?.members else { return nil }
    self = [:]
    for member in members {
      guard let failures = Count.read(member.value["failures"]), let total = Count.read(member.value["total"]),
        failures <= total
      else { return nil }
      self[member.key] = Baseline(failures: failures, total: total, p95: member.value["p95"]?.double)
    }
  }
}

extension ProbeState {
  var json: JSON {
    .dictionary([
      ("strikes", strikes.json), ("failures", failures?.json), ("pairs", pairs.json), ("slow", slow?.json),
    ])
  }

  init?(json: JSON, _ probe: String, number: Int, _ rules: DecidingRules) {
    self.init(probe, number: number, rules)
    guard let strikes = json["strikes"].flatMap({ Strikes(json: $0, rules) }),
      let pairs = json["pairs"].flatMap({ PairedTest(json: $0, planned: rules.planned) })
    else { return nil }
    (self.strikes, self.pairs) = (strikes, pairs)
    guard ProbeState.resume(&failures, json["failures"], rules), ProbeState.resume(&slow, json["slow"], rules) else {
      return nil
    }
  }

  /// A test that is kept must have been written, and one that is not kept must not.
  private static func resume(_ test: inout SequentialTest?, _ json: JSON?, _ rules: DecidingRules) -> Bool {
    guard let kept = test, let json else { return test == nil && json == nil }
    test = SequentialTest(json: json, tolerated: kept.tolerated, planned: rules.planned)
    return test != nil
  }
}

extension Strikes {
  var json: JSON {
    [
      "well": .integer(Int64(well)), "all-unwell": .integer(Int64(allUnwell)), "unwell": .integer(Int64(unwell)),
      "control-only": .integer(Int64(controlOnly)),
      "blind": .integer(Int64(blind)), "both-bad": .integer(Int64(bothBad)), "told-blind": .bool(toldBlind),
      "told-both-bad": .bool(toldBothBad), "reasons": .strings(reasons),
    ]
  }

  init?(json: JSON, _ rules: DecidingRules) {
    guard let well = Count.read(json["well"]), let allUnwell = Count.read(json["all-unwell"]),
      let controlOnly = Count.read(json["control-only"]),
      let unwell = Count.read(json["unwell"]), let blind = Count.read(json["blind"]),
      let bothBad = Count.read(json["both-bad"]), let toldBlind = json["told-blind"]?.bool,
      let toldBothBad = json["told-both-bad"]?.bool, let reasons = json["reasons"]?.array?.compactMap(\.string),
      reasons.count == json["reasons"]?.array?.count, unwell < rules.rollbackAfter || !reasons.isEmpty
    else { return nil }
    self.init(
      well: well, allUnwell: allUnwell, controlOnly: controlOnly, unwell: unwell, blind: blind, bothBad: bothBad,
      toldBlind: toldBlind,
      toldBothBad: toldBothBad, reasons: reasons)
  }
}

private enum Count {
  static func read(_ json: JSON?) -> Int? {
    json?.integer.flatMap { (0...1 << 40).contains($0) ? Int($0) : nil }
  }
}
