import Core
import HTTP
import Synchronization
import TestSupport

@testable import Vercel

/// A small project at Vercel whose hosts move as the test says; the requests still go through ``ScriptedTransport``.
final class TrafficWorld: Sendable {
  struct State: Sendable {
    var production: String? = "dpl_old"
    var hosts: [String: String] = ["a.test": "dpl_old", "b.test": "dpl_old"]
    var autoAssign = true
    var job: JSON?
    var clock: Int64 = 1_795_000_000_000
    /// Looks at the project until a job has ended.
    var jobTakes = 2
    var jobLeft = 0
    var jobEnds = "succeeded"
    /// Hosts that a job leaves where they are.
    var stubborn: Set<String> = []
    /// Deployment that somebody else promotes when the job should begin.
    var isDated = true
  }
  let state: Mutex<State>
  let transport = ScriptedTransport()

  init(_ change: (inout State) -> Void = { _ in }) {
    var initial = State()
    change(&initial)
    state = Mutex(initial)
    transport.set("GET /v9/projects/prj_1", [.react { _ in self.project() }])
    transport.set("PATCH /v9/projects/prj_1", [.react { self.patch($0) }])
    transport.set("GET /v9/projects/prj_1/domains", [.react { _ in self.domains() }])
    for host in ["a.test", "b.test"] {
      transport.set("GET /v4/aliases/" + host, [.react { _ in self.alias(host) }])
    }
    for id in ["dpl_new", "dpl_old"] {
      transport.set("POST /v10/projects/prj_1/promote/" + id, [accepted("promote", id)])
      transport.set("POST /v1/projects/prj_1/rollback/" + id, [accepted("rollback", id)])
      transport.set("POST /v9/projects/prj_1/rollback/" + id, [accepted("rollback", id)])
      transport.set("POST /v2/deployments/\(id)/aliases", [.react { self.assign($0, id) }])
    }
    transport.set("GET /v1/projects/prj_1/rolling-release", [.answer(200, ["rollingRelease": nil])])
    transport.set("GET /v1/projects/prj_1/rolling-release/config", [.answer(404, nil)])
    transport.set("GET /v4/aliases", [.answer(200, ["aliases": [], "pagination": ["next": nil]])])
    transport.set("GET /v13/deployments/dpl_new", [.answer(200, deploymentJSON("dpl_new"))])
    transport.set("GET /v6/deployments", [.answer(200, ["deployments": []])])
    transport.set(
      "GET /v1/projects/prj_1/promote/aliases",
      [.answer(200, ["aliases": [["id": "1", "status": "failed", "alias": "b.test"]]])])
    transport.set("GET /v9/projects/prj_1/rollback/aliases", [.answer(200, [:])])
  }

  /// The request is carried out, and then answered so.
  func accepted(
    _ type: String, _ id: String, answering answer: ScriptedTransport.Step = .answer(201, nil)
  ) -> ScriptedTransport.Step {
    .react { _ in
      self.begin(type, id)
      return answer
    }
  }

  func begin(_ type: String, _ id: String) {
    state.withLock { state in
      state.clock += 1000
      state.jobLeft = state.jobTakes
      state.job = jobJSON(type, to: id, "pending", at: state.clock)
    }
  }

  var shown: State { state.withLock { $0 } }

  private func project() -> ScriptedTransport.Step {
    state.withLock { state in
      if let job = state.job, let type = job["type"]?.string, let to = job["toDeploymentId"]?.string,
        let at = job["requestedAt"]?.integer, job["jobStatus"]?.string == "pending"
      {
        state.jobLeft -= 1
        if state.jobLeft <= 0 {
          state.job = jobJSON(type, to: to, state.jobEnds, at: at)
          if state.jobEnds != "skipped" {
            for host in state.hosts.keys where !state.stubborn.contains(host) { state.hosts[host] = to }
            if state.jobEnds == "succeeded" { state.production = to }
            state.autoAssign = type == "promote"
          }
        }
      }
      let date = state.isDated ? [(name: "Date", value: TrafficWorld.date)] : []
      return .answer(
        200, projectJSON(production: state.production, autoAssign: .bool(state.autoAssign), job: state.job), date)
    }
  }

  /// 1_795_000_000 as the server writes it.
  static let date = "Wed, 18 Nov 2026 11:06:40 GMT"

  private func patch(_ request: SentRequest) -> ScriptedTransport.Step {
    guard let value = request.json?["autoAssignCustomDomains"]?.bool else { return .answer(400, nil) }
    state.withLock { $0.autoAssign = value }
    return .answer(200, ["autoAssignCustomDomains": .bool(value)])
  }

  private func domains() -> ScriptedTransport.Step {
    let hosts = state.withLock { $0.hosts.keys.sorted() }
    return .answer(200, ["domains": .array(hosts.map { ["name": .string($0), "verified": true] })])
  }

  private func alias(_ host: String) -> ScriptedTransport.Step {
    guard let deployment = state.withLock({ $0.hosts[host] }) else { return .answer(404, nil) }
    return .answer(200, ["uid": "als", "alias": .string(host), "deploymentId": .string(deployment)])
  }

  private func assign(_ request: SentRequest, _ id: String) -> ScriptedTransport.Step {
    guard let host = request.json?["alias"]?.string else { return .answer(400, nil) }
    state.withLock { $0.hosts[host] = id }
    return .answer(200, ["uid": "als", "alias": .string(host)])
  }
}

/// The two moves that the tests make.
extension TrafficWorld {
  func promote(autoAssign: Bool? = true) async throws(VercelProblem) -> PromotionOutcome {
    try await VercelClient.scripted(transport).promote(
      "dpl_new", project: "prj_1", previous: "dpl_old", autoAssign: autoAssign)
  }

  func rollBack() async throws(VercelProblem) -> RollbackOutcome {
    try await VercelClient.scripted(transport).rollBack(
      to: "dpl_old", from: "dpl_new", project: "prj_1", autoAssign: true, reason: "5xx\nafter release")
  }

  /// After a release of `dpl_new`.
  static func released(_ change: (inout State) -> Void = { _ in }) -> TrafficWorld {
    TrafficWorld { state in
      state.production = "dpl_new"
      state.hosts = ["a.test": "dpl_new", "b.test": "dpl_new"]
      state.job = jobJSON("promote", to: "dpl_new", "succeeded", at: 1_794_999_000_000)
      change(&state)
    }
  }
}

extension TrafficWorld {
  func promoteWithDefaults() async throws(VercelProblem) -> PromotionOutcome { try await promote() }
}
