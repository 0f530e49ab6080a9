import Core

/// The summary of a k6 run, in both shapes, whose booleans say the opposite of each other: in what `--summary-export` writes, a
/// threshold that is `true` was crossed and has failed; in what `handleSummary` is given, `ok: true` held.
///
/// Sources: https://grafana.com/docs/k6/latest/results-output/end-of-test/custom-summary/ and k6 issue 1498. Times are in
/// milliseconds.
final class K6Reader: JSONReportReader {
  static let format = EvidenceFormat.k6

  static let shape = JSONShape.object([
    "metrics": .map(.emit("metric", .all)),
    "state": .object(["testRunDurationMs": .all]),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let metrics = looks["metrics"], metrics.isObject, let first = metrics.members.first?.value else {
      return false
    }
    if first.has("type", "contains", "values") { return true }
    return looks["root_group"]?.isObject == true && first.isObject
  }

  /// Of a run with `--summary-export`, the built-in trends that are times.
  private static let times = [
    "http_req_", "iteration_duration", "group_duration", "grpc_req_duration", "ws_", "browser_",
  ]

  private var facts = BenchmarkFacts()
  private var seen: Set<Bool> = []

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let member = value.members?.first, let fields = member.value.members else {
      throw ReadingFault(why: "has a metric that is no object")
    }
    let metric = member.value
    let isSummary = metric["values"] != nil
    seen.insert(isSummary)
    let figures = isSummary ? metric["values"]?.members ?? [] : fields.filter { $0.key != "thresholds" }
    let type = metric["type"]?.string
    let isRate =
      type == "rate" || type == nil && metric["passes"] != nil && metric["fails"] != nil && metric["value"] != nil
    for figure in figures {
      guard let number = figure.value.double else { continue }
      let statistic = K6Reader.statistic(figure.key, isRate: isRate)
      let unit: BenchmarkFigure.Unit
      if isRate, statistic == "rate" {
        unit = .share
      } else if ["count", "rate", "passes", "fails", "value"].contains(statistic) {
        unit = .number
      } else if metric["contains"]?.string == "time" || K6Reader.times.contains(where: { member.key.hasPrefix($0) }) {
        unit = .seconds
      } else {
        unit = metric["contains"] == nil ? .unsaid : .number
      }
      facts.add(
        BenchmarkFigure("k6.\(member.key).\(statistic)", value: unit == .seconds ? number / 1000 : number, unit: unit))
      if statistic == "count", member.key == "iterations" || member.key == "http_reqs" { facts.addSamples(number) }
    }
    for threshold in metric["thresholds"]?.members ?? [] {
      let holds: Bool?
      if isSummary { holds = threshold.value["ok"]?.bool } else { holds = threshold.value.bool.map { !$0 } }
      guard let holds else { throw ReadingFault(why: "has a threshold that says neither yes nor no") }
      if !holds { facts.noteFailure("k6's threshold \(threshold.key) of \(member.key)") }
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["metrics"]?.members != nil else { throw ReadingFault(why: "has no metrics") }
    guard seen.count == 1 else {
      throw ReadingFault(
        why: seen.isEmpty ? "has no metric" : "mixes both shapes of a summary, whose thresholds say the opposite")
    }
    facts.tools = ["k6"]
    if facts.samples == 0 { facts.noteIncomplete("k6: no iteration and no request was made") }
    return Reading(facts: .benchmarks(facts), format: .k6)
  }

  /// `p(95)` as `p95`; the value of a rate is its rate.
  private static func statistic(_ key: String, isRate: Bool) -> String {
    if isRate, key == "value" { return "rate" }
    guard key.hasPrefix("p("), key.hasSuffix(")") else { return key }
    return "p" + key.dropFirst(2).dropLast()
  }
}
