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
  {
    VariableFact(key: key, targets: targets, value: value.map { Secret($0) }, gitBranch: branch)
  }

  func judge(
    _ api: [VariableFact], _ web: [VariableFact] = [], required: [String: [String]] = [:], same: [String] = [],
    unreadable: Project.Unreadable = .inconclusive, key: [UInt8] = [7]
  ) -> CheckReport {
    var first = project("api")
    first.variables = required
    first.sameVariablesAs = same.isEmpty ? [:] : ["web": same]
    first.unreadable = unreadable
    return VariablesCheck.judge(
      line(.environmentVariables), [(first, .success(api)), (project("web"), .success(web))], key: key)
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
  }

  @Test func `values that must be equal are compared`() {
    #expect(judge([variable("A", "x")], [variable("A", "x")], same: ["A"]).status == .pass)
    #expect(judge([variable("A", "x")], [variable("A", "y")], same: ["A"]).reason == "A differs between api and web")
    #expect(judge([variable("A", "x")], [], same: ["A"]).status == .fail)
    #expect(judge([], [variable("A", "x")], same: ["A"]).status == .fail)
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

  @Test func `a value is in no report, and the key does not matter to the verdict`() {
    for key in [[1], [2]] as [[UInt8]] {
      let report = judge(
        [variable("A", "hunter2hunter2")], [variable("A", "swordfish9")], required: ["production": ["A"]], same: ["A"],
        key: key)
      #expect(report.status == .fail)
      let text = report.json.text() + "\(report)"
      #expect(!text.contains("hunter2") && !text.contains("swordfish"))
    }
  }

  @Test func `a policy that asks for no variable decides nothing`() {
    #expect(judge([variable("A", "x")]).status == .inconclusive)
  }
}
