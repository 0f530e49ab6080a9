import Core

/// A report of Lighthouse, as itself or as PageSpeed Insights wraps it.
///
/// Source: github.com/GoogleChrome/lighthouse, `types/lhr/lhr.d.ts`. A score is from 0 to 1, and `null` when it could not be measured.
final class LighthouseReader: JSONReportReader {
  static let format = EvidenceFormat.lighthouse

  private static let report = JSONShape.object([
    "lighthouseVersion": .all, "requestedUrl": .all, "finalUrl": .all, "finalDisplayedUrl": .all, "fetchTime": .all,
    "runtimeError": .object(["code": .all]),
    "categories": .map(.object(["score": .all])),
    "audits": .map(.object(["numericValue": .all, "numericUnit": .all, "score": .all])),
  ])

  static let shape: JSONShape = {
    guard case .object(var members) = report else { return report }
    members["lighthouseResult"] = report
    return .object(members)
  }()

  static func recognises(_ looks: JSONLooks) -> Bool {
    (looks["lighthouseResult"] ?? looks)["lighthouseVersion"] != nil
      && ((looks["lighthouseResult"] ?? looks)["audits"] != nil
        || (looks["lighthouseResult"] ?? looks)["categories"] != nil)
  }

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {}

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    let report = root["lighthouseResult"] ?? root
    guard let categories = report["categories"]?.members, let audits = report["audits"]?.members else {
      throw ReadingFault(why: "has no categories or no audits")
    }
    var facts = BenchmarkFacts()
    facts.tools = ["Lighthouse" + (report["lighthouseVersion"]?.shown.map { " " + $0 } ?? "")]
    facts.addSamples(1)
    if let code = report["runtimeError"]?["code"]?.string, code != "NO_ERROR" {
      facts.noteIncomplete("Lighthouse: it could not run (\(DisplayText.bounded(code, to: 60)))")
    }
    let asked = LighthouseReader.plain(report["requestedUrl"])
    let found = LighthouseReader.plain(report["finalDisplayedUrl"] ?? report["finalUrl"])
    let subject = asked ?? found ?? ""
    var warnings = Warnings()
    if let asked, let found, !LighthouseReader.isSameSite(asked, found) {
      // A login in front of the page is quick, too.
      facts.noteIncomplete(
        "Lighthouse: \(DisplayText.bounded(asked, to: 100)) led to another site, \(DisplayText.bounded(found, to: 100)), and that was measured"
      )
    } else if let asked, let found, LighthouseReader.trimmed(asked) != LighthouseReader.trimmed(found) {
      warnings.add(
        "\(DisplayText.bounded(asked, to: 100)) led to \(DisplayText.bounded(found, to: 100)), and that was measured")
    }
    for category in categories {
      facts.add(
        BenchmarkFigure(
          "lighthouse." + category.key, subject: subject, value: category.value["score"]?.double, unit: .share))
    }
    let names = Set(categories.map(\.key))
    for audit in audits where !names.contains(audit.key) {
      guard let number = audit.value["numericValue"]?.double else { continue }
      let isTime = audit.value["numericUnit"]?.string == "millisecond"
      facts.add(
        BenchmarkFigure(
          "lighthouse." + audit.key, subject: subject, value: isTime ? number / 1000 : number,
          unit: isTime ? .seconds : audit.value["numericUnit"] == nil ? .unsaid : .number))
    }
    return Reading(
      facts: .benchmarks(facts), format: .lighthouse, time: report["fetchTime"]?.string.flatMap { Timestamp($0) },
      warnings: warnings)
  }

  private static func plain(_ value: JSON?) -> String? {
    value?.string.map { DisplayText.address($0) }.flatMap { $0.isEmpty ? nil : $0 }
  }

  private static func trimmed(_ address: String) -> Substring {
    let path = address.split(separator: "://", maxSplits: 1).last ?? ""
    return path.hasSuffix("/") ? path.dropLast() : path
  }

  /// Whether one host is the other or below it: `example.org` and `www.example.org`.
  private static func isSameSite(_ one: String, _ other: String) -> Bool {
    let hosts = [one, other].map { address in
      String(trimmed(address).prefix { $0 != "/" && $0 != ":" }).lowercased()
    }
    return hosts[0] == hosts[1] || hosts[0].hasSuffix("." + hosts[1]) || hosts[1].hasSuffix("." + hosts[0])
  }
}
