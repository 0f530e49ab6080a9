import Core

/// Trivy's own JSON: schema 2, a cluster's resources, and the list of results of before version 0.20.
///
/// Vulnerabilities, misconfigurations that failed, secrets and licences are findings. The same advisory for the same package,
/// version and path of one target is one finding.
final class TrivyReader: JSONReportReader {
  static let format = EvidenceFormat.trivy
  static let shape = TrivyShape.document

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var warnings = Warnings()
  /// Rows of the result that is being read.
  private var rows: [TrivyRow] = []
  private var failures = 0
  /// Rows of the resource that is being read, their targets known.
  private var resourceRows: [TrivyRow] = []

  static func recognises(_ looks: JSONLooks) -> Bool {
    if let first = looks.first {
      return first.has("Target") && ["Vulnerabilities", "Type", "Class"].contains { first.has($0) }
    }
    return looks.has("ArtifactName", "ArtifactType") || looks.has("SchemaVersion", "ArtifactName")
      || looks.has("ClusterName")
        && ["Resources", "Findings", "SchemaVersion", "Vulnerabilities", "Misconfigurations"].contains { looks.has($0) }
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has a \(part) that is no object") }
    switch part {
    case "vulnerability": put(.vulnerability(value))
    case "secret": put(.secret(value))
    case "license": put(.license(value))
    case "misconfiguration": takeMisconfiguration(value)
    case "modified": takeModified(value)
    case "package": facts.packages = (facts.packages ?? 0) + 1
    case "result": try close(result: value, ofResource: false)
    case "result of a resource": try close(result: value, ofResource: true)
    default: close(resource: value)
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    var reading = Reading(facts: .findings(facts), format: .trivy)
    var version: String?
    if let elements = root.array {
      guard elements.isEmpty else { throw ReadingFault(why: "has a result that is no object") }
    } else {
      for list in ["Results", "Resources", "Findings", "Vulnerabilities", "Misconfigurations"] {
        guard root[list]?.isNothing ?? true else { throw ReadingFault(why: "has no list where its results should be") }
      }
      if let schema = root["SchemaVersion"], schema != 1, schema != 2, schema != 0 {
        throw ReadingFault(kind: .unrecognised, why: "is a Trivy report of a schema that this version does not read")
      }
      if root["Metadata"]?["OS"]?["EOSL"]?.bool == true {
        warnings.add("the system that was scanned is no longer supported, so that new advisories for it may be missing")
      }
      version = root["Trivy"]?["Version"]?.shown
      reading.time = root["CreatedAt"]?.string.flatMap { Timestamp($0) }
      if let commit = root["Metadata"]?["Commit"]?.shown { reading.commits = [commit] }
    }
    if facts.targets == 0 { facts.noteIncomplete("Trivy: it found no target to scan") }
    facts.runs = 1
    facts.tools = ["Trivy" + (version.map { " " + $0 } ?? "")]
    distinct.settle(into: &facts)
    reading.facts = .findings(facts)
    reading.warnings = warnings
    return reading
  }

  // MARK: rows

  private func put(_ row: TrivyRow) {
    facts.results += 1
    if rows.count < FindingFacts.mostKept { rows.append(row) } else { distinct.count(row.finding) }
  }

  private func takeMisconfiguration(_ json: JSON) {
    switch json["Status"]?.string {
    case "PASS":
      facts.results += 1
      facts.ignored += 1
    case "EXCEPTION":
      facts.results += 1
      facts.suppressed += 1
    default:
      failures += 1
      put(.misconfiguration(json))
    }
  }

  /// What an ignore file or a VEX statement took away; a statement that affirms takes nothing away.
  private func takeModified(_ json: JSON) {
    switch json["Status"]?.string {
    case "affected", "under_investigation": put(.vulnerability(json["Finding"] ?? .null))
    default:
      facts.results += 1
      facts.suppressed += 1
    }
  }

  // MARK: what holds the rows

  private func close(result: JSON, ofResource: Bool) throws(ReadingFault) {
    guard let target = result["Target"]?.string else { throw ReadingFault(why: "has a result without a target") }
    for list in [
      "Packages", "Vulnerabilities", "Misconfigurations", "Secrets", "Licenses", "ExperimentalModifiedFindings",
    ] {
      guard result[list]?.isNothing ?? true else {
        throw ReadingFault(why: "has something else than a list in \(list)")
      }
    }
    facts.targets += 1
    let place = DisplayText.bounded(target, to: Finding.longestText)
    let type = result["Type"]?.string
    // Of files that are looked at one by one, the target is the file.
    let isFile = ["config", "secret", "license-file"].contains(result["Class"]?.string)
    let claimed = result["MisconfSummary"]?["Failures"]?.amount ?? 0
    facts.addUnlisted(max(0, claimed - failures), nil, word: nil)
    for var row in rows {
      row.finding.target = place
      if row.finding.path == nil, isFile { row.finding.path = place }
      if let component = row.finding.component, component.purl == nil, row.identity != nil {
        row.finding.component?.purl = PackageURL.make(
          ecosystem: type, name: component.name, version: component.version)
      }
      if !ofResource {
        distinct.add(row.finding, identity: row.identity.map { [place] + $0 })
      } else if resourceRows.count < FindingFacts.mostKept {
        resourceRows.append(row)
      } else {
        distinct.count(row.finding)
      }
    }
    rows = []
    failures = 0
  }

  private func close(resource: JSON) {
    let names = ["Namespace", "Kind", "Name"].compactMap { resource[$0]?.shown }
    let name = names.joined(separator: "/")
    if resource["Error"]?.shown != nil {
      facts.noteIncomplete("Trivy: the scan of \(name.isEmpty ? "a resource" : name) failed")
    }
    for var row in resourceRows {
      let target = row.finding.target ?? ""
      row.finding.target = DisplayText.bounded("\(name): \(target)", to: Finding.longestText)
      distinct.add(row.finding, identity: row.identity.map { [name, target] + $0 })
    }
    resourceRows = []
  }
}
