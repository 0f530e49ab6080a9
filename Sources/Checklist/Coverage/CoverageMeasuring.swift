import Core
import Evidence

/// One share of what was measured beside its limit.
struct CoverageMeasuring {
  let measure: CoverageMeasure
  /// Of which files, with `: ` at its end; empty for all.
  let label: String
  /// For machines: `lines`, `paths[0].lines`.
  let subject: String
  let limit: Limit
  let facts: CoverageFacts
  let share: Share
  let noun: Noun

  private init(_ measure: CoverageMeasure, _ limit: Limit, _ facts: CoverageFacts, _ label: String?, _ prefix: String) {
    self.measure = measure
    self.label = label.map { $0 + ": " } ?? ""
    self.subject = prefix + measure.rawValue
    self.limit = limit
    self.facts = facts
    share = facts.share(of: measure)
    noun =
      switch measure {
      case .lines: CoverageMeasuring.lineNoun(facts)
      case .branches: Noun("branch", "branches")
      case .functions: "function"
      case .statements: "statement"
      }
  }

  static func measures(_ rules: CoverageRules, _ facts: CoverageFacts) -> [CoverageMeasuring] {
    measures([rules.lines, rules.branches, rules.functions, rules.statements], facts, nil, "")
  }

  static func measures(
    _ rules: CoverageRules.Part, _ facts: CoverageFacts, _ label: String, _ prefix: String
  ) -> [CoverageMeasuring] {
    measures([rules.lines, rules.branches, rules.functions, rules.statements], facts, label, prefix)
  }

  private static func measures(
    _ limits: [Limit?], _ facts: CoverageFacts, _ label: String?, _ prefix: String
  ) -> [CoverageMeasuring] {
    zip([CoverageMeasure.lines, .branches, .functions, .statements], limits).compactMap { measure, limit in
      limit.map { CoverageMeasuring(measure, $0, facts, label, prefix) }
    }
  }

  /// Go and Clover measure statements where others measure lines; the verdict says so.
  static func lineNoun(_ facts: CoverageFacts) -> Noun {
    let countings = Set(facts.files.values.filter { $0.lineShare.whole > 0 }.map { $0.counting == .statements })
    if countings == [true] { return "statement" }
    return countings.count == 2 ? Noun("line or statement", "lines and statements") : "line"
  }

  var comparison: Comparison {
    .share(subject, share.part, of: share.whole, limit, noun: Noun("\(noun.one) covered", "\(noun.many) covered"))
  }

  var words: String {
    "\(label)\(Figures.percent(share)) of \(Words.count(share.whole, noun.one, noun.many)), asked \(Figures.limit(limit))"
  }

  /// Why the share is no proof even where it looks good enough.
  var doubt: String? {
    let isUncertain = facts.files.values.contains { $0.uncertain.contains(measure) }
    switch measure {
    case .branches: return isUncertain ? "of some branches it is not known whether they ran" : nil
    case .functions where facts.functionsAreDeclaredOnly:
      return "of some functions only a total is given, without names"
    default: return isUncertain ? "the reports do not agree how many \(measure.rawValue) some files have" : nil
    }
  }

  /// How many more are needed, for limits that ask for more; the least whole number that satisfies the limit.
  var remedy: String {
    guard let low = CoverageMeasuring.least(share, limit) else {
      return limit.relation == .atLeast || limit.relation == .above
        ? "correct the limit in the policy, which cannot be reached" : "correct the limit in the policy"
    }
    return "cover \(Words.grouped(low)) more \(noun.of(low))"
  }

  /// How many more must be covered; `nil` where none would do.
  static func least(_ share: Share, _ limit: Limit) -> Int? {
    guard limit.relation == .atLeast || limit.relation == .above else { return nil }
    // The share only grows with the part, so the least one is found by halving.
    var low = share.part
    var high = share.whole + 1
    while low < high {
      let middle = low + (high - low) / 2
      if limit.holds(part: middle, of: share.whole) { high = middle } else { low = middle + 1 }
    }
    return low <= share.whole ? low - share.part : nil
  }
}
