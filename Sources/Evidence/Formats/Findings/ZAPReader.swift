import Core

/// ZAP's traditional JSON report. An alert counts once, however many instances it has; one of the confidence "false
/// positive" counts as suppressed.
///
/// Source: https://www.zaproxy.org/docs/desktop/addons/report-generation/ ; risk 3 is high, 2 medium, 1 and 0 low.
final class ZAPReader: JSONReportReader {
  static let format = EvidenceFormat.zap

  private static let alert = JSONShape.object([
    "pluginid": .all, "alertRef": .all, "riskcode": .all, "confidence": .all,
    "instances": .array(.object(["uri": .all]), atMost: 1),
  ])
  private static let site = JSONShape.object(["@name": .all, "alerts": .array(.emit("alert", alert), atMost: .max)])

  static let shape = JSONShape.object([
    "@programName": .all, "@version": .all, "created": .all,
    "site": .either(object: site, array: .array(.emit("site", site), atMost: .max)),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let site = looks["site"] else { return false }
    return looks["@generated"] != nil || looks["@programName"] != nil || (site.first ?? site).has("@name", "alerts")
  }

  private var facts = FindingFacts()

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard part == "alert" else { return try takeSite(value) }
    facts.results += 1
    guard value.members != nil, let risk = value["riskcode"]?.shownID else {
      throw ReadingFault(why: "has an alert without a risk")
    }
    if value["confidence"]?.shownID == "0" {
      facts.suppressed += 1
      return
    }
    let severity: Severity? =
      switch risk {
      case "3": .high
      case "2": .medium
      case "0", "1": .low
      default: nil
      }
    let address = value["instances"]?[0]?["uri"]?.shown.map { DisplayText.address($0) }
    var finding = Finding(
      rule: (value["alertRef"] ?? value["pluginid"])?.shownID ?? "an unnamed alert", severity: severity, path: address)
    finding.word = risk
    facts.add(finding)
  }

  private func takeSite(_ value: JSON) throws(ReadingFault) {
    guard value.members != nil, value["alerts"]?.array != nil else {
      throw ReadingFault(why: "has a site without a list of alerts")
    }
    facts.targets += 1
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard let site = root["site"] else { throw ReadingFault(why: "names no site") }
    if site.members != nil { try takeSite(site) }
    facts.runs = 1
    facts.tools = ["ZAP" + (root["@version"]?.shown.map { " " + $0 } ?? "")]
    if facts.targets == 0 { facts.noteIncomplete("ZAP: it looked at no site") }
    return Reading(facts: .findings(facts), format: .zap, time: root["created"]?.string.flatMap { Timestamp($0) })
  }
}
