import Core

/// What Lighthouse CI writes beside the reports: `manifest.json`, of which the representative run of each address counts, and
/// `assertion-results.json`, of which a failed assertion of the level `error` is a failure.
///
/// Source: https://github.com/GoogleChrome/lighthouse-ci/blob/main/docs/configuration.md
final class LighthouseCIReader: JSONReportReader {
  static let format = EvidenceFormat.lighthouseCI

  static let shape = JSONShape.array(
    .emit(
      "entry",
      .object([
        "url": .all, "isRepresentativeRun": .all, "summary": .all,
        "passed": .all, "level": .all, "auditId": .all, "auditProperty": .skip, "name": .all,
      ])), atMost: .max)

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.first else { return false }
    return first.has("url", "isRepresentativeRun", "summary") || first.has("passed", "operator", "expected", "url")
  }

  private var facts = BenchmarkFacts()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    let address = value["url"]?.string.map { DisplayText.address($0) } ?? ""
    if let isRepresentative = value["isRepresentativeRun"]?.bool {
      facts.addSamples(1)
      guard isRepresentative else { return }
      for score in value["summary"]?.members ?? [] {
        facts.add(BenchmarkFigure("lighthouse." + score.key, subject: address, value: score.value.double, unit: .share))
      }
    } else if let passed = value["passed"]?.bool {
      facts.addSamples(1)
      guard !passed, value["level"]?.string != "warn" else { return }
      facts.noteFailure(
        "Lighthouse CI's \(value["auditId"]?.shown ?? value["name"]?.shown ?? "assertion") at \(address)")
    } else {
      throw ReadingFault(why: "has an entry that is neither a run nor an assertion")
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root.array != nil else { throw ReadingFault(why: "is no list") }
    facts.tools = ["Lighthouse CI"]
    return Reading(facts: .benchmarks(facts), format: .lighthouseCI)
  }
}
