import Core
import JSONText
import TestSupport
import Testing

/// Waivers and VEX through the program: what is let off is counted and shown, and nothing else is let off.
@Suite struct ExceptionsTests {
  private static let trivy =
    #"{"SchemaVersion":2,"ArtifactName":"clinic","ArtifactType":"filesystem","Results":[{"Target":"package-lock.json","#
    + #""Class":"lang-pkgs","Type":"npm","Vulnerabilities":[{"VulnerabilityID":"CVE-2026-1","PkgName":"lodash","#
    + #""PkgIdentifier":{"PURL":"pkg:npm/lodash@4.17.20"},"InstalledVersion":"4.17.20","FixedVersion":"4.17.21","#
    + #""Status":"fixed","Severity":"CRITICAL"}]}]}"#

  private static func policy(_ keys: String = "", waiver: String = "") -> String {
    """
    evidence: { bind-to: none }
    timezone: America/Sao_Paulo
    checklist:
      - { id: scan, check: findings, reports: [reports/trivy.json], limits: { critical: "<= 0" }\(keys) }
      - { id: unit, check: command, run: "exit 3" }
    waivers:
      - { id: broken, applies-to: unit, reason: Being mended., owner: ana@clinic.example, until: "2090-01-01" }
    \(waiver)

    """
  }

  private static func vex(_ status: String) -> String {
    #"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"v","author":"Ana","timestamp":"2026-01-01T00:00:00Z","#
      + #""version":1,"statements":[{"vulnerability":{"name":"CVE-2026-1"},"products":[{"@id":"pkg:npm/lodash@4.17.20"}],"#
      + #""status":"\#(status)","justification":"vulnerable_code_not_in_execute_path"}]}"#
  }

  private func workplace(_ policy: String, _ files: [String: String] = [:]) async throws -> Workplace {
    let workplace = try await Workplace(policy: policy, files: files)
    try workplace.write(Self.trivy, to: "reports/trivy.json")
    return workplace
  }

  @Test func `a waived finding and a waived line go through, marked and counted, until they end`() async throws {
    func waiver(_ until: String) -> String {
      "  - { id: known, applies-to: scan, finding: CVE-2026-1, reason: Never called., owner: security@clinic.example, "
        + "until: \"\(until)\" }"
    }
    let waived = try await workplace(Self.policy(waiver: waiver("2090-01-01"))).gatehouse("check", "--format", "json")
    #expect(waived.exit == 0, "\(waived.talk)")
    let document = try waived.document()
    #expect(document["decision"] == "passed")
    #expect(document.line("scan")?["status"] == "waived" && document.line("unit")?["status"] == "waived")
    #expect(document.line("scan")?["waivers"] == ["known"] && document.line("scan")?["examined"]?["waived"] == 1)
    #expect(document.line("scan")?["exceptions"]?[0]?["owner"] == "security@clinic.example")
    for word in ["~ scan", "Never called.", "security@clinic.example", "passed: 2 waived, 0 passed"] {
      #expect(waived.talk.contains(word), "\(word): \(waived.talk)")
    }
    let ended = try await workplace(Self.policy(waiver: waiver("2026-01-01"))).gatehouse("check", "--format", "json")
    #expect(ended.exit == 1 && ended.talk.contains("waiver known ended on 2026-01-01"), "\(ended.talk)")
  }

  @Test func `a VEX document lets off as it is committed, and a file that is only there does not`() async throws {
    let policy = Self.policy(", exceptions: [\"vex/*.json\"]")
    let committed = try await workplace(policy, ["vex/a.json": Self.vex("not_affected")])
    // What is on disk now says otherwise, and is not asked.
    try committed.write(Self.vex("affected"), to: "vex/a.json")
    let passed = try await committed.gatehouse("check", "--format", "json")
    #expect(passed.exit == 0, "\(passed.talk)")
    let line = try passed.document().line("scan")
    #expect(line?["status"] == "pass" && line?["examined"]?["excepted"] == 1)
    #expect(line?["evidence"]?.array?.contains { $0["path"] == "vex/a.json" && $0["format"] == "openvex" } == true)

    let affected = try await workplace(policy, ["vex/a.json": Self.vex("affected")])
    try affected.write(Self.vex("not_affected"), to: "vex/a.json")
    #expect(try await affected.gatehouse("check").exit == 1)

    let stray = try await workplace(policy)
    try stray.write(Self.vex("not_affected"), to: "vex/a.json")
    let told = try await stray.gatehouse("check")
    #expect(told.exit == 1 && told.output.contains("vex/a.json is not in the commit"), "\(told.output)")

    let none = try await workplace(policy).gatehouse("check")
    #expect(none.exit == 1 && none.output.contains("vex/*.json names no file of the commit"), "\(none.output)")

    let broken = try await workplace(policy, ["vex/a.json": "{"]).asked("check").line("scan")
    #expect(broken?["status"] == "fail" && broken?.told.contains("vex/a.json") == true, "\(broken?.told ?? "")")
    let gone = try await workplace(Self.policy(", exceptions: [vex/a.json]")).asked("check").line("scan")
    #expect(gone?.told.contains("vex/a.json is not in the commit") == true, "\(gone?.told ?? "")")
  }

  @Test func `an empty report is clean only of a named tool whose command was seen to end well`() async throws {
    func policy(_ keys: String) -> String {
      "checklist: [{ id: leaks, check: findings, reports: [reports/leaks.json], limits: { any: \"<= 0\" }\(keys) }]\n"
    }
    func checked(_ keys: String, _ collect: String) async throws -> Invocation {
      let workplace = try await Workplace(policy: policy(keys))
      return try await workplace.shell("mkdir -p reports; \(collect); gatehouse check --format json")
    }
    let seen = "gatehouse collect --command 'echo [] > reports/leaks.json' reports/leaks.json"
    #expect(try await checked(", formats: [gitleaks]", seen).exit == 0)
    for (keys, collect) in [
      ("", seen), (", formats: [sarif]", seen), (", formats: [gitleaks]", "echo [] > reports/leaks.json"),
      (", formats: [gitleaks]", "echo [] > reports/leaks.json; gatehouse collect reports/leaks.json"),
      (
        ", formats: [gitleaks]",
        "gatehouse collect --command 'echo [] > reports/leaks.json; exit 1' reports/leaks.json"
      ), (", formats: [gitleaks]", seen + "; echo {} > reports/leaks.json"),
    ] {
      let judged = try await checked(keys, collect)
      #expect(judged.exit == 3, "\(keys) \(collect): \(judged.talk)")
    }
  }

  @Test func `what is new is told by a committed baseline`() async throws {
    let keys = ", only-new: true, baseline: [security/baseline.json]"
    let known = try await workplace(Self.policy(keys), ["security/baseline.json": Self.trivy])
    let passed = try await known.gatehouse("check", "--format", "json")
    #expect(passed.exit == 0, "\(passed.talk)")
    #expect(try passed.document().line("scan")?["examined"]?["known-before"] == 1)
    let missing = try await workplace(Self.policy(keys)).gatehouse("check")
    #expect(missing.exit == 1 || missing.exit == 3)
    #expect(missing.output.contains("security/baseline.json is not in the commit"), "\(missing.output)")
  }

  @Test func `a waiver for a line that is not there is an error of the policy`() async throws {
    let workplace = try await Workplace(
      policy: "checklist: [{ id: unit, check: command, run: \"true\" }]\nwaivers: [{ id: w, applies-to: scam, "
        + "reason: r, owner: o, until: \"2090-01-01\" }]\n")
    #expect(try await workplace.gatehouse("check").exit == 2)
  }
}
