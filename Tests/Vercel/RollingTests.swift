import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

private let pair = RollingPair(canary: "dpl_new", base: "dpl_old")

@Suite struct `What a rolling release needs next` {
  struct Case: Sendable {
    var goal: RollingGoal
    var seen: RollingRelease?
    var production: DeploymentID? = "dpl_old"
    var hasStarted = false
    var step: RollingStep
  }

  private static func active(
    _ stage: Int?, canary: DeploymentID? = "dpl_new", base: DeploymentID? = "dpl_old", isPaused: Bool = false
  ) -> RollingRelease {
    RollingRelease(.active, canary: canary, base: base, shares: [10, 50, 100], stage: stage, isPaused: isPaused)
  }
  private static func ended(_ state: RollingRelease.State, canary: DeploymentID = "dpl_new") -> RollingRelease {
    RollingRelease(state, canary: canary, base: "dpl_old")
  }

  static let cases = [
    // Forward, stage by stage.
    Case(goal: .stage(0), seen: nil, step: .start), Case(goal: .all, seen: nil, step: .start),
    Case(goal: .stage(0), seen: active(0), step: .reached), Case(goal: .stage(1), seen: active(0), step: .approve(1)),
    Case(goal: .stage(1), seen: active(nil), step: .wait), Case(goal: .stage(0), seen: active(1), step: .ahead),
    Case(goal: .stage(2), seen: active(0), hasStarted: true, step: .approve(1)),
    Case(goal: .all, seen: active(0), step: .complete), Case(goal: .all, seen: active(nil), step: .complete),
    // Not told what was before.
    Case(goal: .stage(0), seen: active(0, base: nil), step: .reached),
    // What ended is ours only when we began it.
    Case(goal: .stage(1), seen: ended(.aborted), step: .start),
    Case(goal: .stage(1), seen: ended(.aborted), hasStarted: true, step: .ended),
    Case(goal: .stage(1), seen: nil, hasStarted: true, step: .ended),
    Case(goal: .stage(1), seen: ended(.complete, canary: "dpl_old"), step: .start),
    Case(goal: .all, seen: ended(.complete), production: "dpl_new", step: .reached),
    Case(goal: .stage(0), seen: ended(.complete), production: "dpl_new", step: .ahead),
    // The target comes later than the word.
    Case(goal: .all, seen: ended(.complete), hasStarted: true, step: .wait),
    Case(goal: .all, seen: ended(.complete), step: .start),
    // The gate, and others.
    Case(goal: .stage(1), seen: active(0, isPaused: true), step: .paused),
    Case(goal: .all, seen: active(0, isPaused: true), step: .paused),
    Case(goal: .stage(0), seen: active(0, canary: "dpl_x"), step: .foreign("dpl_x")),
    Case(goal: .stage(0), seen: active(0, canary: nil), step: .foreign(nil)),
    Case(goal: .stage(0), seen: active(0, base: "dpl_x"), step: .foreign("dpl_x")),
    Case(goal: .stage(0), seen: nil, production: "dpl_x", step: .foreign("dpl_x")),
    Case(goal: .all, seen: nil, production: nil, step: .foreign(nil)),
    // Back, from anywhere.
    Case(goal: .back, seen: active(0), hasStarted: true, step: .abort),
    Case(goal: .back, seen: active(2, isPaused: true), step: .abort),
    Case(goal: .back, seen: ended(.complete), production: "dpl_new", step: .rollBack),
    Case(goal: .back, seen: ended(.complete), hasStarted: true, step: .reached),
    Case(goal: .back, seen: ended(.aborted), hasStarted: true, step: .reached),
    Case(goal: .back, seen: nil, step: .reached),
    Case(goal: .back, seen: active(0, canary: "dpl_x"), step: .foreign("dpl_x")),
    Case(goal: .back, seen: nil, production: "dpl_x", step: .foreign("dpl_x")),
  ]

  @Test(arguments: cases.indices) func `is told by what is seen`(_ index: Int) {
    let example = Self.cases[index]
    let step = pair.next(
      example.goal, seen: example.seen, production: example.production, hasStarted: example.hasStarted)
    #expect(step == example.step, "\(example)")
  }

  /// Whatever is seen, no single step goes further than one stage, and none moves traffic that is not ours.
  @Test func `never skips a stage and never touches others`() {
    for stage in 0...9 {
      for wanted in 0...9 {
        for (canary, base): (DeploymentID, DeploymentID) in [
          ("dpl_new", "dpl_old"), ("dpl_x", "dpl_old"), ("dpl_new", "dpl_x"),
        ] {
          let seen = RollingRelease(.active, canary: canary, base: base, stage: stage)
          let step = pair.next(.stage(wanted), seen: seen, production: "dpl_old", hasStarted: true)
          if case .approve(let next) = step { #expect(next == stage + 1 && next <= wanted && canary == "dpl_new") }
          if canary == "dpl_x" || base == "dpl_x" { #expect(step == .foreign("dpl_x")) }
        }
      }
    }
  }
}

@Suite struct `Settings of rolling releases` {
  @Test func `what is read is what is set again`() throws {
    let json: JSON = [
      "target": "production",
      "stages": [
        ["targetPercentage": 10, "requireApproval": false, "duration": 5], ["targetPercentage": 12.5, "duration": 10],
        ["targetPercentage": 100],
      ], "gate": ["enabled": true],
    ]
    let config = try #require(RollingConfig(json: json))
    #expect(
      config.body == [
        "enabled": true, "advancementType": "automatic",
        "stages": [
          ["targetPercentage": 10, "duration": 5], ["targetPercentage": 12.5, "duration": 10],
          ["targetPercentage": 100],
        ],
      ])
    #expect(!config.isManual(with: [10, 12.5, 100]))
    #expect(
      RollingConfig(shares: [10, 100]).body == [
        "enabled": true, "advancementType": "manual-approval",
        "stages": [["targetPercentage": 10, "requireApproval": true], ["targetPercentage": 100]],
      ])
    #expect(RollingConfig(json: nil) == nil)
    #expect(RollingConfig(json: ["stages": [["percent": 10]]]) == nil)
    #expect(RollingConfig(json: ["target": "production", "stages": nil]) == nil)
  }

  @Test(
    arguments: [
      (["availableSlots": "unlimited", "reason": "unlimited_slots", "message": ""], .offered(slots: nil)),
      (["availableSlots": 1, "reason": "available_slots", "message": ""], .offered(slots: 1)),
      (["availableSlots": 2, "reason": "of another kind"], .offered(slots: 2)),
      (["availableSlots": "unlimited"], .offered(slots: nil)),
      (["availableSlots": 0, "reason": "plan_not_supported"], nil),
      (["availableSlots": 0, "reason": "no_available_slots"], nil), ([:], nil), (nil, nil),
    ] as [(JSON, RollingCapability?)])
  func `a capability that is not told is none`(_ json: JSON, _ capability: RollingCapability?) {
    let read = RollingCapability(json: json)
    if let capability { #expect(read == capability) } else { #expect(read.isRefused) }
  }

  @Test(arguments: [(200, true), (404, false), (402, false)])
  func `are asked for where the project does not speak of them`(_ status: Int, _ areOn: Bool) async throws {
    let stages: JSON = ["rollingRelease": ["target": "production", "stages": [["targetPercentage": 100]]]]
    let transport = ScriptedTransport([
      "GET /v1/projects/prj_1/rolling-release/config": [.answer(status, status == 200 ? stages : nil)]
    ])
    let client = VercelClient.scripted(transport)
    let silent = try #require(VercelProject(json: projectJSON()))
    let asked = try await client.rollingConfig(of: silent)
    #expect((asked != nil) == areOn)
    let off = try #require(VercelProject(json: ["id": "prj_1", "name": "api", "rollingRelease": nil]))
    #expect(try await client.rollingConfig(of: off) == nil)
    #expect(transport.sent.count == 1)
  }

  @Test func `a state that is not known is not passed over`() async {
    let transport = ScriptedTransport([
      "GET /v1/projects/prj_1/rolling-release": [.answer(200, ["rollingRelease": ["state": "REWINDING"]])]
    ])
    let found = await problem { () async throws(VercelProblem) in
      try await VercelClient.scripted(transport).rollingRelease("prj_1")
    }
    #expect(found?.kind == .garbled)
  }
}
