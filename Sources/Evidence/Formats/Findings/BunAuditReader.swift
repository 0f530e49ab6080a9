import Core

/// `bun audit --json`: what the registry answered, a map from package to its advisories. Yarn 4.0.0 hands on the same.
///
/// The map of a clean audit is empty, and nothing says how much was looked at: `{}` cannot be recognised.
/// Source: github.com/oven-sh/bun, `src/cli/audit_command.zig`.
final class BunAuditReader: JSONReportReader {
  static let format = EvidenceFormat.bunAudit
  static let shape = JSONShape.map(.emit("package", .array(NPMAdvisory.bulk, atMost: .max)))

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.members.first?.value.first, first.has("severity", "vulnerable_versions") else {
      return false
    }
    return (first.has("id") || first.has("url")) && looks.members.allSatisfy { $0.value.isList }
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let package = value.members?.first, let advisories = package.value.array, !advisories.isEmpty else {
      throw ReadingFault(why: "has a package without a list of advisories")
    }
    facts.targets = 1
    for advisory in advisories {
      guard advisory.members?.isEmpty == false else { throw ReadingFault(why: "has an advisory that is none") }
      facts.results += 1
      let finding = NPMAdvisory.finding(
        advisory, package: DisplayText.bounded(package.key, to: Finding.longestText))
      distinct.add(finding, identity: NPMAdvisory.identity(finding, advisory))
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    facts.runs = 1
    facts.tools = ["Bun audit"]
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .bunAudit)
  }
}
