import Core

/// `pytest --benchmark-json`. Times are in seconds; it names its commit, and says whether there were changes beside it.
final class PytestBenchmarkReader: JSONReportReader {
  static let format = EvidenceFormat.pytestBenchmark

  static let shape = JSONShape.object([
    "benchmarks": .array(
      .emit(
        "benchmark",
        .object([
          "name": .all, "fullname": .all,
          "stats": .object([
            "min": .all, "max": .all, "mean": .all, "stddev": .all, "median": .all, "ops": .all, "rounds": .all,
          ]),
        ])), atMost: .max),
    "commit_info": .object(["id": .all, "dirty": .all]), "datetime": .all, "version": .all,
  ])

  static func recognises(_ looks: JSONLooks) -> Bool {
    looks["benchmarks"]?.isList == true && looks.has("machine_info")
      && (looks["commit_info"] != nil || looks["benchmarks"]?.first?["stats"] != nil)
  }

  private var facts = BenchmarkFacts()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let name = value["name"]?.string, let stats = value["stats"], stats.members != nil else {
      throw ReadingFault(why: "has a benchmark without a name or figures")
    }
    facts.addSamples(stats["rounds"]?.double ?? 1)
    for statistic in ["min", "max", "mean", "stddev", "median", "ops"] {
      guard let number = stats[statistic] else { continue }
      let unit: BenchmarkFigure.Unit = statistic == "ops" ? .number : .seconds
      facts.add(
        BenchmarkFigure(
          "pytest-benchmark.\(name).\(statistic)", subject: value["fullname"]?.string ?? name, value: number.double,
          unit: unit))
      facts.add(
        BenchmarkFigure(
          "pytest-benchmark.\(statistic)", subject: value["fullname"]?.string ?? name, value: number.double, unit: unit)
      )
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["benchmarks"]?.array != nil else { throw ReadingFault(why: "has no list of benchmarks") }
    facts.tools = ["pytest-benchmark" + (root["version"]?.shown.map { " " + $0 } ?? "")]
    if facts.samples == 0 { facts.noteIncomplete("pytest-benchmark: nothing was measured") }
    if root["commit_info"]?["dirty"]?.bool == true {
      facts.noteIncomplete("pytest-benchmark: there were changes that are in no commit")
    }
    var reading = Reading(
      facts: .benchmarks(facts), format: .pytestBenchmark, time: root["datetime"]?.string.flatMap { Timestamp($0) })
    if let commit = root["commit_info"]?["id"]?.string, commit.utf8.count >= 7, commit != "unversioned" {
      reading.commits = [DisplayText.bounded(commit, to: 64)]
    }
    return reading
  }
}
