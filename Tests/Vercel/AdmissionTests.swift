import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

private let promoteLine = "POST /v10/projects/prj_1/promote/dpl_new"

/// What may keep a staged deployment from the traffic, looked at right before it is asked for.
@Suite struct `Before traffic is asked for` {
  struct Pin: Sendable, CustomTestStringConvertible {
    var name: String
    var autoAssign: JSON?
    var job: JSON?
    var more: [(String, JSON?)] = []
    var pin: String
    var testDescription: String { name }
  }

  private static func note(_ text: String, at: Int64 = 1000) -> (String, JSON?) {
    (
      "rollbackDescription",
      ["userId": "u", "username": "maria", "description": .string(text), "createdAt": .integer(at)]
    )
  }
  private static let rollback = jobJSON("rollback", to: "dpl_old", "succeeded", at: 1000)

  static let pins = [
    Pin(name: "on", autoAssign: true, job: rollback, pin: "free"),
    Pin(name: "off after a rollback", autoAssign: false, job: rollback, pin: "somebody"),
    Pin(name: "with a name", autoAssign: false, job: rollback, more: [note("5xx")], pin: "maria"),
    Pin(name: "ours", autoAssign: false, job: rollback, more: [note("gatehouse 01RUN: taken back")], pin: "01RUN"),
    Pin(
      name: "ours, of another time", autoAssign: false, job: rollback,
      more: [note("gatehouse 01RUN: taken back", at: 500_000)], pin: "somebody"),
    Pin(
      name: "almost ours", autoAssign: false, job: rollback, more: [note("gatehouse 01 R: taken back")], pin: "maria"),
    Pin(
      name: "settling", autoAssign: true, job: jobJSON("rollback", to: "dpl_old", "in-progress", at: 1000),
      more: [("lastRollbackTarget", ["id": "dpl_old"])], pin: "somebody"),
    Pin(
      name: "lifted by a promotion", autoAssign: false, job: jobJSON("promote", to: "dpl_old", "succeeded", at: 2000),
      more: [note("5xx")], pin: "chosen"),
    Pin(name: "chosen, no job ever", autoAssign: false, job: nil, more: [("lastAliasRequest", nil)], pin: "chosen"),
    Pin(
      name: "a promotion that failed after a rollback", autoAssign: false,
      job: jobJSON("promote", to: "dpl_new", "failed", at: 2000), more: [note("5xx")], pin: "maria"),
    Pin(
      name: "a rollback that was skipped", autoAssign: false,
      job: jobJSON("rollback", to: "dpl_old", "skipped", at: 2000), pin: "chosen"),
    Pin(name: "nothing is told", autoAssign: nil, job: nil, pin: "untold"),
    Pin(name: "a job of a new kind", autoAssign: false, job: ["type": "undo"], pin: "untold"),
    Pin(
      name: "only a promotion is told", autoAssign: nil, job: jobJSON("promote", to: "dpl_old", "succeeded", at: 1),
      pin: "free"),
  ]

  @Test(arguments: pins) func `a rollback that holds production is told from a choice`(_ example: Pin) throws {
    let members = projectJSON(autoAssign: example.autoAssign, job: example.job).members ?? []
    let more = example.more.map { JSON.Member($0.0, $0.1 ?? .null) }
    let project = try #require(VercelProject(json: .object(members + more)))
    let shown =
      switch project.pin {
      case .free: "free"
      case .chosen: "chosen"
      case .untold: "untold"
      case .rolledBack(let rollback): rollback.run?.text ?? rollback.by ?? "somebody"
      }
    #expect(shown == example.pin)
  }

  @Test func `our own description is known again`() {
    #expect(ProductionPin.run(in: ProductionPin.description(of: "01KRUN")) == "01KRUN")
  }

  @Test func `a rollback by somebody stops a promotion, unless it is gone over on purpose`() async throws {
    let world = TrafficWorld {
      $0.autoAssign = false
      $0.job = jobJSON("rollback", to: "dpl_old", "succeeded", at: 1_794_999_000_000)
    }
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .foreign)
    #expect(found?.why == "production is pinned: somebody rolled it back to dpl_old, 2026-11-18T10:50:00.000Z")
    #expect(found?.remedy?.contains("--unpin") == true)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(!world.transport.lines.contains { $0.hasPrefix("POST") })
    let outcome = try await VercelClient.scripted(world.transport).promote(
      "dpl_new", project: "prj_1", previous: "dpl_old", autoAssign: true, overPin: true)
    #expect(outcome.way == .promote)
    #expect(world.shown.autoAssign)
  }

  @Test func `somebody's rolling release is left alone`() async {
    let world = TrafficWorld()
    world.transport.set(
      "GET /v1/projects/prj_1/rolling-release",
      [.answer(200, ["rollingRelease": ["state": "ACTIVE", "canaryDeployment": ["id": "dpl_theirs"]]])])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == .foreign)
    #expect(found?.deployment == "dpl_theirs")
    #expect(!world.transport.lines.contains(promoteLine))
  }

  @Test(arguments: [402, 403, 404, 501]) func `where there are no rolling releases nothing is missed`(
    _ status: Int
  ) async throws {
    let world = TrafficWorld()
    world.transport.set("GET /v1/projects/prj_1/rolling-release", [.answer(status, nil)])
    #expect(try await world.promote().way == .promote)
  }

  @Test(
    arguments: [
      (deploymentJSON("dpl_new", target: nil), VercelProblem.Kind.mismatch),
      (deploymentJSON("dpl_new", "BUILDING"), .unfit),
      (deploymentJSON("dpl_new", "READY", [("softDeletedByRetention", true)]), .unfit),
      (["id": "dpl_new", "readyState": "READY", "target": "production", "projectId": "prj_2"], .mismatch),
    ] as [(JSON, VercelProblem.Kind)]) func `what would be built anew, or is not there any more, is not promoted`(
      _ json: JSON, _ kind: VercelProblem.Kind
    ) async
  {
    let world = TrafficWorld()
    world.transport.set("GET /v13/deployments/dpl_new", [.answer(200, json)])
    let found = await problem(world.promoteWithDefaults)
    #expect(found?.kind == kind)
    #expect(found?.effect == VercelProblem.Effect.none)
    #expect(!world.transport.lines.contains(promoteLine))
  }

  struct Rival: Sendable {
    var state: String
    var substate: String?
    var created: Int64 = 1_795_000_000_001
    var target: JSON? = "production"
    var autoAssign = true
    var meta: JSON?
    var stops: Bool
  }
  static let rivals = [
    Rival(state: "READY", substate: "PROMOTED", stops: true), Rival(state: "READY", substate: "ROLLING", stops: true),
    Rival(state: "BUILDING", stops: true), Rival(state: "QUEUED", stops: true),
    Rival(state: "BUILDING", autoAssign: false, stops: false), Rival(state: "READY", substate: "STAGED", stops: false),
    Rival(state: "BUILDING", created: 1_795_000_000_000, stops: false), Rival(state: "ERROR", stops: false),
    Rival(state: "BUILDING", target: nil, stops: false),
    Rival(state: "BUILDING", meta: ["gatehouseRun": "02RUN"], stops: false),
  ]

  @Test(arguments: rivals.indices) func `a newer production deployment is not overtaken by an older one`(
    _ index: Int
  ) async throws {
    let rival = Self.rivals[index]
    let world = TrafficWorld { $0.autoAssign = rival.autoAssign }
    world.transport.set(
      "GET /v6/deployments",
      [
        .answer(
          200,
          [
            "deployments": [
              .dictionary([
                ("uid", "dpl_theirs"), ("state", .string(rival.state)), ("created", .integer(rival.created)),
                ("target", rival.target), ("readySubstate", rival.substate.map { .string($0) }), ("meta", rival.meta),
              ]), ["uid": "dpl_new", "state": "READY", "created": 1_795_000_000_000, "target": "production"],
            ]
          ])
      ])
    let found = await problem { () async throws(VercelProblem) in try await world.promote(autoAssign: nil) }
    #expect(found?.kind == (rival.stops ? .foreign : nil))
    #expect(found?.deployment == (rival.stops ? "dpl_theirs" : nil))
    #expect(world.transport.count(promoteLine) == (rival.stops ? 0 : 1))
    #expect(world.transport.sent.first { $0.path == "/v6/deployments" }?.query.contains("since=1795000000000") == true)
  }
}
