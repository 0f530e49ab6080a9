import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// Layers, contradictions and change control of the policy, with the built program.
@Suite struct PolicyLayerTests {
  static let organisation = """
    apiVersion: gatehouse/v1
    name: organisation
    checklist: [{ id: quick, check: command, run: "true", timeout: 5m }]

    """

  @Test(arguments: [
    "checklist: [{ id: quick, run: \"echo fine\" }]", "evidence: { max-age: 30d }",
    "waivers: [{ id: w, applies-to: quick, reason: r, owner: o, until: \"2099-01-01\" }]",
  ])
  func `a layer that loosens is refused at both places, and nothing runs`(text: String) async throws {
    let workplace = try await Workplace(
      policy: "extends: org/base.yml\n" + text + "\n", files: ["org/base.yml": Self.organisation])
    for verb in [["policy", "validate"], ["check"]] {
      let refused = try await workplace.gatehouse(verb + ["--format", "json"])
      #expect(refused.exit == 2, "\(refused.talk)")
      let problem = try refused.document()["problems"]?.array?.first
      #expect(problem?["code"]?.string == "policy.laxer" && problem?["line"]?.integer == 4)
      #expect(problem?["with"]?["file"]?.string == "org/base.yml")
      #expect(refused.talk.contains("gatehouse.yml:4:") && refused.talk.contains("with org/base.yml:"))
    }
  }

  @Test func `a certain contradiction is exit 2, and a doubtful one is told with exit 0`() async throws {
    let alert =
      "alerts: { rules: [{ id: a, when: { consecutive-failures: \">= 2\" }, severity: critical, notify: [dashboard] }] }\n"
    let doubtful = try await Workplace(policy: "health: { rollback-after: 3 }\n" + alert)
    let told = try await doubtful.gatehouse("policy", "validate", "--format", "json")
    #expect(told.exit == 0, "\(told.talk)")
    let warning = try told.document()["warnings"]?.array?.first
    #expect(warning?["name"]?.string == "alert.before-rollback" && warning?["line"]?.integer == 4)
    #expect(warning?["with"]?["line"]?.integer == 3 && warning?["hint"]?.string?.isEmpty == false)
    #expect(told.talk.contains("warning: gatehouse.yml:4:") && told.talk.contains("with gatehouse.yml:3:"))

    let certain = try await Workplace(policy: "health: { rollback-after: 1 }\n" + alert)
    let refused = try await certain.gatehouse("policy", "validate", "--format", "json")
    #expect(refused.exit == 2, "\(refused.talk)")
    #expect(try refused.document()["problems"]?.array?.first?["name"]?.string == "alert.never")
  }

  @Test func `the text that judged a run is kept as it was, with every layer and pack`() async throws {
    let workplace = try await Workplace(
      policy: "extends: org/base.yml\n",
      files: ["org/base.yml": Self.organisation, "gatehouse/controls/own.yml": "# a pack of our own\n"])
    let first = try await workplace.asked("check")["run"]?.string ?? ""
    try workplace.write(Self.organisation + "# a comment\n", to: "org/base.yml")
    try workplace.write("# another text\n", to: "gatehouse/controls/own.yml")
    let second = try await workplace.asked("check")["run"]?.string ?? ""
    let told = try await workplace.gatehouse("explain", second, "--against", first, "--format", "json")
    let files = try told.document()["difference"]?["policy"]?["files"]?.array ?? []
    // The meaning is the same, the text is not.
    #expect(
      files.compactMap { $0["path"]?.string } == ["gatehouse/controls/own.yml", "org/base.yml"], "\(told.output)")
    #expect(files.allSatisfy { $0["was"]?.string?.count == 64 && $0["now"]?.string?.count == 64 })
  }

  @Test func `a secret in a comment of a layer is refused, because the text is kept`() async throws {
    let token = "vcp_" + "0123456789abcdefGHIJ"
    let workplace = try await Workplace(
      policy: "extends: org/base.yml\n", files: ["org/base.yml": Self.organisation + "# was: \(token)\n"])
    let refused = try await workplace.gatehouse("check", "--format", "json")
    #expect(refused.exit == 2)
    #expect(try refused.document()["problems"]?.array?.first?["code"]?.string == "policy.secret")
    #expect(!(refused.output + refused.talk).contains(token))
  }

  @Test func `show says what changed since a commit, and which way`() async throws {
    let workplace = try await Workplace(policy: "evidence: { max-age: 12h }\nrollback: { at-most: 1 }\n")
    try workplace.write(
      "apiVersion: gatehouse/v1\nname: clinic\nevidence: { max-age: 24h }\nrollback: { validate: make check }\n",
      to: "gatehouse.yml")
    let told = try await workplace.gatehouse("policy", "show", "--since", "HEAD")
    #expect(told.exit == 0, "\(told.talk)")
    #expect(told.output.contains("evidence.max-age: 12h → 24h (looser)"), "\(told.output)")
    #expect(told.output.contains("rollback.validate: nothing → make check (stricter)"), "\(told.output)")
    let changes = try await workplace.asked("policy", "show", "--since", "HEAD")["changes"]?.array ?? []
    #expect(changes.compactMap { $0["path"]?.string } == ["evidence.max-age", "rollback.validate"], "\(changes)")
    #expect(try await workplace.gatehouse("policy", "show", "--since", "no-such-revision").exit != 0)
  }
}

@Suite(.inTurn) struct `A release that changes its own judge` {
  @Test func `shows in its plan what of the policy and the people changed since production`() async throws {
    let clinic = try await Clinic()
    let first = try await clinic.run("deploy")
    #expect(first.exit == 0, "\(first)")
    let policy = try clinic.text("gatehouse.yml")
      .replacing(
        "path: /api/health/database, expect: { status: 200 }",
        with: "path: /api/health/database, expect: { status: [200, 204] }"
      )
      .replacing("verify: 40s", with: "verify: 30s")
    try clinic.folder.write(policy, to: "gatehouse.yml")
    try clinic.folder.write("# nobody yet\n", to: "gatehouse/people.yml")
    try await shell("git add -A && git commit -q -m 'Change the judge'", in: clinic.folder.path)

    let second = try await clinic.run("deploy")
    #expect(second.exit == 0, "\(second)")
    for words in [
      "what decides about releases changed since \(clinic.commit.prefix(7)), 1 of it looser than before",
      "policy gatehouse.yml changed", "people gatehouse/people.yml",
      "health.probes.api.expect.status: 200 → [200, 204] (looser)", "release.budget.verify: 40s → 30s (stricter)",
    ] {
      #expect(second.words.contains(words), "\(words) is not in\n\(second)")
    }
    let changes = try await clinic.run("explain").document["plan"]?["changes"]
    #expect(changes?["since"]?.string == clinic.commit)
    #expect(changes?["policy"]?.array?.compactMap { $0["direction"]?.string } == ["looser", "stricter"])
    #expect(changes?["unknown"]?.array?.isEmpty == true, "\(changes?.text() ?? "none")")
  }

  @Test func `says that it does not know when production's commit is not here`() async throws {
    let clinic = try await Clinic()
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0, "\(ended)")
    #expect(ended.words.contains("whether what decides about releases changed is not known"), "\(ended)")
    let changes = try await clinic.run("explain").document["plan"]?["changes"]
    #expect(changes?["unknown"]?.array?.count == 1)
  }
}
