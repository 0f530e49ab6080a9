import Core
import JSONText
import TestSupport
import Testing

/// One way to end one verb.
struct Ending: Sendable, CustomTestStringConvertible {
  let arguments: [String]
  let exit: Int32
  let decision: String
  /// The verb as the document names it.
  var verb: String
  var environment: [String: String] = [:]

  init(_ line: String, _ exit: Int32, _ decision: String, verb: String, with environment: [String: String] = [:]) {
    arguments = line.split(separator: " ").map(String.init)
    self.exit = exit
    self.decision = decision
    self.verb = verb
    self.environment = environment
  }

  var testDescription: String { "gatehouse " + arguments.joined(separator: " ") }

  /// Nobody listens on the port of this address.
  private static let nowhere = ["DATABASE_URL": "postgresql://gate:secret-word@127.0.0.1:9/clinic"]

  static let all: [Ending] = [
    Ending("check --policy passes.yml", 0, "passed", verb: "check"),
    Ending("check --policy fails.yml", 1, "refused", verb: "check"),
    Ending("check --policy mixed.yml", 1, "refused", verb: "check"),
    Ending("check --policy open.yml", 3, "inconclusive", verb: "check"),
    Ending("check --policy interrupted.yml", 4, "failed", verb: "check"),
    Ending("check --policy bare.yml", 2, "usage", verb: "check"),
    Ending("check --policy broken.yml", 2, "usage", verb: "check"),
    Ending("check --policy none.yml", 2, "usage", verb: "check"),
    Ending("check --nonsense", 2, "usage", verb: "check"),
    Ending("check --environment= --policy passes.yml", 2, "usage", verb: "check"),
    Ending("check --format", 2, "usage", verb: "check"),
    Ending("check too many", 2, "usage", verb: "check"),
    Ending("collect kept/*.xml", 0, "collected", verb: "collect"),
    Ending("collect reports/*.xml", 3, "inconclusive", verb: "collect"),
    Ending("collect --command true kept/*.xml", 3, "inconclusive", verb: "collect"),
    Ending("collect --commit 1a2b3c4 kept/*.xml", 2, "usage", verb: "collect"),
    Ending("collect", 2, "usage", verb: "collect"),
    Ending("policy validate", 0, "valid", verb: "policy-validate"),
    Ending("policy validate broken.yml", 2, "usage", verb: "policy-validate"),
    Ending("policy validate none.yml", 2, "usage", verb: "policy-validate"),
    Ending("policy show", 0, "valid", verb: "policy-show"),
    Ending("policy show --policy broken.yml", 2, "usage", verb: "policy-show"),
    Ending("policy schema", 0, "told", verb: "policy-schema"),
    Ending("policy schema extra", 2, "usage", verb: "policy-schema"),
    Ending("policy --nonsense", 2, "usage", verb: "policy"),
    Ending("snapshot create --policy bare.yml", 2, "usage", verb: "snapshot-create"),
    Ending("snapshot create", 4, "failed", verb: "snapshot-create"),
    Ending("snapshot create", 4, "failed", verb: "snapshot-create", with: nowhere),
    Ending("snapshot list", 0, "told", verb: "snapshot-list"),
    Ending("snapshot list --policy bare.yml", 2, "usage", verb: "snapshot-list"),
    Ending("snapshot verify", 3, "inconclusive", verb: "snapshot-verify"),
    Ending("snapshot verify 01J", 3, "inconclusive", verb: "snapshot-verify"),
    Ending("snapshot restore --yes", 3, "inconclusive", verb: "snapshot-restore", with: nowhere),
    Ending("snapshot restore --yes --no", 2, "usage", verb: "snapshot-restore"),
    Ending("migrate plan", 4, "failed", verb: "migrate-plan", with: nowhere),
    Ending("migrate plan --policy bare.yml", 2, "usage", verb: "migrate-plan"),
    Ending("migrate lint", 4, "failed", verb: "migrate-lint", with: nowhere),
    Ending("migrate lint --policy bare.yml", 2, "usage", verb: "migrate-lint"),
    Ending("migrate --nonsense", 2, "usage", verb: "migrate"),
    Ending("status", 0, "told", verb: "status"),
    Ending("status --policy stored.yml", 4, "failed", verb: "status", with: nowhere),
    Ending("status --nonsense", 2, "usage", verb: "status"),
    Ending("explain --policy apart/gatehouse.yml", 2, "usage", verb: "explain"),
    Ending("explain 01M7Y89JXBNE91XZRZNM2JYG7V", 2, "usage", verb: "explain"),
    Ending("nonsense", 2, "usage", verb: "usage"),
    Ending("--nonsense", 2, "usage", verb: "usage"),
  ]
}

/// What machines rely on: one document on standard output, and an exit code that no flag changes.
@Suite struct MachineContractTests {
  /// A repository whose policies end `check` in every way.
  static let workplace = Task { () -> Workplace in
    let head = "apiVersion: gatehouse/v1\nname: clinic\n"
    let workplace = try await Workplace(
      policy: """
        checklist:
          - { id: quick, check: command, run: "true" }
        database:
          url: { env: DATABASE_URL }
          snapshot: { to: [{ directory: snapshots }] }
          migrations: { tool: sql, directory: migrations }

        """,
      files: [
        "passes.yml": head + "checklist:\n  - { id: quick, check: command, run: \"true\" }\n",
        "fails.yml": head + "checklist:\n  - { id: quick, check: command, run: \"false\" }\n",
        "open.yml": head + "checklist:\n  - { id: tests, check: tests, reports: [\"reports/*.xml\"] }\n",
        "mixed.yml": head + """
          checklist:
            - { id: tests, check: tests, reports: ["reports/*.xml"] }
            - { id: bad, check: command, run: "false" }
            - { id: minor, check: command, run: "false", severity: warning }
            - { id: good, check: command, run: "true" }

          """,
        "interrupted.yml": head
          + "checklist:\n  - { id: long, check: command, run: \"kill -TERM $PPID; exec sleep 50\" }\n",
        "bare.yml": head, "apart/gatehouse.yml": head,
        "broken.yml": head + "checklists: []\nchecklist:\n  - { id: x, check: nonsense }\n",
        "stored.yml": head + "store: { postgres: { env: DATABASE_URL } }\n",
        "migrations/001_a.up.sql": "SELECT 1;\n",
      ])
    try workplace.write(TeamReports.tests, to: "kept/junit.xml")
    return workplace
  }

  @Test(arguments: Ending.all)
  func `every ending is one document and one exit code, whatever the flags`(ending: Ending) async throws {
    let workplace = try await Self.workplace.value
    let human = try await workplace.gatehouse(ending.arguments, ending.environment)
    #expect(human.exit == ending.exit, "\(human.output)\(human.talk)")
    // Standard output is for answers: wrong usage and failures go to people.
    if [2, 4].contains(ending.exit) { #expect(human.output.isEmpty && !human.talk.isEmpty) }

    for flags in [["--format", "json"], ["--format=json"]] {
      // An option that lacks its value would take the flag for it.
      let arguments = ending.arguments == ["check", "--format"] ? flags + ending.arguments : ending.arguments + flags
      let answer = try await workplace.gatehouse(
        ending.arguments == ["check", "--format"] ? ["check"] + flags + ["--format"] : arguments, ending.environment)
      #expect(answer.exit == ending.exit)
      let document = try answer.document()
      #expect(document["schema"]?.string == "gatehouse.\(ending.verb)/v1")
      #expect(document["decision"]?.string == ending.decision)
      #expect(document["exit"]?.integer == Int64(ending.exit))
      let isJudged = ending.verb == "check" && [0, 1, 3].contains(ending.exit)
      #expect(document["run"] != nil && (document["run"]?.string != nil) == isJudged)
      #expect(isJudged == (document["checks"] != nil))
      if !isJudged, ending.exit != 0 {
        let problems = document["problems"]?.array ?? []
        #expect(!problems.isEmpty)
        for problem in problems { #expect(problem["code"]?.string != nil && problem["what"]?.string != nil) }
      }
      // What is shown on demand is in the document; all else is told to people as well.
      let isShown = ["policy-schema", "policy-show"].contains(ending.verb) && ending.exit == 0
      #expect(answer.talk.isEmpty == isShown, "\(answer.talk)")
      for text in [answer.output, answer.talk, human.output, human.talk] { #expect(!text.contains("secret-word")) }
    }
  }

  @Test func `checks has one entry for each line of the checklist, in its order, and no other`() async throws {
    let document = try await Self.workplace.value.asked("check", "--policy", "mixed.yml")
    let checks = document["checks"]?.array ?? []
    #expect(checks.map { $0["id"]?.string } == ["tests", "bad", "minor", "good"])
    #expect(checks.map { $0["status"]?.string } == ["inconclusive", "fail", "warning", "pass"])
    for check in checks {
      let keys = Set((check.members ?? []).map(\.key))
      #expect(keys.isSuperset(of: ["id", "title", "status", "examined", "reason", "remedy", "evidence"]))
      #expect((check["remedy"]?.string != nil) == (check["status"] != "pass"))
    }
  }

  @Test func `a verdict is found again by its run`() async throws {
    let workplace = try await Workplace(policy: "checklist: [{ id: quick, check: command, run: \"true\" }]\n")
    let verdict = try await workplace.asked("check")
    let run = try #require(verdict["run"]?.string)
    #expect(try await workplace.asked("explain", run)["checklist"] == verdict)
    let told = try await workplace.gatehouse("explain", run)
    #expect(told.exit == 0 && told.output.contains("✓ quick   exit of the command: 0, asked 0"))
    let runs = try await workplace.asked("status")["runs"]?.array ?? []
    #expect(runs.map { $0["run"]?.string } == [run] && runs.first?["standing"] == "passed")
    // Keeping it changes nothing that is under version control.
    #expect(try await workplace.git.git("status", "--porcelain") == "")
  }

  @Test func `a verdict that cannot be kept stands, and no run is promised`() async throws {
    let workplace = try await Workplace(
      policy: "evidence: { bind-to: none }\nchecklist: [{ id: tests, check: tests, reports: [kept.xml] }]\n",
      files: ["kept.xml": TeamReports.tests])
    try await workplace.shell("ln -s nowhere/deeper .gatehouse")
    let checked = try await workplace.gatehouse("check")
    #expect(checked.exit == 0)
    #expect(checked.output.contains("passed: 1 passed") && !checked.output.contains("gatehouse explain"))
    #expect(checked.talk.contains("warning:"))
  }

  @Test func `a store that cannot be used ends the check before it decides`() async throws {
    let workplace = try await Workplace(policy: "checklist: [{ id: quick, check: command, run: \"true\" }]\n")
    try workplace.write("in the way", to: ".gatehouse")
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 4)
    #expect(try checked.document()["problems"]?[0]?["code"] == "store.unavailable")
  }

  @Test(arguments: [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-", "> /dev/full"])
  func `an output that takes nothing changes neither the exit code nor a file`(closed: String) async throws {
    let workplace = try await Workplace(
      policy: "checklist: [{ id: tests, check: tests, reports: [reports/junit.xml] }]\n",
      files: ["kept.xml": TeamReports.tests])
    let collect = "collect --command 'mkdir reports; cp kept.xml reports/junit.xml' 'reports/*.xml'"
    #expect(try await workplace.shell("gatehouse \(collect) \(closed)").exit == 0)
    #expect(try await workplace.shell("gatehouse check --format json \(closed)").exit == 0)
    let document = try await workplace.asked("check")
    #expect(document["decision"] == "passed")
    let runs = try await workplace.asked("status")["runs"]?.array ?? []
    #expect(runs.count == 2)
  }

  @Test func `a Vercel that cannot be reached leaves its lines undecided and decides nothing`() async throws {
    let workplace = try await Workplace(
      policy: """
        projects: [{ id: api, path: ., vercel: { project: clinic-api, token: { env: VERCEL_TOKEN } } }]
        checklist:
          - { id: projects, check: vercel-projects }
          - { id: variables, check: environment-variables }
          - { id: way-back, check: rollback-plan }

        """)
    let checked = try await workplace.gatehouse(
      ["check", "--format", "json"], ["VERCEL_API_URL": "http://127.0.0.1:9", "VERCEL_TOKEN": "secret-word"])
    #expect(checked.exit == 3, "\(checked.talk)")
    let checks = try checked.document()["checks"]?.array ?? []
    #expect(checks.map { $0["status"]?.string } == ["inconclusive", "inconclusive", "inconclusive"])
    #expect(!(checked.output + checked.talk).contains("secret-word"))
  }
}
