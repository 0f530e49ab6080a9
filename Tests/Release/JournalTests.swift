import Core
import JSONText
import Release
import Testing

@Suite struct `The journal` {
  static let records: [RunRecord] = [
    .planned(.sample(), at: Timestamp(seconds: 1)), .planned(.sample(migrations: nil), at: Timestamp(seconds: 1)),
    .productionBegan, .intended(.stage("api"), attempt: 2), .finished(.snapshot, facts: ["id": "s"]),
    .failed(.migrate, Problem("a.b", "what", place: "there", why: "so", remedy: "do"), uncertain: true),
    .waiting(.awaitApprovals, Problem("a.b", "what")),
    .waiting(.awaitConfirmations, Problem("a.b", "what"), ScriptedWorld.request),
    .undecided(.watch, Problem("a.b", "what")),
    .noted(.watch, ["strikes": 2]), .interrupted(signal: "TERM"), .resumed(nil), .resumed(.back),
    .ended(.needsPerson, Problem("a.b", "what")), .ended(.released, nil),
  ]

  @Test(arguments: records) func `reads back what it wrote`(_ record: RunRecord) throws {
    #expect(try RunRecord(json: record.json) == record)
  }

  @Test(arguments: [
    #"{"v":2,"record":"production-began"}"#, #"{"v":1,"record":"invented"}"#, #"{"v":1}"#,
    #"{"v":1,"record":"intended","action":"stage:api"}"#, #"{"v":1,"record":"intended","action":"x","attempt":1}"#,
    #"{"v":1,"record":"waiting","action":"await-confirmations","problem":{"code":"a","what":"b"},"request":{}}"#,
    #"{"v":1,"record":"finished","action":"then-run:-1","facts":{}}"#, #"{"v":1,"record":"ended","ending":"well"}"#,
  ])
  func `stops at a record that it does not understand`(_ text: String) throws {
    let json = try JSON(parsing: text)
    #expect(throws: Problem.self) { try RunRecord(json: json) }
  }

  @Test func `keeps the stages of traffic, what a project had set before, and why a pin is lifted`() throws {
    var staged = ReleasePlan.sample(stages: true)
    staged.unpin = "mended in 3f9c2e1"
    (staged.projects[0].autoAssignAfter, staged.projects[0].atOnce) = (false, "no plan")
    #expect(try ReleasePlan(json: staged.json) == staged)
    #expect(Action(key: Action.shift(1, "a:b").key) == .shift(1, "a:b"))
    #expect(
      staged.steps.suffix(8).map(\.key) == [
        "shift:1:api", "shift:1:web", "watch-stage:1", "await-stage:1", "promote:api", "promote:web", "watch", "record",
      ])
    staged.projects[0].inSteps = false
    #expect(!staged.steps.contains(.shift(0, "api")) && staged.steps.contains(.shift(0, "web")))
    staged.projects[1].inSteps = false
    #expect(!staged.steps.contains(.watchStage(0)))
  }

  @Test func `keeps that restore points are made, last before production begins`() throws {
    let plan = ReleasePlan.sample(restorePoints: true)
    #expect(try ReleasePlan(json: plan.json) == plan && plan != .sample())
    let steps = plan.steps
    #expect(steps.firstIndex(of: .restorePoint).map { steps[$0 + 1] } == .migrate)
    #expect(Action(key: Action.restorePoint.key) == .restorePoint && !Action.restorePoint.touchesProduction)
  }

  @Test func `reads the plan of a version that knew no classes, and none with an invented one`() throws {
    let text = ReleasePlan.sample().json.text(.compact)
    let old = text.replacing(#","class":"breaking","told":false"#, with: "")
    #expect(old != text)
    #expect(try ReleasePlan(json: try JSON(parsing: old)).migrations?.words == nil)
    #expect(try ReleasePlan(json: try JSON(parsing: text)).migrations?.words == "at least breaking")
    let invented = text.replacing(#""class":"breaking""#, with: #""class":"harmless""#)
    let json = try JSON(parsing: invented)
    #expect(throws: Problem.self) { try ReleasePlan(json: json) }
  }

  static let impossible: [[RunRecord]] = [
    [], [.productionBegan], [.planned(.sample(), at: Timestamp(seconds: 1)), .finished(.snapshot, facts: .null)],
    [.planned(.sample(), at: Timestamp(seconds: 1)), .planned(.sample(), at: Timestamp(seconds: 1))],
    [
      .planned(.sample(), at: Timestamp(seconds: 1)), .intended(.snapshot, attempt: 1),
      .intended(.migrate, attempt: 1),
    ],
    [.planned(.sample(), at: Timestamp(seconds: 1)), .ended(.released, nil), .productionBegan],
    [.planned(.sample(), at: Timestamp(seconds: 1)), .ended(.released, nil), .resumed(.forward)],
    [.planned(.sample(), at: Timestamp(seconds: 1)), .ended(.rolledBack, nil), .resumed(.back)],
  ]

  @Test(arguments: impossible) func `is refused when its records cannot follow one another`(_ records: [RunRecord]) {
    #expect(throws: Problem.self) { try RunState(records: records) }
  }
}
