import Core
import Testing

@testable import Checklist

@Suite struct `The check of the projects` {
  func judge(_ change: (inout ProjectFacts) -> Void) -> CheckReport {
    var facts = ProjectFacts(vercelID: "prj_1", vercelName: "n", production: "dpl_1", hosts: ["a.example"])
    change(&facts)
    return ProjectsCheck.judge(line(.vercelProjects), [(project("api"), .success(facts))])
  }

  @Test func `passes a project that a release can begin from`() {
    #expect(judge { _ in }.reason == "reached: api (1 domain)")
    let first = judge { $0.production = nil }
    #expect(first.status == .pass)
    #expect(first.details[0].contains("first release"))
    #expect(judge { $0.isPinned = true }.details[0].contains("pinned to dpl_1"))
  }

  @Test func `refuses one that nothing can be released to`() {
    #expect(judge { $0.isPaused = true }.status == .fail)
    #expect(judge { $0.isInTransfer = true }.status == .fail)
    #expect(judge { $0.hosts = [] }.status == .fail)
    #expect(judge { $0.hasJobUnderway = true }.status == .inconclusive)
  }

  @Test func `refuses two that are the same project`() {
    let facts = ProjectFacts(vercelID: "prj_1", vercelName: "n", production: "dpl_1", hosts: ["a.example"])
    let report = ProjectsCheck.judge(
      line(.vercelProjects), [(project("api"), .success(facts)), (project("web"), .success(facts))])
    #expect(report.status == .fail)
    #expect(report.reason == "api and web are the same project at Vercel")
  }

  @Test func `decides nothing without a project`() {
    #expect(ProjectsCheck.judge(line(.vercelProjects), []).status == .inconclusive)
  }
}

@Suite struct `The check of the variables` {
  func variable(_ key: String, _ value: String?, _ targets: [String] = ["production"], branch: String? = nil)
    -> VariableFact
  { VariableFact(key, value, targets, branch: branch) }

  func judge(
    _ api: [VariableFact], _ web: [VariableFact] = [], required: [String: [String]] = [:], same: [String] = [],
    unreadable: Project.Unreadable = .inconclusive, shared: [String] = [], unseen: String? = nil,
    live: ProjectVariables.Live? = nil
  ) -> CheckReport {
    var first = project("api")
    first.variables = required
    first.sameVariablesAs = same.isEmpty ? [:] : ["web": same]
    first.unreadable = unreadable
    first.sharedWithPreviews = shared
    return VariablesCheck.judge(
      line(.environmentVariables),
      [
        (first, .success(ProjectVariables(api, unseen: unseen, live: live))),
        (project("web"), .success(ProjectVariables(web))),
      ])
  }

  @Test func `a required key must be there, for its target, on no branch of its own, and not be empty`() {
    let asked = ["production": ["A"]]
    #expect(judge([variable("A", "x")], required: asked).status == .pass)
    #expect(judge([variable("A", nil)], required: asked).status == .pass)
    #expect(judge([], required: asked).status == .fail)
    #expect(judge([variable("A", "x", ["preview"])], required: asked).status == .fail)
    #expect(judge([variable("A", "x", branch: "topic")], required: asked).status == .fail)
    #expect(judge([variable("A", "")], required: asked).status == .fail)
    #expect(judge([variable("B", "x")], required: asked).reason == "api has no A for production")
    let placeholder = VariableFact(key: "A", targets: ["production"], content: .placeholder)
    #expect(judge([placeholder], required: asked).reason.contains("the placeholder [SENSITIVE]"))
    let system = VariableFact(key: "A", targets: ["production"], content: .system)
    #expect(judge([system], required: asked).status == .pass)
    let custom = VariableFact(key: "A", targets: [], content: .system, isForCustomEnvironments: true)
    #expect(judge([custom], required: asked).status == .fail)
  }

  @Test func `what the token may not see is not missing`() {
    let asked = ["production": ["A"]]
    let report = judge([], required: asked, unseen: "2 of production's are kept from the token")
    #expect(report.status == .inconclusive)
    #expect(report.reason.contains("cannot be told: 2 of production's"))
    #expect(judge([variable("A", "x")], required: asked, unseen: "something").status == .pass)
    #expect(judge([], [variable("A", "x")], same: ["A"], unseen: "something").status == .inconclusive)
  }

  @Test func `values that must be equal are compared`() {
    #expect(judge([variable("A", "x")], [variable("A", "x")], same: ["A"]).status == .pass)
    #expect(judge([variable("A", "x")], [variable("A", "y")], same: ["A"]).reason == "A differs between api and web")
    #expect(judge([variable("A", "x")], [], same: ["A"]).status == .fail)
    #expect(judge([], [variable("A", "x")], same: ["A"]).status == .fail)
    #expect(judge([variable("A", "")], [variable("A", "")], same: ["A"]).status == .fail)
    #expect(
      judge([variable("A", "x"), variable("A", "y")], [variable("A", "x")], same: ["A"]).status == .inconclusive)
  }

  @Test func `what nobody may read is inconclusive unless the policy says otherwise`() {
    #expect(judge([variable("A", nil)], [variable("A", "x")], same: ["A"]).status == .inconclusive)
    let told = judge(
      [variable("A", nil), variable("B", "x")], [variable("A", "x")], required: ["production": ["B"]], same: ["A"],
      unreadable: .warn)
    #expect(told.status == .pass)
    #expect(told.details[0].contains("A of api and web cannot be compared"))
    // Warned about everything, nothing is left that was looked at.
    #expect(judge([variable("A", nil)], [variable("A", "x")], same: ["A"], unreadable: .warn).status == .inconclusive)
  }

  @Test(
    arguments: [
      // One entry for both, even when nobody may read it.
      [("DATABASE_URL", nil, ["production", "preview"])],
      [("DATABASE_URL", "x", ["production"]), ("DATABASE_URL", "x", ["development"])],
      // The same database by another name, told by its address.
      [("MAIN", "postgres://a/b", ["production"]), ("POSTGRES_PRISMA_URL", "postgres://a/b", ["preview"])],
    ] as [[(String, String?, [String])]])
  func `previews must not get production's database`(variables: [(String, String?, [String])]) {
    let entries = variables.map { VariableFact($0.0, $0.1, $0.2) } + [variable("B", "x")]
    let asked = ["production": ["B"]]
    let report = judge(entries, required: asked)
    #expect(report.status == .fail)
    #expect(report.reason.contains("previews get production's database by"))
    #expect(judge(entries, required: asked, shared: variables.map(\.0)).status == .pass)
  }

  @Test func `previews with a database of their own pass, and what nobody may read is not told apart`() {
    let asked = ["production": ["DATABASE_URL"]]
    let production = variable("DATABASE_URL", "postgres://a/production")
    let own = judge([production, variable("DATABASE_URL", "postgres://a/preview", ["preview"])], required: asked)
    #expect(own.status == .pass)
    #expect(own.examined.contains(.init("previews", 1)))
    let hidden = [production, variable("DATABASE_URL", nil, ["preview"])]
    #expect(judge(hidden, required: asked).status == .inconclusive)
    #expect(judge(hidden, required: asked, unreadable: .warn).status == .pass)
    #expect(judge(hidden, required: asked, shared: ["DATABASE_URL"]).status == .pass)
    let branch = judge(
      [production, variable("DATABASE_URL", "postgres://a/production", ["preview"], branch: "t")], required: asked)
    #expect(branch.status == .fail)
    // The same user or name of a database says nothing.
    let names = [production, variable("DATABASE_NAME", "app", ["production", "preview"])]
    #expect(judge(names, required: asked).status == .pass)
  }

  @Test func `what changed since the live deployment was made is told by name`() {
    let live = ProjectVariables.Live(deployment: "dpl_1", createdAt: now)
    func entry(_ key: String, _ age: Duration, _ targets: [String] = ["production"]) -> VariableFact {
      VariableFact(key: key, targets: targets, content: .unreadable, changedAt: now - age)
    }
    let report = judge(
      [entry("OLD", .seconds(60)), entry("NEW", .seconds(-60)), entry("PREVIEW", .seconds(-60), ["preview"])],
      required: ["production": ["OLD"]], live: live)
    #expect(report.status == .pass)
    #expect(report.details == ["api: set or changed since dpl_1 was made: NEW"])
  }

  @Test func `the project's own variables go before shared ones`() {
    let own = [variable("A", "own", ["production"])]
    let shared = [variable("A", "shared", ["production", "preview"]), variable("B", "shared")]
    let all = ProjectVariables(own: own, shared: shared, unseen: nil, live: nil).entries
    #expect(all.map(\.key) == ["A", "A", "B"])
    #expect(all.map(\.targets) == [["production"], ["preview"], ["production"]])
    #expect(all.map(\.isShared) == [false, true, true])
  }

  @Test func `a value is in no report, nor in what was kept of it`() {
    let facts = [variable("A", "hunter2hunter2")]
    let report = judge(facts, [variable("A", "swordfish9")], required: ["production": ["A"]], same: ["A"])
    #expect(report.status == .fail)
    let text = report.json.text() + "\(report) \(facts)"
    #expect(!text.contains("hunter2") && !text.contains("swordfish"))
    // Another run's digest is another one.
    let value = Secret("hunter2hunter2")
    #expect(VariableFact.Content(value, hashedWith: [1]) != VariableFact.Content(value, hashedWith: [2]))
  }

  @Test func `a policy that asks for no variable decides nothing`() {
    #expect(judge([variable("A", "x")]).status == .inconclusive)
  }

  @Test func `a project that cannot be looked at is left open`() {
    let report = VariablesCheck.judge(
      line(.environmentVariables), [(project("api"), .failure(Problem("vercel.challenged", "no", remedy: "do")))])
    #expect(report.status == .inconclusive)
    #expect(report.remedy == "do")
  }
}
