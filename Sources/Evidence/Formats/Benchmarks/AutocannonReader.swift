import Core

/// `autocannon --json`. Latencies are in milliseconds. They are good even where every answer was an error: then it failed.
///
/// Source: https://github.com/mcollina/autocannon#command-line
final class AutocannonReader: JSONReportReader {
  static let format = EvidenceFormat.autocannon

  static let shape = JSONShape.object([
    "url": .all, "latency": .all, "requests": .all, "throughput": .all, "errors": .all, "timeouts": .all,
    "non2xx": .all, "2xx": .all, "finish": .all, "mismatches": .all,
  ])

  static func recognises(_ looks: JSONLooks) -> Bool { looks.has("latency", "requests", "throughput", "non2xx") }

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {}

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard let latency = root["latency"]?.members, let requests = root["requests"]?.members else {
      throw ReadingFault(why: "has no latency or no requests")
    }
    var facts = BenchmarkFacts()
    facts.tools = ["autocannon"]
    let subject = root["url"]?.shown.map { DisplayText.address($0) } ?? ""
    for (group, members) in [
      ("latency", latency), ("requests", requests), ("throughput", root["throughput"]?.members ?? []),
    ] {
      for member in members {
        guard let number = member.value.double else { continue }
        // `p97_5` is the percentile 97.5.
        let statistic = member.key.hasPrefix("p") ? String(member.key.map { $0 == "_" ? "." : $0 }) : member.key
        let isTime = group == "latency" && statistic != "totalCount"
        facts.add(
          BenchmarkFigure(
            "autocannon.\(group).\(statistic)", subject: subject, value: isTime ? number / 1000 : number,
            unit: isTime ? .seconds : .number))
      }
    }
    func count(_ key: String) -> Double { max(0, root[key]?.double ?? 0) }
    for key in ["errors", "timeouts", "non2xx", "2xx", "mismatches"] where root[key] != nil {
      facts.add(BenchmarkFigure("autocannon." + key, subject: subject, value: root[key]?.double, unit: .number))
    }
    let bad = count("errors") + count("non2xx")
    let total = bad + count("2xx")
    facts.addSamples(total)
    if total > 0 {
      facts.add(BenchmarkFigure("autocannon.failed.rate", subject: subject, value: bad / total, unit: .share))
    }
    if total == 0 {
      facts.noteIncomplete("autocannon: no answer came")
    } else if count("2xx") == 0 {
      facts.noteFailure("autocannon: no answer was a success")
    }
    return Reading(
      facts: .benchmarks(facts), format: .autocannon, time: root["finish"]?.string.flatMap { Timestamp($0) })
  }
}
