import Core
import Evidence
import Testing

/// The figures of real reports of dependency scanners are those that were worked out for them by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedFindingsTests {
  private func facts(_ path: String, _ format: EvidenceFormat) throws -> FindingFacts {
    let read = try EvidenceReader.read(SharedSamples.path(path), shown: path)
    #expect(read.format == format, "\(path)")
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    return facts
  }

  private func number(_ json: JSON?) -> Int { Int(json?.integer ?? -1) }

  private func counts(_ json: JSON?) -> [Severity: Int] {
    let names: [String: Severity] = ["info": .low, "low": .low, "moderate": .medium, "medium": .medium, "high": .high]
    return (json?.members ?? []).reduce(into: [:]) { sum, member in
      let severity = names[member.key.lowercased()] ?? (member.key.lowercased() == "critical" ? .critical : nil)
      if let severity { sum[severity, default: 0] += number(member.value) }
    }
  }

  private func unknown(_ json: JSON?) -> Int {
    (json?.members ?? []).filter { ["unknown", "missing", "none"].contains($0.key) }.reduce(0) { $0 + number($1.value) }
  }

  @Test func `Trivy reports give the expected findings`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("trivy") {
      let facts = try facts("trivy/" + name, .trivy)
      let expected = try #require(entry["facts"])
      let kinds = ["vulnerabilities", "misconfigurations_fail", "secrets", "licenses"].map { expected[$0] }
      let sum = kinds.map(counts).reduce(into: [:]) { $0.merge($1, uniquingKeysWith: +) }
      #expect(facts.counts == sum, "\(name)")
      #expect(facts.unknown == kinds.map(unknown).reduce(0, +), "\(name)")
      #expect(facts.targets == number(expected["results"]), "\(name)")
      #expect(facts.suppressed == number(expected["suppressed_ExperimentalModifiedFindings"]), "\(name)")
      let advisories = facts.findings.filter { $0.component != nil }
      #expect(advisories.count { $0.fix == .available } == number(expected["with_fix"]), "\(name)")
      #expect(Set(advisories.map(\.rule)).count == number(expected["distinct_ids"]), "\(name)")
      #expect(facts.incomplete == [], "\(name)")
      compared += 1
    }
    #expect(compared == 5)
  }

  @Test func `Grype reports give the expected findings`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("grype") {
      let facts = try facts("grype/" + name, .grype)
      let expected = try #require(entry["facts"])
      #expect(facts.counts == counts(expected["matches"]), "\(name)")
      #expect(facts.results == number(expected["total"]), "\(name)")
      #expect(facts.standing == number(expected["total"]), "\(name)")
      #expect(Set(facts.findings.map(\.rule)).count == number(expected["distinct_ids"]), "\(name)")
      #expect(facts.suppressed == number(expected["ignoredMatches"]), "\(name)")
      #expect(facts.tools == ["Grype " + (expected["descriptor"]?.string ?? "")], "\(name)")
      let states: [(Finding.Fix, String)] = [(.available, "fixed"), (.none, "not-fixed"), (.unknown, "unknown")]
      for (fix, state) in states {
        #expect(facts.findings.count { $0.fix == fix } == max(0, number(expected["fix_state"]?[state])), "\(name)")
      }
      compared += 1
    }
    #expect(compared == 3)
  }

  @Test func `npm audit reports give the expected advisories, packages and paths`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("npm-audit") {
      let expected = try #require(entry["facts"])
      compared += 1
      if entry["verdict"]?.string == "error" {
        let fault = #expect(throws: EvidenceFault.self) {
          try EvidenceReader.read(SharedSamples.path("npm-audit/" + name), shown: name)
        }
        #expect(fault?.kind == .unrecognised)
        #expect(fault?.why.contains("error that a tool reported") == true)
        continue
      }
      let facts = try facts("npm-audit/" + name, .npmAudit)
      #expect(facts.counts == counts(expected["advisories_by_severity"]), "\(name)")
      if expected["kind"]?.string == "v1" {
        // npm 6 counts ways to packages, and its totals are theirs.
        #expect(facts.findings.reduce(0) { $0 + $1.places } == number(expected["findings_paths"]), "\(name)")
        #expect(facts.packages == 159)
      } else {
        #expect(facts.standing == number(expected["distinct_advisories"]), "\(name)")
        // npm 7 counts packages.
        #expect(facts.results == number(expected["metadata"]?["total"]), "\(name)")
      }
      #expect(facts.incomplete == [], "\(name)")
    }
    #expect(compared == 4)
  }

  @Test func `OSV-Scanner reports give the expected groups`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("osv-scanner") {
      let facts = try facts("osv-scanner/" + name, .osvScanner)
      let expected = try #require(entry["facts"])
      #expect(facts.standing == number(expected["groups"]), "\(name)")
      // None of the samples gives a score or a word.
      #expect(facts.unknown == facts.standing, "\(name)")
      #expect(facts.results == number(expected["vulnerability_entries"]), "\(name)")
      #expect(facts.targets == number(expected["sources"]), "\(name)")
      #expect(facts.packages ?? 0 == number(expected["packages"]), "\(name)")
      #expect(facts.incomplete.isEmpty == (facts.targets > 0), "\(name)")
      compared += 1
    }
    #expect(compared == 3)
  }

  @Test func `pip-audit reports give the expected advisories`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("pip-audit") {
      let facts = try facts("pip-audit/" + name, .pipAudit)
      let expected = try #require(entry["facts"])
      #expect(facts.standing == number(expected["vulnerabilities"]), "\(name)")
      #expect(facts.unknown == facts.standing, "\(name)")
      #expect(facts.packages == number(expected["audited"]), "\(name)")
      #expect(facts.findings.count { $0.fix == .available } == number(expected["with_fix"]), "\(name)")
      #expect(
        Set(facts.findings.compactMap { $0.component?.name }).count == number(expected["vulnerable_packages"]),
        "\(name)")
      #expect(facts.incomplete.isEmpty == (number(expected["skipped"]) == 0), "\(name)")
      compared += 1
    }
    #expect(compared == 4)
  }

  @Test func `Snyk reports give the expected issues`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("snyk") {
      let facts = try facts("snyk/" + name, .snyk)
      let expected = try #require(entry["facts"])
      #expect(facts.counts == counts(expected["unique_severity"]), "\(name)")
      #expect(facts.standing == number(expected["unique_per_project"]), "\(name)")
      #expect(facts.results == number(expected["vulnerability_rows"]), "\(name)")
      #expect(facts.targets == number(expected["projects"]), "\(name)")
      // The clean sample is of a project without dependencies: Snyk looked at none.
      #expect(facts.incomplete.isEmpty == (facts.packages != 0), "\(name)")
      compared += 1
    }
    #expect(compared == 3)
  }

  @Test func `Dependabot alerts give the expected open ones`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("dependabot") {
      let facts = try facts("dependabot/" + name, .dependabot)
      let expected = try #require(entry["facts"])
      switch expected["kind"]?.string {
      case "REST list":
        #expect(facts.counts == counts(expected["open_by_severity"]), "\(name)")
        #expect(facts.results == number(expected["alerts"]), "\(name)")
      case "webhook":
        #expect(facts.counts == [.medium: 1], "\(name)")
      default:
        #expect(facts.counts == counts(expected["severity"]), "\(name)")
        #expect(facts.results == number(expected["nodes"]), "\(name)")
      }
      #expect(facts.incomplete == [], "\(name)")
      compared += 1
    }
    #expect(compared == 3)
  }
}
