import Core

/// `hyperfine --export-json`. Times are in seconds. With `--ignore-failure` commands that fail are timed, too: a failure.
final class HyperfineReader: JSONReportReader {
  static let format = EvidenceFormat.hyperfine

  static let shape = JSONShape.object([
    "results": .array(
      .emit(
        "result",
        .object([
          "command": .all, "mean": .all, "stddev": .all, "median": .all, "min": .all, "max": .all,
          "times": .array(.skip, atMost: 0), "exit_codes": .array(.all, atMost: .max),
        ])), atMost: .max)
  ])

  static func recognises(_ looks: JSONLooks) -> Bool {
    looks["results"]?.first?.has("command", "mean", "median", "min", "max") == true
  }

  private var facts = BenchmarkFacts()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let command = value["command"]?.string else { throw ReadingFault(why: "has a result without a command") }
    let codes = value["exit_codes"]?.array ?? []
    facts.addSamples(Double(max(1, codes.count)))
    let failed = codes.count { $0.integer != 0 }
    // A command line may hold anything; only its beginning is told.
    let name = DisplayText.bounded(command, to: 60)
    // Two that begin alike are two.
    let subject =
      command.unicodeScalars.count > 60 ? "\(name) \(String(HyperfineReader.mark(command), radix: 16))" : name
    if failed > 0 { facts.noteFailure("hyperfine: \(name) failed in \(failed) of \(codes.count) runs") }
    for statistic in ["mean", "median", "min", "max", "stddev"] {
      guard let number = value[statistic], !number.isNull || statistic != "stddev" else { continue }
      facts.add(BenchmarkFigure("hyperfine.\(statistic)", subject: subject, value: number.double, unit: .seconds))
      facts.add(
        BenchmarkFigure("hyperfine.\(name).\(statistic)", subject: subject, value: number.double, unit: .seconds))
    }
  }

  /// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/): figures are kept under it from release to release, so
  /// that it never changes.
  private static func mark(_ text: String) -> UInt64 {
    text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["results"]?.array != nil else { throw ReadingFault(why: "has no list of results") }
    facts.tools = ["hyperfine"]
    return Reading(facts: .benchmarks(facts), format: .hyperfine)
  }
}
