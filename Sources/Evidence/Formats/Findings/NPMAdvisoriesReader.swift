import Core

/// The audit report of npm 6, which pnpm and Yarn 2 and 3 write too: a map of advisories. Each advisory of a package is one
/// finding; the tool's totals count the ways to it, which are kept as its places.
final class NPMAdvisoriesReader: JSONReportReader {
  static let format = EvidenceFormat.npmAudit

  static let shape = JSONShape.object([
    "advisories": .map(.emit("advisory", NPMAdvisory.listed)),
    "muted": .array(.emit("muted advisory", .object([:])), atMost: .max),
    "metadata": .object([
      "vulnerabilities": .object(["info": .all, "low": .all, "moderate": .all, "high": .all, "critical": .all]),
      "dependencies": .all, "devDependencies": .all, "optionalDependencies": .all, "totalDependencies": .all,
    ]),
  ])

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var listed: [String: Int] = [:]

  static func recognises(_ looks: JSONLooks) -> Bool {
    looks.has("actions", "advisories") || looks.has("advisories", "metadata")
      || looks["advisories"]?.members.first?.value.has("module_name", "severity") == true
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    facts.results += 1
    guard part == "advisory" else {
      facts.suppressed += 1
      return
    }
    guard let advisory = value.members?.first?.value, advisory.members?.isEmpty == false else {
      throw ReadingFault(why: "has an advisory that is none")
    }
    let finding = NPMAdvisory.finding(advisory)
    listed[finding.word?.lowercased() ?? "", default: 0] += 1
    distinct.add(finding, identity: NPMAdvisory.identity(finding, advisory))
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["advisories"]?.members?.isEmpty == true else { throw ReadingFault(why: "has no map of advisories") }
    guard let metadata = root["metadata"], metadata["vulnerabilities"]?.members != nil else {
      throw ReadingFault(why: "has no metadata, so that nothing says what was looked at")
    }
    facts.runs = 1
    facts.targets = 1
    facts.tools = ["npm, pnpm or Yarn audit"]
    let parts = ["dependencies", "devDependencies", "optionalDependencies"].compactMap { metadata[$0]?.amount }
    NPMAdvisory.note(
      packages: metadata["totalDependencies"]?.amount ?? (parts.isEmpty ? nil : parts.reduce(0, +)),
      tool: "npm, pnpm or Yarn audit", in: &facts)
    NPMAdvisory.addUnlisted(metadata["vulnerabilities"], listed: listed, isExact: false, to: &facts)
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .npmAudit)
  }
}
