import Core
import Evidence

/// Is it fast enough, and not much slower than the last release?
///
/// Of several reports about one subject (an address, a command) the median counts; of several subjects the worst.
package enum BenchmarksCheck {
  /// What the last release was measured at, by the figure's name and in the limit's own unit.
  package enum Baseline: Hashable, Sendable {
    /// Nothing was released yet, so that there is nothing to compare with.
    case nothingReleased
    case figures([String: Double])
  }

  private static let figure = Noun("figure")

  package static func judge(
    _ item: ChecklistItem, _ rules: BenchmarksRules, _ evidence: [LocatedEvidence],
    baseline: Result<Baseline, Problem>?
  ) -> CheckReport {
    let sorted = SortedEvidence(evidence, kind: "benchmarks") { facts in
      if case .benchmarks(let benchmarks) = facts { benchmarks } else { nil }
    }
    let facts = sorted.counted.reduce(BenchmarkFacts()) { $0 + $1.facts }
    var judged = rules.limits.sorted { $0.key < $1.key }.map { Judged($0.key, $0.value, of: facts) }
    var problem: Problem?
    var notes: [String] = []
    if let regression = rules.regression {
      switch baseline {
      case .success(.figures(let known)):
        for index in judged.indices { judged[index].compare(with: known[judged[index].name], regression) }
      case .success(.nothingReleased): notes.append("no earlier release to compare with")
      case .failure(let why): problem = why
      case nil: problem = Problem("benchmarks.baseline", "nobody asked for the last release's figures")
      }
    }
    let ownFailures = Comparison.none(
      "failures", facts.failures.count,
      of: Noun("limit of the tool that was missed", "limits of the tool that were missed"))
    let draft = EvidenceDraft(
      item: item, examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))],
      references: sorted.references, stamps: sorted.stamps,
      comparisons: [ownFailures] + judged.flatMap(\.comparisons) + [sorted.allCount])
    let faults = sorted.faults.map(\.description)
    let passing = judged.filter { $0.status == .pass }.map(\.words)
    notes += judged.compactMap(\.note)

    let missed = facts.failures + judged.filter { $0.status == .fail }.map(\.words)
    if let first = missed.first {
      return draft.failed(
        first, details: missed.dropFirst() + passing + faults + notes + sorted.warnings,
        remedy: "make it faster, or see why it was measured slower, and measure again")
    }
    if let reason = sorted.faultReason, let first = sorted.faults.first {
      return draft.undecided(reason, details: faults.dropFirst() + sorted.warnings, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    if let first = facts.incomplete.first {
      return draft.undecided(
        first, details: facts.incomplete.dropFirst() + sorted.warnings, remedy: "see why, and measure again")
    }
    if let open = judged.first(where: { $0.status == .inconclusive }) {
      return draft.undecided(
        open.words, details: judged.filter { $0.status == .inconclusive }.dropFirst().map(\.words) + sorted.warnings,
        remedy: open.remedy ?? "name a figure that is in the reports: \(names(facts))")
    }
    if let problem {
      return draft.undecided(
        "the last release's figures are not known: \(problem.description)", details: passing,
        remedy: problem.remedy ?? "release once with these reports")
    }
    return draft.passed(
      "\(passing.first ?? "") · \(sorted.summary)", details: passing.dropFirst() + notes + sorted.warnings)
  }

  /// Some of the figures that there are, for a remedy.
  private static func names(_ facts: BenchmarkFacts) -> String {
    let names = Set(facts.figures.map(\.name)).sorted()
    return Words.some(names.prefix(8).map { $0 }) + (names.count > 8 ? ", …" : "")
  }

  /// One figure beside its limit and beside the last release.
  private struct Judged {
    let name: String
    let limit: Limit
    /// In the limit's own unit; `nil` when it is not known.
    var value: Double?
    var status: CheckStatus
    var words: String
    var comparisons: [Comparison]
    var remedy: String?
    var note: String?

    init(_ name: String, _ limit: Limit, of facts: BenchmarkFacts) {
      self.name = name
      self.limit = limit
      let named = facts.figures.filter { $0.name == name }
      var values: [String: [Double]] = [:]
      var unknown: String?
      if named.isEmpty { unknown = "\(name) is in none of the reports" }
      for figure in named {
        guard let value = figure.value else {
          unknown = "\(name) could not be measured"
          continue
        }
        guard let value = Judged.convert(value, figure.unit, to: limit.unit) else {
          unknown = "\(name) is \(Judged.words(figure.unit)), and the limit \(limit.text) is not"
          remedy = "write the limit with the unit of the figure"
          continue
        }
        values[figure.subject, default: []].append(value)
      }
      let medians = values.values.map(Judged.median)
      let wantsMore = limit.relation == .atLeast || limit.relation == .above
      if unknown == nil { value = wantsMore ? medians.min() : medians.max() }
      let comparison = Comparison.amount(name, value ?? .nan, limit, noun: BenchmarksCheck.figure)
      comparisons = [comparison]
      status = comparison.judged
      words = unknown ?? "\(name) \(Judged.shown(value ?? .nan, limit.unit)), asked \(Figures.limit(limit))"
    }

    /// - Parameter then: the last release's figure; `nil` when it was not measured.
    mutating func compare(with then: Double?, _ regression: Limit) {
      guard let value else { return }
      let wantsMore = limit.relation == .atLeast || limit.relation == .above
      guard let then, then.isFinite else {
        comparisons.append(
          .amount(name + ":regression", .nan, regression, noun: BenchmarksCheck.figure, otherwise: .inconclusive))
        if status == .pass {
          status = .inconclusive
          words = "\(name) was not measured for the last release"
          remedy = "release once with this figure measured, or take `against` out until then"
        }
        return
      }
      guard then != 0 else {
        note = "\(name) was 0 at the last release: judged by its limit alone"
        return
      }
      let worse = (wantsMore ? then - value : value - then) / then.magnitude * 100
      let comparison = Comparison.amount(
        name + ":regression", (worse * 1000).rounded() / 1000, regression, noun: BenchmarksCheck.figure)
      comparisons.append(comparison)
      let change = worse > 0 ? "\(Judged.shown(worse, .percent)) worse" : "not worse"
      let compared = "\(change) than the last release (\(Judged.shown(then, limit.unit)))"
      if !comparison.holds {
        words = "\(name) is \(compared), asked \(Figures.limit(regression))"
        if status == .pass { status = .fail }
      } else {
        words += ", " + compared
      }
    }

    private static func convert(_ value: Double, _ unit: BenchmarkFigure.Unit, to wanted: Limit.Unit) -> Double? {
      switch (unit, wanted) {
      case (.seconds, .duration): value
      // The tools that do not say it write milliseconds.
      case (.unsaid, .duration): value / 1000
      case (.share, .percent): value * 100
      case (.share, .none), (.number, .none), (.unsaid, .none), (.number, .count): value
      default: nil
      }
    }

    private static func words(_ unit: BenchmarkFigure.Unit) -> String {
      switch unit {
      case .seconds: "a time"
      case .share: "a share"
      case .unsaid, .number: "a number"
      }
    }

    private static func shown(_ value: Double, _ unit: Limit.Unit) -> String {
      func text(_ value: Double, _ places: Double) -> String {
        let rounded = (value * places).rounded() / places
        return Int(exactly: rounded).map { Figures.count($0) } ?? "\(rounded)"
      }
      switch unit {
      case .duration: return value < 1 ? text(value * 1000, 100) + " ms" : text(value, 1000) + " s"
      case .percent: return text(value, 100) + " %"
      case .none, .count: return text(value, 10000)
      }
    }

    private static func median(_ values: [Double]) -> Double {
      let sorted = values.sorted()
      let middle = sorted.count / 2
      return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
  }
}
