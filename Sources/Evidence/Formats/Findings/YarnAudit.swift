import Core
import JSONText

/// The lines of `yarn audit --json` (Yarn 1) and of `yarn npm audit --json` (Yarn 4), one JSON value each.
///
/// Yarn 1 writes a row for every way to a package and a summary at the end; an advisory of a package is one finding. Yarn 4 writes
/// a line for every advisory of a package, those of packages that are deprecated among them, and nothing when there is none.
/// Source: github.com/yarnpkg/yarn, `src/reporters/json-reporter.js`; github.com/yarnpkg/berry, `npmAuditUtils.ts`.
struct YarnAudit {
  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var listed: [String: Int] = [:]
  private var totals: JSON?
  private var isClassic = false

  mutating func take(_ json: JSON) throws(ReadingFault) {
    if let kind = json["type"]?.string {
      switch kind {
      case "auditAdvisory": try takeRow(json["data"])
      case "auditSummary": try takeSummary(json["data"])
      case "error": facts.noteIncomplete("Yarn: it reports an error of its own")
      // Progress, notes, and what could be done.
      default: break
      }
    } else {
      try takeTree(json)
    }
  }

  mutating func finish() throws(ReadingFault) -> Reading {
    guard totals != nil || !isClassic else {
      throw ReadingFault(why: "is cut short: Yarn ends its audit with a summary, and there is none")
    }
    guard totals != nil || facts.results > 0 else { throw ReadingFault(why: "holds no line of an audit") }
    facts.runs = 1
    facts.targets = 1
    facts.tools = ["Yarn audit"]
    NPMAdvisory.addUnlisted(totals, listed: listed, isExact: false, to: &facts)
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .yarnAudit)
  }

  private mutating func takeRow(_ data: JSON?) throws(ReadingFault) {
    guard let advisory = data?["advisory"], advisory.members?.isEmpty == false else {
      throw ReadingFault(why: "is a row without an advisory")
    }
    isClassic = true
    facts.results += 1
    var finding = NPMAdvisory.finding(advisory)
    finding.path = data?["resolution"]?["path"]?.shown ?? finding.path
    // Every way to the package is a row of its own.
    finding.places = 1
    listed[finding.word?.lowercased() ?? "", default: 0] += 1
    distinct.add(finding, identity: NPMAdvisory.identity(finding, advisory))
  }

  private mutating func takeSummary(_ data: JSON?) throws(ReadingFault) {
    guard let counts = data?["vulnerabilities"], counts.members != nil, totals == nil else {
      throw ReadingFault(why: "is a summary without totals, or a second one")
    }
    isClassic = true
    totals = counts
    let parts = ["dependencies", "devDependencies", "optionalDependencies"].compactMap { data?[$0]?.amount }
    NPMAdvisory.note(
      packages: data?["totalDependencies"]?.amount ?? (parts.isEmpty ? nil : parts.reduce(0, +)), tool: "Yarn audit",
      in: &facts)
  }

  private mutating func takeTree(_ json: JSON) throws(ReadingFault) {
    guard let name = json["value"]?.shown, let advisory = json["children"], advisory.members?.isEmpty == false else {
      throw ReadingFault(why: "is no line of an audit")
    }
    facts.results += 1
    let id = advisory["ID"]?.shownID
    let address = Advisory.id(inAddress: advisory["URL"]?.string)
    var finding = Finding(rule: address ?? id ?? Advisory.unnamed, word: advisory["Severity"]?.shown)
    finding.setAliases([id])
    let versions = advisory["Tree Versions"]?.shownList ?? []
    let version = versions.count == 1 ? versions.first : nil
    finding.component = Finding.Component(
      name, version: version, purl: PackageURL.make(ecosystem: "npm", name: name, version: version))
    finding.places = max(1, versions.count)
    distinct.add(finding, identity: [name, id ?? address])
  }

  static func isLine(_ json: JSONLooks) -> Bool {
    if let kind = json["type"]?.text { return kind.hasPrefix("audit") && json.has("data") }
    return json["value"]?.text != nil && json["children"]?.has("Severity", "Issue") == true
  }
}

/// An audit of Yarn in several lines.
final class YarnAuditLinesReader: LineReportReader {
  static let format = EvidenceFormat.yarnAudit

  private var audit = YarnAudit()

  static func recognises(_ looks: TextLooks) -> Bool {
    looks.lines.prefix(200).contains { line in
      let head = line.prefix(80).filter { !$0.isWhitespace }
      return head.hasPrefix(#"{"type":"audit"#)
        || head.hasPrefix(#"{"value":""#) && line.contains(#""children":{"#) && line.contains(#""Severity":"#)
    }
  }

  func take(_ line: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    guard line.contains(where: { !JSONDocumentReader.isBlank($0) }) else { return }
    let json: JSON
    do {
      json = try JSON(parsing: Array(line))
    } catch {
      throw ReadingFault(line: number, column: error.column, why: "is no readable JSON: \(error.message)")
    }
    try audit.take(json)
  }

  func finish() throws(ReadingFault) -> Reading { try audit.finish() }
}

/// An audit of Yarn in one line, which is a JSON document.
final class YarnAuditReader: JSONReportReader {
  static let format = EvidenceFormat.yarnAudit
  static let shape = JSONShape.object([
    "type": .all, "data": .all, "value": .all, "children": .all,
  ])

  private var audit = YarnAudit()

  static func recognises(_ looks: JSONLooks) -> Bool { YarnAudit.isLine(looks) }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {}

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    try audit.take(root)
    return try audit.finish()
  }
}
