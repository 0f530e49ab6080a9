import Core

/// Dependabot's alerts: the list of the REST API (pages joined with `gh api --paginate --slurp` too), the event of a webhook, and
/// the answer of the GraphQL API. Only open alerts are findings.
///
/// Source: docs.github.com, "REST API endpoints for Dependabot alerts", "RepositoryVulnerabilityAlert".
final class DependabotReader: JSONReportReader {
  static let format = EvidenceFormat.dependabot

  static let shape = JSONShape.either(
    object: .object([
      "action": .all, "alert": alert, "data": .all, "errors": .array(.skip, atMost: 0),
    ]),
    array: .array(
      .either(object: .emit("alert", alert), array: .array(.emit("alert of a page", alert), atMost: .max)), atMost: .max
    ))

  private static let package = JSONShape.object(["ecosystem": .all, "name": .all])
  private static let score = JSONShape.object(["score": .all])
  private static let identifiers = JSONShape.array(.object(["type": .all, "value": .all]), atMost: 50)
  private static let fixedVersion = JSONShape.object(["identifier": .all])

  /// In the words of both APIs: a list of GraphQL's nodes can stand where one of alerts does.
  private static let alert = JSONShape.object([
    "number": .all, "state": .all, "dismissedAt": .all, "fixedAt": .all, "vulnerableManifestPath": .all,
    "dependency": .object(["package": package, "manifest_path": .all]),
    "security_advisory": .object([
      "ghsa_id": .all, "cve_id": .all, "severity": .all, "identifiers": identifiers, "cvss": score,
      "cvss_severities": .object(["cvss_v3": score, "cvss_v4": score]),
    ]),
    "security_vulnerability": .object([
      "package": package, "severity": .all, "first_patched_version": fixedVersion,
    ]),
    "securityAdvisory": .object(["ghsaId": .all, "severity": .all, "identifiers": identifiers, "cvss": score]),
    "securityVulnerability": .object([
      "package": package, "severity": .all, "firstPatchedVersion": fixedVersion,
      "advisory": .object(["ghsaId": .all, "severity": .all, "identifiers": identifiers, "cvss": score]),
    ]),
  ])

  private static let deepest = 16

  private var facts = FindingFacts()
  private var loose = 0
  private var isPaged = false

  static func recognises(_ looks: JSONLooks) -> Bool {
    if let first = looks.first { return isAlert(first.first ?? first) }
    if let alert = looks["alert"] { return looks.has("action") && (isAlert(alert) || alert.has("number", "state")) }
    return looks["data"].map { hasAlerts($0) } == true
  }

  private static func isAlert(_ looks: JSONLooks) -> Bool {
    looks.has("number", "security_advisory") || looks.has("number", "security_vulnerability")
      || looks.has("securityVulnerability")
  }

  private static func hasAlerts(_ looks: JSONLooks) -> Bool {
    switch looks {
    case .object(let members): members.contains { $0.key == "vulnerabilityAlerts" || hasAlerts($0.value) }
    case .list(let elements): elements.contains(where: hasAlerts)
    default: false
    }
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    if part == "alert" { loose += 1 } else { isPaged = true }
    try take(alert: value)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    facts.runs = 1
    facts.tools = ["Dependabot"]
    if let elements = root.array {
      guard elements.allSatisfy(\.isNothing), !elements.contains(.null) else {
        throw ReadingFault(why: "has an alert that is no object")
      }
      if !isPaged, loose == 30 || loose == 100 {
        facts.noteIncomplete(
          "Dependabot: \(loose) alerts are a full page, and more may follow (gh api --paginate --slurp gets them all)")
      }
    } else if let errors = root["errors"], !errors.isNull {
      throw ReadingFault(why: "tells of an error of GitHub itself")
    } else if let alert = root["alert"] {
      try take(alert: alert)
    } else {
      try search(root["data"] ?? .null, depth: 0)
      guard facts.targets > 0 else { throw ReadingFault(why: "has no list of alerts") }
    }
    facts.targets = max(1, facts.targets)
    return Reading(facts: .findings(facts), format: .dependabot)
  }

  /// GraphQL answers in the shape of the question: the lists of alerts may be anywhere.
  private func search(_ json: JSON, depth: Int) throws(ReadingFault) {
    guard depth < DependabotReader.deepest else {
      throw ReadingFault(why: "is nested deeper than any answer of GitHub")
    }
    for element in json.array ?? [] { try search(element, depth: depth + 1) }
    for member in json.members ?? [] {
      guard member.key == "vulnerabilityAlerts" else {
        try search(member.value, depth: depth + 1)
        continue
      }
      let nodes = member.value["nodes"]?.array ?? member.value["edges"]?.array?.map { $0["node"] ?? .null }
      guard let nodes else { throw ReadingFault(why: "has no list of alerts") }
      facts.targets += 1
      for node in nodes { try take(alert: node) }
      let isMore = member.value["pageInfo"]?["hasNextPage"]?.bool == true
      if isMore || (member.value["totalCount"]?.amount ?? 0) > nodes.count {
        facts.noteIncomplete("Dependabot: there are more alerts than the answer lists")
      }
    }
  }

  private func take(alert: JSON) throws(ReadingFault) {
    let vulnerability = alert["security_vulnerability"] ?? alert["securityVulnerability"]
    let advisory = alert["security_advisory"] ?? alert["securityAdvisory"] ?? vulnerability?["advisory"]
    guard vulnerability?.members != nil || advisory?.members != nil else {
      throw ReadingFault(why: "has an alert without an advisory")
    }
    facts.results += 1
    switch alert["state"]?.string?.lowercased() ?? DependabotReader.state(of: alert) {
    case "fixed": facts.absent += 1
    case "dismissed", "auto_dismissed": facts.suppressed += 1
    default: facts.add(DependabotReader.finding(alert, vulnerability, advisory))
    }
  }

  private static func state(of alert: JSON) -> String {
    if let date = alert["fixedAt"], !date.isNull { return "fixed" }
    if let date = alert["dismissedAt"], !date.isNull { return "dismissed" }
    return "open"
  }

  private static func finding(_ alert: JSON, _ vulnerability: JSON?, _ advisory: JSON?) -> Finding {
    let names = (advisory?["identifiers"]?.array ?? []).compactMap { $0["value"]?.shown }
    let word = vulnerability?["severity"]?.shown ?? advisory?["severity"]?.shown
    let severities = advisory?["cvss_severities"]
    let scores = [advisory?["cvss"], severities?["cvss_v3"], severities?["cvss_v4"]].map { $0?["score"]?.score }
    let own = advisory?["ghsa_id"]?.shown ?? advisory?["ghsaId"]?.shown
    let second = advisory?["cve_id"]?.shown
    var finding = Finding(rule: own ?? second ?? names.first ?? Advisory.unnamed, word: word, scores: scores)
    finding.setAliases([second] + names)
    let package = vulnerability?["package"] ?? alert["dependency"]?["package"]
    if let name = package?["name"]?.shown {
      finding.component = Finding.Component(
        name, purl: PackageURL.make(ecosystem: package?["ecosystem"]?.string, name: name, version: nil))
    }
    finding.path = alert["dependency"]?["manifest_path"]?.shown ?? alert["vulnerableManifestPath"]?.shown
    if let fixed = vulnerability?["first_patched_version"] ?? vulnerability?["firstPatchedVersion"] {
      finding.fix = fixed.isNull ? .none : .available
    }
    return finding
  }
}
