import Core

/// OSV-Scanner's JSON, versions 1 and 2. A group of advisories that are aliases of each other is one finding of a package.
///
/// Without `--all-packages` the scanner lists only what is affected; a list with nothing in it proves no look.
/// Source: github.com/google/osv-scanner, `pkg/models/results.go`.
final class OSVScannerReader: JSONReportReader {
  static let format = EvidenceFormat.osvScanner

  static let shape = JSONShape.object([
    "results": .array(
      .emit(
        "source",
        .object([
          "source": .object(["path": .all, "type": .all]),
          "packages": .array(.emit("package", package), atMost: .max),
        ])), atMost: .max)
  ])

  private static let package = JSONShape.object([
    "package": .object(["name": .all, "version": .all, "ecosystem": .all, "commit": .all, "deprecated": .all]),
    "groups": .array(.object(["ids": .all, "aliases": .all, "max_severity": .all]), atMost: .max),
    "license_violations": .array(.all, atMost: .max),
    "vulnerabilities": .array(
      .object([
        "id": .all, "aliases": .all, "database_specific": .object(["severity": .all]),
        "severity": .array(.object(["type": .all, "score": .all]), atMost: 20),
        "affected": .array(
          .object([
            "ranges": .array(.object(["events": .array(.object(["fixed": .all]), atMost: 50)]), atMost: 50)
          ]), atMost: 200),
      ]), atMost: .max),
  ])

  /// A finding whose source is not known yet.
  private struct Row {
    var finding: Finding
    var identity: [String?]
  }

  private var facts = FindingFacts()
  private var distinct = DistinctFindings()
  private var warnings = Warnings()
  private var rows: [Row] = []

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let results = looks["results"] else { return false }
    return results.first?.has("source", "packages") == true
      || ["experimental_config", "experimental_generic_findings"].contains { looks.has($0) }
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    if part == "source" { try close(source: value) } else { try take(package: value) }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["results"]?.isNothing == true else { throw ReadingFault(why: "has no list of results") }
    facts.runs = 1
    facts.tools = ["OSV-Scanner"]
    if facts.targets == 0 {
      facts.noteIncomplete("OSV-Scanner: it names nothing that it looked at (run it with --all-packages)")
    }
    distinct.settle(into: &facts)
    return Reading(facts: .findings(facts), format: .osvScanner, warnings: warnings)
  }

  private func close(source: JSON) throws(ReadingFault) {
    guard source.members != nil, let packages = source["packages"], packages.isNothing else {
      throw ReadingFault(why: "has a result without a list of packages")
    }
    facts.targets += 1
    let path = source["source"]?["path"]?.shown
    let kind = source["source"]?["type"]?.shown
    for var row in rows {
      row.finding.target = path
      distinct.add(row.finding, identity: [kind, path] + row.identity)
    }
    rows = []
  }

  private func take(package: JSON) throws(ReadingFault) {
    guard let described = package["package"], described.members?.isEmpty == false else {
      throw ReadingFault(why: "has a package that is not described")
    }
    facts.packages = (facts.packages ?? 0) + 1
    // Source that is vendored or a submodule is known by its commit alone.
    let name = described["name"]?.shown ?? described["commit"]?.shown ?? "an unnamed package"
    let version = described["version"]?.shown
    let ecosystem = described["ecosystem"]?.shown
    let component = Finding.Component(
      name, version: version, purl: PackageURL.make(ecosystem: ecosystem, name: name, version: version))
    if described["deprecated"]?.bool == true { warnings.add("a package that is deprecated") }

    let advisories = package["vulnerabilities"]?.array ?? []
    facts.results += advisories.count
    var byID: [String: JSON] = [:]
    for advisory in advisories {
      guard let id = advisory["id"]?.shown else { throw ReadingFault(why: "has an advisory without an id") }
      byID[id] = byID[id] ?? advisory
    }
    var open = Set(byID.keys)
    func add(ids: [String], aliases: [String], score: JSON?) {
      let members = ids.compactMap { byID[$0] }
      // The scanner's own word is a score, worked out from the vectors; the databases' words come after it.
      let word = OSVScannerReader.word(of: members)
      var finding = Finding(rule: ids.first ?? Advisory.unnamed, word: score?.shown, scores: [score?.score])
      if finding.severity == nil, let word {
        finding.severity = SeverityScale.severity(word: word)
        finding.word = word
      }
      finding.setAliases(ids + aliases + members.flatMap { $0["aliases"]?.shownList ?? [] })
      finding.component = component
      finding.fix = OSVScannerReader.fix(of: members)
      put(Row(finding: finding, identity: [ecosystem, name, version] + ids))
    }
    for group in package["groups"]?.array ?? [] {
      let ids = group["ids"]?.shownList ?? []
      guard !ids.isEmpty else { throw ReadingFault(why: "has a group of advisories without ids") }
      open.subtract(ids)
      add(ids: ids, aliases: group["aliases"]?.shownList ?? [], score: group["max_severity"])
    }
    // What is in no group counts by itself: version 1.0 wrote no groups.
    for id in open.sorted() { add(ids: [id], aliases: [], score: nil) }
    for license in package["license_violations"]?.array ?? [] {
      var finding = Finding(rule: license.shown ?? "an unnamed licence", severity: nil)
      finding.component = component
      facts.results += 1
      put(Row(finding: finding, identity: [ecosystem, name, version, "licence", finding.rule]))
    }
  }

  private func put(_ row: Row) {
    if rows.count < FindingFacts.mostKept { rows.append(row) } else { distinct.count(row.finding) }
  }

  /// The worst of the words that the databases give.
  private static func word(of advisories: [JSON]) -> String? {
    let words = advisories.flatMap { advisory in
      // Ubuntu's priority is a word where the others have a vector.
      [advisory["database_specific"]?["severity"]?.shown]
        + (advisory["severity"]?.array ?? []).filter { $0["type"]?.string == "Ubuntu" }.map { $0["score"]?.shown }
    }
    let known = words.compactMap { word in word.flatMap { SeverityScale.severity(word: $0) }.map { ($0, word) } }
    return known.max { $0.0 < $1.0 }?.1
  }

  private static func fix(of advisories: [JSON]) -> Finding.Fix {
    let ranges = advisories.flatMap { $0["affected"]?.array ?? [] }.flatMap { $0["ranges"]?.array ?? [] }
    if ranges.isEmpty { return .unknown }
    return ranges.contains { ($0["events"]?.array ?? []).contains { $0["fixed"]?.shown != nil } } ? .available : .none
  }
}
