import Core

/// Advisories of the npm registry, as npm, pnpm, Yarn and Bun hand them on.
enum NPMAdvisory {
  /// As the registry's `audits` wrote it, and as pnpm still does: with where the package was found.
  static let listed = JSONShape.object([
    "id": .all, "url": .all, "severity": .all, "module_name": .all, "cves": .all, "github_advisory_id": .all,
    "patched_versions": .all, "cvss": .object(["score": .all]),
    "findings": .array(.object(["version": .all, "paths": .array(.all, atMost: 10_000)]), atMost: 1000),
  ])

  /// As the registry's `advisories/bulk` writes it.
  static let bulk = JSONShape.object([
    "id": .all, "url": .all, "severity": .all, "vulnerable_versions": .all, "cvss": .object(["score": .all]),
  ])

  /// The words for severity, in which totals are given too.
  static let words = ["info", "low", "moderate", "high", "critical"]

  /// - Parameter package: the name, where it stands outside the advisory.
  static func finding(_ json: JSON, package: String? = nil) -> Finding {
    let number = (json["id"] ?? json["source"])?.shownID
    let names = (json["cves"]?.shownList ?? [])
    let address = Advisory.id(inAddress: json["url"]?.string)
    var finding = Finding(
      rule: json["github_advisory_id"]?.shown ?? address ?? names.first ?? number ?? Advisory.unnamed,
      word: json["severity"]?.shown, scores: [json["cvss"]?["score"]?.score])
    finding.setAliases(names + [address, number])
    let places = json["findings"]?.array ?? []
    let versions = Set(places.compactMap { $0["version"]?.shown })
    if let name = package ?? json["module_name"]?.shown {
      let version = versions.count == 1 ? versions.first : nil
      finding.component = Finding.Component(
        name, version: version, purl: PackageURL.make(ecosystem: "npm", name: name, version: version))
    }
    let paths = places.flatMap { $0["paths"]?.array ?? [] }
    finding.path = paths.first?.shown
    finding.places = max(1, paths.count)
    if let patched = json["patched_versions"]?.string {
      // `<0.0.0` is the registry's way to say that no version is good.
      finding.fix = patched.filter { $0 != " " } == "<0.0.0" || patched.isEmpty ? .none : .available
    }
    return finding
  }

  /// What makes it the same advisory about the same package.
  static func identity(_ finding: Finding, _ json: JSON) -> [String?] {
    [finding.component?.name, (json["id"] ?? json["source"])?.shownID ?? json["url"]?.shown ?? finding.rule]
  }

  /// Counts what the totals know of and the list does not.
  ///
  /// - Parameters:
  ///   - listed: rows by the word of their severity.
  ///   - isExact: whether totals count rows. Where they count ways to a package, only a word that the list lacks tells anything.
  static func addUnlisted(_ totals: JSON?, listed: [String: Int], isExact: Bool, to facts: inout FindingFacts) {
    for word in words {
      let claimed = totals?[word]?.amount ?? 0
      let known = listed[word] ?? 0
      let unlisted = isExact ? max(0, claimed - known) : known == 0 ? claimed : 0
      facts.addUnlisted(unlisted, SeverityScale.severity(word: word), word: word)
    }
  }

  /// Notes how many dependencies were looked at, and that none were.
  static func note(packages: Int?, tool: String, in facts: inout FindingFacts) {
    facts.packages = packages
    if packages == 0 { facts.noteIncomplete("\(tool): it looked at no dependency") }
  }
}
