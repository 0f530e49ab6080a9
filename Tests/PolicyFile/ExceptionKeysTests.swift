import Core
import PolicyFile
import Testing

/// The keys that let findings off, or narrow what counts.
@Suite struct ExceptionKeysTests {
  private static let line =
    "checklist:\n  - { id: scan, check: findings, reports: [s], limits: { any: \"<= 0\" }, KEYS }\n"

  private func scan(_ keys: String) throws -> FindingsRules {
    let loaded = try Samples.loaded(
      Samples.policy(Self.line.replacing(", KEYS", with: keys.isEmpty ? "" : ", " + keys)))
    #expect(loaded.policy.notYet.isEmpty)
    guard case .findings(let rules)? = loaded.policy.checklist.first?.rules else {
      throw Problem("test.kind", "not a line of findings")
    }
    return rules
  }

  @Test func `the keys of findings are read`() throws {
    let plain = try scan("")
    #expect(plain.severity == .standard && plain.countsUnfixed && !plain.onlyNew && plain.formats.isEmpty)
    let full = try scan(
      "severity-by: cvss, paths: [\"src/**\"], exclude-paths: [\"src/gen/**\"], unfixed: ignore, only-new: true, "
        + "baseline: [base.sarif], formats: [gitleaks, sarif], exceptions: [\"vex/*.json\"], products: [\"pkg:npm/clinic\"]"
    )
    #expect(full.severity == .cvss && full.paths == ["src/**"] && full.excludePaths == ["src/gen/**"])
    #expect(!full.countsUnfixed && full.onlyNew && full.baseline == ["base.sarif"])
    #expect(full.formats == ["gitleaks", "sarif"] && full.exceptions == ["vex/*.json"])
    #expect(full.products == ["pkg:npm/clinic"] && !full.comparesWithLastRelease)
    let released = try scan("only-new: true, baseline: last-release")
    #expect(released.comparesWithLastRelease && released.baseline.isEmpty)
  }

  @Test func `another word than last-release is no baseline`() {
    let text = Samples.policy(Self.line.replacing("KEYS", with: "only-new: true, baseline: last-relase"))
    guard case .failure(let problems) = Samples.load(["gatehouse.yml": text], "gatehouse.yml") else {
      Issue.record("it was accepted")
      return
    }
    let found = problems.problems.filter { $0.what == "'last-relase' is not last-release, nor a list" }
    #expect(found.count == 1 && found.first?.hint == "did you mean 'last-release'?", "\(problems)")
  }

  @Test func `waivers are read, and nothing of them is named as not done`() throws {
    let loaded = try Samples.loaded(
      Samples.policy(
        "checklist: [{ id: scan, check: findings, reports: [s], limits: { any: \"<= 0\" } }]\nwaivers:\n"
          + "  - { id: w, applies-to: scan, finding: CVE-2026-1, path: \"src/**\", component: \"pkg:npm/a@1\", "
          + "reason: Never called., owner: ana@clinic.example, until: \"2027-01-31 09:00\" }\n"))
    #expect(loaded.policy.notYet.isEmpty)
    #expect(
      loaded.policy.waivers == [
        Waiver(
          id: "w", appliesTo: "scan", finding: "CVE-2026-1", path: "src/**", component: "pkg:npm/a@1",
          reason: "Never called.", owner: "ana@clinic.example", until: "2027-01-31 09:00", line: 5)
      ])
  }

  @Test(arguments: [
    ("finding: A", "narrows a waiver of findings"), ("path: \"a/**\"", "narrows a waiver of findings"),
    ("component: a", "narrows a waiver of findings"),
  ])
  func `a line that is waived as a whole names no finding`(key: String, why: String) {
    let text =
      "checklist: [{ id: build, check: migrations }]\nwaivers: [{ id: w, applies-to: build, reason: r, owner: o, "
      + "until: \"2027-01-31\", \(key) }]\n"
    guard case .failure(let problems) = Samples.load(["gatehouse.yml": Samples.policy(text)], "gatehouse.yml") else {
      Issue.record("it was accepted")
      return
    }
    #expect(problems.problems.contains { $0.code == "policy.contradiction" && $0.what.contains(why) }, "\(problems)")
  }

  @Test func `a baseline that nobody looks at is a contradiction`() {
    let text = Samples.policy(Self.line.replacing("KEYS", with: "baseline: [b]"))
    guard case .failure(let problems) = Samples.load(["gatehouse.yml": text], "gatehouse.yml") else {
      Issue.record("it was accepted")
      return
    }
    #expect(problems.problems.contains { $0.what.contains("only-new") })
  }

  private static let base = """
    apiVersion: gatehouse/v1
    name: organisation
    checklist:
      - { id: scan, check: findings, reports: [s], limits: { any: "<= 0" } }
      - { id: narrow, check: findings, reports: [s], limits: { any: "<= 0" }, paths: ["a/**"], exclude-paths: ["x/**", "y/**"], formats: [sarif, gitleaks], unfixed: ignore, only-new: true, exceptions: ["vex/*"] }
    waivers:
      - { id: w, applies-to: scan, finding: CVE-2026-1, reason: r, owner: o, until: "2027-01-31" }

    """

  @Test(arguments: [
    "checklist: [{ id: scan, paths: [\"a/**\"] }]\n", "checklist: [{ id: scan, exclude-paths: [\"a/**\"] }]\n",
    "checklist: [{ id: scan, unfixed: ignore }]\n", "checklist: [{ id: scan, only-new: true }]\n",
    "checklist: [{ id: scan, formats: [gitleaks] }]\n", "checklist: [{ id: scan, exceptions: [\"v/*\"] }]\n",
    "checklist: [{ id: scan, products: [a] }]\n", "checklist: [{ id: scan, severity-by: tool }]\n",
    "checklist: [{ id: narrow, paths: [\"b/**\"] }]\n",
    "checklist: [{ id: narrow, exclude-paths: [\"x/**\", \"z/**\"] }]\n",
    "checklist: [{ id: narrow, formats: [sarif, bun-audit] }]\n",
    "checklist: [{ id: narrow, exceptions: [\"vex/*\", \"v\"] }]\n",
    "checklist: [{ id: narrow, baseline: [b] }]\n",
    "waivers: [{ id: w, until: \"2027-02-01\" }]\n", "waivers: [{ id: w, finding: CVE-2026-2 }]\n",
    "waivers: [{ id: new, applies-to: scan, finding: A, reason: r, owner: o, until: \"2027-01-31\" }]\n",
  ])
  func `a layer below may not let off more`(text: String) {
    guard case .failure(let problems) = ExtendsTests.load(text, base: Self.base) else {
      Issue.record("accepted: \(text)")
      return
    }
    #expect(problems.problems.contains { $0.code == "policy.laxer" }, "\(problems)")
  }

  @Test(arguments: [
    "checklist: [{ id: narrow, paths: [\"a/**\", \"b/**\"] }]\n",
    "checklist: [{ id: narrow, exclude-paths: [\"x/**\"] }]\n",
    "checklist: [{ id: narrow, unfixed: count }]\n", "checklist: [{ id: narrow, only-new: false }]\n",
    "checklist: [{ id: narrow, formats: [sarif] }]\n",
    "waivers: [{ id: w, until: \"2026-12-31\" }]\n", "waivers: [{ id: w, path: \"src/**\" }]\n",
    "checklist: [{ id: own, check: migrations }]\nwaivers: [{ id: o, applies-to: own, reason: r, owner: o, until: \"2027-01-31\" }]\n",
  ])
  func `a layer below may let off less, and waive lines of its own`(text: String) throws {
    _ = try ExtendsTests.load(text, base: Self.base).get()
  }
}
