import Core
import JSONText
import TestSupport
import Testing

/// `collect` signs and `check` asks for it: whoever can write into the folder of reports, and has no key, vouches for nothing.
@Suite struct SignedEvidenceTests {
  private static let checklist = """
    checklist:
      - { id: tests, check: tests, reports: ["reports/junit*.xml"], examined: ">= 5 tests" }
      - { id: scan, check: findings, reports: ["reports/scan.sarif"], limits: { any: "<= 0" } }

    """
  private static let evidence = """
    evidence:
      signers: [{ id: ci, key: gatehouse/keys/ci.pem }]
      provenance: ["attestations/*.jsonl"]
      sign-with: { env: EVIDENCE_KEY }

    """

  /// A repository with the public key in it, and the private one beside.
  private func workplace(
    evidence: String = SignedEvidenceTests.evidence, key: KeyPair
  ) async throws -> Workplace {
    let workplace = try await Workplace(
      policy: evidence + Self.checklist, files: ["gatehouse/keys/ci.pem": key.publicKey])
    try workplace.write(TeamReports.tests, to: "kept/junit-a.xml")
    try workplace.write(TeamReports.moreTests, to: "kept/junit-b.xml")
    try workplace.write(TeamReports.scan, to: "kept/scan.sarif")
    try await workplace.shell("mkdir -p reports attestations; echo attestations/ >> .git/info/exclude")
    return workplace
  }

  private func collect(
    _ workplace: Workplace, key: KeyPair, command: String = "cp kept/* reports/", _ further: String...
  ) async throws -> Invocation {
    try await workplace.gatehouse(
      ["collect", "--format", "json", "--command", command] + further + ["reports/*"],
      ["EVIDENCE_KEY": key.privateKey])
  }

  private static let attestation = "reports/gatehouse-evidence.intoto.json"
  private static let manifest = "reports/gatehouse-evidence.json"

  @Test func `what collect signs passes, is bound by name, and is verified by securesystemslib`() async throws {
    let key = try await KeyPair.make()
    let workplace = try await workplace(key: key)
    let collected = try await collect(workplace, key: key)
    #expect(collected.exit == 0, "\(collected.talk)")
    try workplace.write(key.publicKey, to: "kept/ci.pem")
    let counted = try await KeyPair.securesystemslib([
      "verify", "1", workplace.path + "/" + Self.attestation, workplace.path + "/kept/ci.pem",
    ])
    #expect(try collected.document()["signed-with"]?.string.map { $0 + "\n" } == counted)

    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 0, "\(checked.talk)")
    for line in try checked.document()["checks"]?.array ?? [] {
      for evidence in line["evidence"]?.array ?? [] {
        #expect(evidence["bound-by"] == "signed-manifest" && evidence["signer"] == "ci", "\(evidence.text())")
      }
      #expect(line.told.contains("bound to the commit by the signature of ci"), "\(line.told)")
    }
    // The manifest is for people: without it nothing changes.
    try await workplace.shell("rm \(Self.manifest)")
    #expect(try await workplace.gatehouse("check").exit == 0)
  }

  struct Attack: Sendable, CustomTestStringConvertible {
    let name: String
    let done: String
    let place: String
    let why: String
    var testDescription: String { name }
  }

  private static let rewritten =
    "sed -i 's/name=\"two\"/name=\"2\"/' reports/junit-a.xml; gatehouse collect --unsigned 'reports/*' >&2"

  @Test(arguments: [
    Attack(
      name: "a changed report", done: "sed -i 's/name=\"two\"/name=\"2\"/' reports/junit-a.xml",
      place: "reports/junit-a.xml", why: "was changed after it was collected"),
    Attack(
      name: "report and manifest written anew", done: rewritten, place: "reports/junit-a.xml",
      why: "was changed after it was collected"),
    Attack(
      name: "signed by another key",
      done: "rm \(attestation); \(rewritten); EVIDENCE_KEY=\"$OTHER_KEY\" gatehouse collect 'reports/*' >&2",
      place: "reports/junit-a.xml", why: "\(attestation) is signed by no key that is trusted"),
    Attack(
      name: "another key on disk, not in the commit",
      done: "\(rewritten); EVIDENCE_KEY=\"$OTHER_KEY\" gatehouse collect 'reports/*' >&2; "
        + "printf '%s' \"$OTHER_PUBLIC\" > gatehouse/keys/ci.pem; git update-index --assume-unchanged gatehouse/keys/ci.pem",
      place: "reports/junit-a.xml", why: "\(attestation) is signed by no key that is trusted"),
    Attack(
      name: "no signature", done: "rm \(attestation)", place: "reports/junit-a.xml",
      why: "there is no attestation by a signer"),
    Attack(
      name: "an emptied list of signatures", done: "sed -i 's/\"signatures\":.*/\"signatures\":[]}/' \(attestation)",
      place: "reports/junit-a.xml", why: "has no signature"),
    Attack(
      name: "a changed attestation", done: "sed -i 's/\"payload\":\"..../\"payload\":\"eyJh/' \(attestation)",
      place: "reports/junit-a.xml", why: "is signed by no key that is trusted"),
    Attack(
      name: "a report taken away", done: "rm reports/junit-b.xml", place: "reports/junit-b.xml",
      why: "was collected and is gone"),
    Attack(
      name: "a report in the place of another", done: "cp reports/junit-a.xml reports/junit-b.xml",
      place: "reports/junit-b.xml", why: "was changed after it was collected"),
    Attack(
      name: "a further report", done: "echo '<testsuite><testcase name=\"x\"/></testsuite>' > reports/junit-c.xml",
      place: "reports/junit-c.xml", why: "is bound by no signature of a signer"),
    Attack(
      name: "another commit", done: "git commit -q --allow-empty -m 'Another'", place: "reports/junit-a.xml",
      why: "is about commit"),
  ])
  func `who has no key vouches for nothing`(attack: Attack) async throws {
    let (key, other) = (try await KeyPair.make(), try await KeyPair.make())
    let workplace = try await workplace(key: key)
    #expect(try await collect(workplace, key: key).exit == 0)
    let done = try await workplace.shell(
      "git config user.name Ana; git config user.email ana@example.org; " + attack.done,
      ["OTHER_KEY": other.privateKey, "OTHER_PUBLIC": other.publicKey])
    #expect(done.exit == 0, "\(done.talk)")
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 3, "\(checked.talk)")
    let line = try #require(try checked.document().line("tests"))
    #expect(line["status"] == "inconclusive")
    #expect(line.told.contains(attack.place) && line.told.contains(attack.why), "\(line.told)")
    #expect(line["remedy"]?.string?.isEmpty == false)
  }

  @Test func `no subset of signed evidence is judged better than all of it`() async throws {
    let key = try await KeyPair.make()
    let workplace = try await workplace(key: key)
    try workplace.write(TeamReports.failing, to: "kept/junit-b.xml")
    #expect(try await collect(workplace, key: key).exit == 0)
    #expect(try await workplace.gatehouse("check").exit == 1)
    try await workplace.shell("cp -a reports all")
    let files = [
      "junit-a.xml", "junit-b.xml", "scan.sarif", "gatehouse-evidence.json", "gatehouse-evidence.intoto.json",
    ]
    for subset in 1..<32 {
      let gone = files.indices.filter { subset & (1 << $0) != 0 }.map { "reports/" + files[$0] }
      let left = try await workplace.shell(
        "rm -rf reports; cp -a all reports; rm \(gone.joined(separator: " ")); gatehouse check")
      #expect([1, 3].contains(left.exit), "without \(gone): \(left.output)")
    }
  }

  @Test func `the private key reaches neither the command, nor what it prints, nor any file`() async throws {
    let key = try await KeyPair.make()
    let workplace = try await workplace(key: key)
    let digits = try #require(key.privateKey.split(separator: "\n").dropFirst().first)
    let collected = try await workplace.gatehouse(
      ["collect", "--command", "cp kept/* reports/; env > kept/environment; env", "reports/*"],
      ["EVIDENCE_KEY": key.privateKey, "COPY_OF_IT": key.privateKey])
    #expect(collected.exit == 0, "\(collected.talk)")
    #expect(!(collected.output + collected.talk).contains(digits))
    let searched = try await workplace.shell("grep -rl -e '\(digits)' . ; test -s kept/environment")
    #expect(searched.exit == 0 && searched.output.isEmpty, "\(searched.output)")
  }

  @Test func `without the key nothing is run, and collect goes on unsigned only when told to`() async throws {
    let key = try await KeyPair.make()
    let workplace = try await workplace(key: key)
    let missing = try await workplace.gatehouse("collect", "--command", "cp kept/* reports/", "reports/*")
    #expect(missing.exit == 4 && missing.talk.contains("EVIDENCE_KEY") && missing.talk.contains("--unsigned"))
    let unfit = try await workplace.gatehouse(
      ["collect", "--command", "cp kept/* reports/", "reports/*"], ["EVIDENCE_KEY": "quiet-word"])
    #expect(unfit.exit == 4 && !unfit.talk.contains("quiet-word"), "\(unfit.talk)")
    #expect(try await workplace.shell("ls reports").output.isEmpty)
    let other = try await collect(workplace, key: key, "--commit", String(repeating: "a", count: 40))
    #expect(other.exit == 2, "\(other.talk)")
    let unsigned = try await workplace.gatehouse(
      "collect", "--unsigned", "--command", "cp kept/* reports/", "reports/*")
    #expect(unsigned.exit == 0, "\(unsigned.talk)")
    #expect(try await workplace.gatehouse("check").exit == 3)
  }

  /// Made by securesystemslib, as a builder elsewhere would.
  @Test func `provenance of a builder binds a report, and of another commit does not`() async throws {
    let key = try await KeyPair.make(.p256)
    let workplace = try await workplace(
      evidence: Self.evidence.replacing("ci.pem }", with: "ci.pem, builder: \"https://builder.example\" }"), key: key)
    try await workplace.shell("cp kept/* reports/")
    try workplace.write(key.privateKey, to: "kept/builder.pem")
    let head = try await workplace.git.git("rev-parse", "HEAD")
    func attest(_ commit: String, builder: String = "https://builder.example") async throws {
      let now = try await workplace.shell("date -u +%FT%TZ").output.split(separator: "\n").joined()
      let sums = try await workplace.shell("cd reports && sha256sum *").output.split(separator: "\n")
      let subjects = sums.map { line -> JSON in
        let parts = line.split(separator: " ")
        return ["name": .string(String(parts[1])), "digest": ["sha256": .string(String(parts[0]))]]
      }
      let statement: JSON = [
        "_type": "https://in-toto.io/Statement/v0.1", "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": .array(subjects),
        "predicate": [
          "builder": ["id": .string(builder)],
          "invocation": ["configSource": ["digest": ["sha1": .string(commit)]]],
          "metadata": ["buildFinishedOn": .string(now)],
        ],
      ]
      try workplace.write(statement.text(), to: "kept/statement.json")
      let envelope = try await KeyPair.securesystemslib([
        "sign", "application/vnd.in-toto+json", workplace.path + "/kept/statement.json",
        workplace.path + "/kept/builder.pem",
      ])
      try workplace.write(envelope, to: "attestations/build.intoto.jsonl")
    }
    try await attest(head)
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 0, "\(checked.talk)")
    let evidence = try checked.document().line("scan")?["evidence"]?[0]
    #expect(evidence?["bound-by"] == "provenance" && evidence?["commit"]?.string == head)

    try await attest(String(repeating: "a", count: 40))
    let foreign = try await workplace.asked("check").line("scan")
    #expect(foreign?["status"] == "inconclusive" && foreign?.told.contains("is about commit aaaaaaa") == true)
    try await attest(head, builder: "https://another.example")
    let unknown = try await workplace.asked("check").line("scan")
    #expect(unknown?["status"] == "inconclusive" && unknown?.told.contains("not for the builder") == true)
    try await workplace.shell("rm attestations/*")
    let gone = try await workplace.asked("check").line("scan")
    #expect(gone?["status"] == "inconclusive" && gone?.told.contains("attestations/*.jsonl names no file") == true)
  }

  @Test func `a key that is not committed, or is private, binds nothing and is told`() async throws {
    let key = try await KeyPair.make()
    let workplace = try await workplace(key: key)
    #expect(try await collect(workplace, key: key).exit == 0)
    for (text, told) in [(key.privateKey, "is a private key"), ("", "is not one public key")] {
      try await workplace.git.commit(["gatehouse/keys/ci.pem": text], "Change the key")
      let line = try await workplace.asked("check").line("tests")
      #expect(line?["status"] == "inconclusive" && line?.told.contains("gatehouse/keys/ci.pem " + told) == true)
    }
    try await workplace.git.git("rm", "-q", "gatehouse/keys/ci.pem")
    try await workplace.git.git("commit", "-q", "-m", "Remove the key")
    let line = try await workplace.asked("check").line("tests")
    #expect(line?["status"] == "inconclusive" && line?.told.contains("is not in the commit") == true)
  }
}
