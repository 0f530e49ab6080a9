import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// What a person and an auditor are told of a verdict afterwards, from its record alone.
@Suite(.inTurn) struct `An explained run` {
  static let policy = """
    evidence: { bind-to: none }
    checklist:
      - { id: coverage, check: coverage, reports: [reports/lcov.info], lines: ">= 90%" }
      - { id: tests, check: tests, reports: ["reports/*.xml"], examined: ">= 2 tests" }

    """

  /// Coverage of ten lines.
  static func lcov(_ covered: Int) -> String {
    "SF:a.js\n" + (1...10).map { "DA:\($0),\($0 <= covered ? 1 : 0)\n" }.joined() + "end_of_record\n"
  }

  func workplace(covered: Int) async throws -> Workplace {
    let workplace = try await Workplace(policy: Self.policy)
    try workplace.write(Self.lcov(covered), to: "reports/lcov.info")
    try workplace.write(TeamReports.tests, to: "reports/junit.xml")
    return workplace
  }

  /// Changes what the store holds of a run, as somebody with the file could.
  func tamper(_ workplace: Workplace, _ kind: String, _ run: String, _ from: String, _ to: String) async throws {
    let changed = try await workplace.shell(
      """
      python3 - <<'END'
      import glob, sqlite3
      store = sqlite3.connect(glob.glob('.gatehouse/*.sqlite')[0])
      done = store.execute("UPDATE documents SET document = replace(document, ?, ?) WHERE kind = ? AND id = ? "
        "AND instr(document, ?) > 0", ('\(from)', '\(to)', '\(kind)', '\(run)', '\(from)'))
      print(done.rowcount)
      store.commit()
      END
      """)
    #expect(changed.output == "1\n", "\(changed.talk)")
  }

  @Test func `says what would have changed a failing line, and that much changes it`() async throws {
    let workplace = try await workplace(covered: 7)
    #expect(try await workplace.asked("check")["exit"] == 1)
    let told = try await workplace.gatehouse("explain")
    #expect(told.exit == 0, "\(told.talk)")
    for words in [
      "✗ coverage   lines covered 70 % (7 of 10), asked ≥ 90 %", "would have passed: 2 more lines covered",
      "from reports/lcov.info, lcov",
      "✓ tests      failed tests 0, asked ≤ 0; 1 more failed test would have failed it", "refused: 1 failed, 1 passed",
      "replayed from the record: the same verdict", "evidence: 2 files still as they were",
    ] { #expect(told.output.contains(words), "\(told.output)") }
    let document = try await workplace.asked("explain")
    let change = document["lines"]?[0]?["toPass"]?[0]
    #expect(change?["steps"] == 2 && change?["figure"]?["part"] == 9, "\(document.text(.indented))")
    #expect(document["replay"]?["outcome"] == "same" && document["decision"] == "told")
    #expect(document["policy"]?["textKept"] == true && document["verdict"]?["decision"] == "refused")

    try workplace.write(Self.lcov(8), to: "reports/lcov.info")
    #expect(try await workplace.asked("check")["exit"] == 1)
    try workplace.write(Self.lcov(9), to: "reports/lcov.info")
    #expect(try await workplace.asked("check")["exit"] == 0)
  }

  @Test func `says of one line all that is known, and of its evidence how it stands now`() async throws {
    let workplace = try await workplace(covered: 9)
    let run = try #require(try await workplace.asked("check")["run"]?.string)
    try workplace.write(Self.lcov(8), to: "reports/lcov.info")
    try await workplace.shell("rm reports/junit.xml")
    let told = try await workplace.asked("explain", run)
    #expect(told["lines"]?[0]?["evidence"]?[0]?["now"] == "changed")
    #expect(told["lines"]?[1]?["evidence"]?[0]?["now"] == "gone")
    #expect(told["evidence"]?["changed"] == 1 && told["evidence"]?["gone"] == 1)
    // The verdict was judged from what was there then.
    #expect(told["replay"]?["outcome"] == "same" && told["verdict"]?["decision"] == "passed")
    let line = try await workplace.gatehouse("explain", run, "--line", "coverage")
    #expect(line.exit == 0 && !line.output.contains("tests that ran"))
    for words in [
      "as asked: lines covered 90 % (9 of 10), asked ≥ 90 %; 1 fewer line covered would have failed it",
      "evidence: reports/lcov.info: lcov", "changed since", "sha256 ", "examined: lines 10, covered 9",
    ] { #expect(line.output.contains(words), "\(line.output)") }
    let unknown = try await workplace.gatehouse("explain", run, "--line", "nonsense")
    #expect(unknown.exit == 2 && unknown.talk.contains("its lines are coverage, tests"))
  }

  @Test func `is found by how its name begins, and else the last runs are named`() async throws {
    let workplace = try await workplace(covered: 9)
    let empty = try await workplace.gatehouse("explain", "01J")
    #expect(empty.exit == 2 && empty.talk.contains("there is no store yet"))
    let first = try #require(try await workplace.asked("check")["run"]?.string)
    let second = try #require(try await workplace.asked("check", "--environment", "staging")["run"]?.string)
    #expect(try await workplace.asked("explain")["run"] == .string(first))
    #expect(try await workplace.asked("explain", "--environment", "staging")["run"] == .string(second))
    // Names differ within their random end at the latest.
    let common = zip(first, second).prefix { $0 == $1 }.count
    #expect(try await workplace.asked("explain", String(first.prefix(common + 1)))["run"] == .string(first))
    #expect(try await workplace.asked("explain", second.lowercased())["run"] == .string(second))
    let ambiguous = try await workplace.gatehouse("explain", String(first.prefix(1)))
    #expect(ambiguous.exit == 2 && ambiguous.talk.contains("2 runs begin with"))
    let unknown = try await workplace.gatehouse("explain", "7ZZ")
    #expect(unknown.exit == 2)
    for run in [first, second] {
      #expect(ambiguous.talk.contains(run) && unknown.talk.contains(run), "\(unknown.talk)")
    }
  }

  @Test func `beside another tells what differs, and is quiet when nothing does`() async throws {
    let workplace = try await workplace(covered: 9)
    let first = try #require(try await workplace.asked("check")["run"]?.string)
    let second = try #require(try await workplace.asked("check")["run"]?.string)
    let same = try await workplace.gatehouse("explain", second, "--against", first)
    #expect(
      same.output.split(separator: "\n").dropFirst(2) == ["the same verdict from the same figures"], "\(same.output)")
    try workplace.write(Self.lcov(7), to: "reports/lcov.info")
    let policy = Self.policy.replacing(">= 2 tests", with: ">= 3 tests")
    try workplace.write("apiVersion: gatehouse/v1\nname: clinic\n" + policy, to: "gatehouse.yml")
    let third = try #require(try await workplace.asked("check")["run"]?.string)
    let moved = try await workplace.gatehouse("explain", third, "--against", first)
    #expect(moved.exit == 0)
    for words in [
      "verdict: passed → refused", "policy: ", "policy file gatehouse.yml: changed",
      "policy, checklist.tests.examined: >= 2 tests → >= 3 tests (stricter)", "✗ coverage   pass → fail",
      "lines covered 90 % (9 of 10) → 70 % (7 of 10), asked ≥ 90 %", "tests that ran 3, asked ≥ 2 → ≥ 3",
      "evidence that differs: reports/lcov.info",
    ] { #expect(moved.output.contains(words), "\(moved.output)") }
    let document = try await workplace.asked("explain", third, "--against", first)
    #expect(document["against"]?["run"] == .string(first) && document["difference"]?["same"] == false)
    #expect(document["difference"]?["lines"]?[0]?["status"] == ["was": "pass", "now": "fail"])
    #expect(document["difference"]?["policy"]?["files"]?[0]?["path"] == "gatehouse.yml")
    #expect(document["difference"]?["policy"]?["keys"]?[0]?["direction"] == "stricter")
  }

  @Test(arguments: [
    ("checklist", #""status":"fail""#, #""status":"pass""#, "line coverage"),
    ("checklist", #""part":7"#, #""part":9"#, "line coverage"),
    ("checklist", #""decision":"refused""#, #""decision":"passed""#, "its lines make it refused"),
    // What bears the verdict as well as before, and is not what was written down.
    ("checklist", #""part":7"#, #""part":6"#, "not the document that was written down"),
  ])
  func `whose record was changed is named and believed no more`(
    kind: String, from: String, to: String, says: String
  ) async throws {
    let workplace = try await workplace(covered: 7)
    let run = try #require(try await workplace.asked("check")["run"]?.string)
    try await tamper(workplace, kind, run, from, to)
    let told = try await workplace.gatehouse("explain", run)
    #expect(told.exit == 3 && told.output.contains("NOT the recorded verdict"), "\(told.output)\(told.talk)")
    #expect(told.output.contains(says), "\(told.output)")
    let document = try await workplace.asked("explain", run)
    #expect(document["exit"] == 3 && document["decision"] == "inconclusive")
    #expect(document["problems"]?[0]?["code"] == "check.record-altered")
    #expect(document["replay"]?["outcome"] == "differs")
    try await tamper(workplace, kind, run, #""schema":"gatehouse.check/v1""#, #""schema":"other/v1""#)
    #expect(try await workplace.gatehouse("explain", run).exit == 3)
  }

  @Test func `of the version before shows what that one said`() async throws {
    let workplace = try await workplace(covered: 7)
    let run = try #require(try await workplace.asked("check")["run"]?.string)
    try await workplace.shell(
      """
      python3 - <<'END'
      import glob, json, sqlite3
      store = sqlite3.connect(glob.glob('.gatehouse/*.sqlite')[0])
      (text,) = store.execute("SELECT document FROM documents WHERE kind = 'checklist'").fetchone()
      document = json.loads(text)
      for check in document['checks']:
        del check['comparisons'], check['severity']
      store.execute("UPDATE documents SET document = ? WHERE kind = 'checklist'", (json.dumps(document),))
      store.execute("DELETE FROM documents WHERE kind IN ('checklist-digest', 'policy', 'policy-of-run')")
      store.commit()
      END
      """)
    let told = try await workplace.gatehouse("explain", run)
    #expect(told.exit == 0, "\(told.talk)")
    #expect(told.output.contains("70 % of 10 lines") && told.output.contains("kept no figures"), "\(told.output)")
    let document = try await workplace.asked("explain", run)
    #expect(document["replay"]?["outcome"] == "not-recorded" && document["lines"]?[0]?["comparisons"] == .null)
    let second = try #require(try await workplace.asked("check")["run"]?.string)
    #expect(try await workplace.asked("explain", second, "--against", run)["difference"]?["same"] == true)
  }

  @Test func `is words in ASCII when asked to be plain`() async throws {
    let workplace = try await workplace(covered: 7)
    let first = try #require(try await workplace.asked("check")["run"]?.string)
    try workplace.write(Self.lcov(9), to: "reports/lcov.info")
    _ = try await workplace.asked("check")
    for arguments in [["explain", first], ["explain", first, "--line", "coverage"], ["explain", "--against", first]] {
      let shown = try await workplace.gatehouse(arguments + ["--plain"])
      #expect(shown.exit == 0 && shown.output.allSatisfy(\.isASCII), "\(shown.output)")
    }
    #expect(try await workplace.gatehouse("explain", first, "--plain").output.contains("  FAIL    coverage"))
  }

  @Test func `is found in PostgreSQL as well`() async throws {
    let store = try await ThrowawayPostgres.database("store").reveal()
    let workplace = try await Workplace(policy: "store: { postgres: { env: STORE_URL } }\n" + Self.policy)
    try workplace.write(Self.lcov(7), to: "reports/lcov.info")
    try workplace.write(TeamReports.tests, to: "reports/junit.xml")
    let environment = ["STORE_URL": store]
    let first = try #require(try await workplace.asked("check", with: environment)["run"]?.string)
    try workplace.write(Self.lcov(9), to: "reports/lcov.info")
    let second = try #require(try await workplace.asked("check", with: environment)["run"]?.string)
    let told = try await workplace.asked("explain", with: environment)
    #expect(told["run"] == .string(second) && told["replay"]?["outcome"] == "same")
    let moved = try await workplace.asked("explain", "--against", first, with: environment)
    #expect(moved["difference"]?["lines"]?[0]?["status"] == ["was": "fail", "now": "pass"])
    try await shell(
      "psql -X -q -c \"UPDATE gatehouse.documents SET document = replace(document, '\\\"fail\\\"', '\\\"pass\\\"')\" '\(store)'",
      in: "/")
    #expect(try await workplace.gatehouse(["explain", first], environment).exit == 3)
  }
}

/// The same of releases, which have a plan and a journal beside their checklist.
@Suite(.inTurn) struct `An explained release` {
  @Test func `is replayed with its checklist, and compared with the one before`() async throws {
    let clinic = try await Clinic { $0.checklist = "  - { id: unit, check: command, run: \"true\" }" }
    let first = try await clinic.run("deploy")
    #expect(first.exit == 0, "\(first)")
    let run = try #require(first.document["run"]?.string)
    let told = try await clinic.run("explain")
    #expect(told.exit == 0 && told.document["run"] == .string(run), "\(told)")
    #expect(told.document["replay"]?["outcome"] == "same" && told.document["ending"] == "released")
    #expect(told.document["lines"]?[0]?["comparisons"]?[0]?["subject"] == "exit")
    #expect(told.words.contains("checklist 1 of 1") && told.words.contains("ended: released"))
    let line = try await clinic.run("explain", run, "--line", "unit")
    #expect(line.words.contains("as asked: exit of the command: 0, asked 0") && !line.words.contains("ended:"))

    let second = try await clinic.run("deploy")
    #expect(second.exit == 0, "\(second)")
    let compared = try await clinic.run("explain", "--against", run)
    #expect(compared.exit == 0 && compared.document["difference"]?["same"] == true, "\(compared)")
    #expect(compared.document["difference"]?["release"]?["way back"] != nil, "\(compared)")
  }

  @Test func `whose checklist is not what its plan was made from needs a person`() async throws {
    let clinic = try await Clinic { $0.checklist = "  - { id: unit, check: command, run: \"true\" }" }
    #expect(try await clinic.run("deploy").exit == 0)
    try await shell(
      """
      python3 - <<'END'
      import glob, sqlite3
      store = sqlite3.connect(glob.glob('.gatehouse/*.sqlite')[0])
      store.execute("UPDATE documents SET document = replace(document, 'succeeded', 'done') WHERE kind = 'checklist'")
      store.execute("DELETE FROM documents WHERE kind = 'checklist-digest'")
      store.commit()
      END
      """, in: clinic.folder.path)
    let told = try await clinic.run("explain")
    #expect(told.exit == 7 && told.decision == "needs-person", "\(told)")
    #expect(told.words.contains("not those that the plan of the release was made from"))
  }

  @Test func `that was refused by its checklist is told of, and nothing is left to resume`() async throws {
    let clinic = try await Clinic { $0.checklist = "  - { id: unit, check: command, run: \"false\" }" }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1)
    let told = try await clinic.run("explain")
    #expect(told.exit == 0 && told.document["run"] == ended.document["run"] && told.document["verb"] == "deploy")
    #expect(told.words.contains("would have passed: exit of the command: 0"), "\(told)")
    #expect(try await clinic.run("status").document["runs"]?[0]?["standing"] == "refused")
    #expect(try await clinic.run("resume").exit == 2)
  }
}
