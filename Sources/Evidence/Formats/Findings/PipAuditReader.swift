import Core

/// `pip-audit --format json`: an object since version 2, a list of dependencies before. It knows no severity.
///
/// A dependency that was skipped was not looked at, whatever the exit code said.
final class PipAuditReader: JSONReportReader {
  static let format = EvidenceFormat.pipAudit

  private static let dependencies = JSONShape.array(
    .emit(
      "dependency",
      .object([
        "name": .all, "version": .all, "skip_reason": .all,
        "vulns": .array(.object(["id": .all, "aliases": .all, "fix_versions": .all]), atMost: .max),
      ])), atMost: .max)

  static let shape = JSONShape.either(object: .object(["dependencies": dependencies]), array: dependencies)

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var skipped = 0
  private var audited = 0

  static func recognises(_ looks: JSONLooks) -> Bool {
    let elements: [JSONLooks] =
      switch looks["dependencies"] ?? looks {
      case .list(let elements): elements
      default: []
      }
    if elements.contains(where: { $0.has("name", "vulns") || $0.has("name", "skip_reason") }) { return true }
    return looks["dependencies"]?.isList == true && looks.has("fixes")
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let name = value["name"]?.shown else { throw ReadingFault(why: "has a dependency without a name") }
    if let reason = value["skip_reason"], !reason.isNull {
      skipped += 1
      return
    }
    guard let advisories = value["vulns"]?.array else {
      throw ReadingFault(why: "has a dependency that was neither looked at nor skipped")
    }
    audited += 1
    let version = value["version"]?.shown
    let component = Finding.Component(
      name, version: version, purl: PackageURL.make(ecosystem: "pypi", name: name, version: version))
    for advisory in advisories {
      guard advisory.members?.isEmpty == false else { throw ReadingFault(why: "has an advisory that is none") }
      facts.results += 1
      var finding = Finding(rule: advisory["id"]?.shown ?? Advisory.unnamed, severity: nil)
      finding.setAliases(advisory["aliases"]?.shownList ?? [])
      finding.component = component
      if let versions = advisory["fix_versions"]?.array { finding.fix = versions.isEmpty ? .none : .available }
      distinct.add(finding, identity: [name, version, finding.rule])
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard (root["dependencies"] ?? root).array?.isEmpty == true else {
      throw ReadingFault(why: "has no list of dependencies")
    }
    facts.runs = 1
    facts.tools = ["pip-audit"]
    facts.packages = audited
    if audited > 0 { facts.targets = 1 }
    if skipped > 0 {
      facts.noteIncomplete("pip-audit: it skipped \(skipped) of the \(audited + skipped) dependencies")
    } else if audited == 0 {
      facts.noteIncomplete("pip-audit: it looked at no dependency")
    }
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .pipAudit)
  }
}
