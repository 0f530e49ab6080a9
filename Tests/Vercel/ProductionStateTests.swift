import Core
import TestSupport
import Testing

@testable import Vercel

@Suite struct `What production is` {
  struct Case: Sendable {
    var production: DeploymentID?
    var hosts: [DeploymentID?]
    var job: JSON?
    var standing: ProductionState.Standing
  }
  static let cases = [
    Case(production: "dpl_new", hosts: ["dpl_new", "dpl_new"], standing: .there),
    Case(production: "dpl_old", hosts: ["dpl_old", "dpl_old"], standing: .absent),
    Case(production: "dpl_new", hosts: ["dpl_new", "dpl_old"], standing: .partly(["h1"])),
    Case(production: "dpl_old", hosts: ["dpl_new", "dpl_old"], standing: .partly(["h1"])),
    Case(production: "dpl_new", hosts: [], standing: .partly([])),
    Case(production: "dpl_x", hosts: ["dpl_x"], standing: .foreign("dpl_x")),
    Case(production: "dpl_old", hosts: ["dpl_old", "dpl_x"], standing: .foreign("dpl_x")),
    Case(production: nil, hosts: [], standing: .foreign(nil)),
    Case(
      production: "dpl_old", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_new", "in-progress", at: 1),
      standing: .underway),
    Case(
      production: "dpl_new", hosts: ["dpl_new"], job: jobJSON("promote", to: "dpl_new", "in-progress", at: 1),
      standing: .there),
    Case(
      production: "dpl_new", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_new", "in-progress", at: 1),
      standing: .underway),
    Case(
      production: "dpl_old", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_x", "pending", at: 1),
      standing: .foreign("dpl_x")),
    Case(
      production: "dpl_old", hosts: ["dpl_old"], job: jobJSON("promote", to: "dpl_x", "succeeded", at: 1),
      standing: .absent),
  ]

  @Test(arguments: cases) func `it is there, absent, under way, partly there or foreign`(_ example: Case) {
    let hosts = example.hosts.enumerated().map { HostState(host: "h\($0.offset)", deployment: $0.element) }
    let state = ProductionState(
      project: "prj_1", deployment: example.production, commit: nil, hosts: hosts, autoAssign: true, pinned: false,
      job: example.job.flatMap { AliasJob(json: $0) })
    #expect(state.standing(of: "dpl_new", previous: "dpl_old") == example.standing)
    #expect(ProductionState(json: state.json) == state)
  }

  @Test func `it is read without changing anything`() async throws {
    let world = TrafficWorld.released()
    let state = try await VercelClient.scripted(world.transport).productionState("prj_1")
    #expect(state.deployment == "dpl_new")
    #expect(state.hosts.map(\.host) == ["a.test", "b.test"])
    #expect(world.transport.lines.allSatisfy { $0.hasPrefix("GET") })
  }
}
