import Core
import HTTP
import TestSupport
import Testing

@testable import Vercel

let createLine = "POST /v13/deployments"
let listLine = "GET /v6/deployments"
let readLine = "GET /v13/deployments/dpl_new"
let checksLine = "GET /v1/deployments/dpl_new/checks"
let runsLine = "GET /v2/deployments/dpl_new/check-runs"
let stagedCommit = CommitID(String(repeating: "a", count: 40))
let helloSHA = "aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d"
let emptySHA = "da39a3ee5e6b4b0d3255bfef95601890afd80709"

/// A folder with two files, one of them twice, and what Vercel answers.
final class Stage: Sendable {
  let folder: TemporaryFolder
  let transport: ScriptedTransport
  let timing = ManualTiming()
  let told = Told()

  static let none: ScriptedTransport.Step = .answer(200, ["deployments": []])
  static let mark: JSON = ["gatehouseRun": "01RUN", "gatehouseProject": "api"]

  static func own(_ id: String, _ state: String, created: Int64 = 1) -> JSON {
    ["uid": .string(id), "state": .string(state), "created": .integer(created), "meta": mark, "target": "production"]
  }

  init(_ steps: [String: [ScriptedTransport.Step]] = [:]) throws {
    folder = try TemporaryFolder()
    try folder.write("hello", to: "a.txt")
    try folder.write("hello", to: "copy.txt")
    try folder.write("", to: "empty")
    let usual: [String: [ScriptedTransport.Step]] = [
      listLine: [Stage.none], createLine: [.answer(200, deploymentJSON("dpl_new", "QUEUED"))],
      readLine: [.answer(200, deploymentJSON("dpl_new", "BUILDING")), .answer(200, deploymentJSON())],
      runsLine: [.answer(404, nil)], checksLine: [.answer(404, nil)],
    ]
    transport = ScriptedTransport(usual.merging(steps) { $1 })
  }

  func order(_ change: (inout StageOrder) -> Void = { _ in }) -> StageOrder {
    var order = StageOrder(
      mark: DeploymentMark(run: "01RUN", project: "api", commit: stagedCommit, plan: "6f02"), project: "prj_1",
      name: "neon-api",
      source: .files(DeploymentPlace(root: folder.path)))
    change(&order)
    return order
  }

  func run(_ change: (inout StageOrder) -> Void = { _ in }) async throws(VercelProblem) -> StagedDeployment {
    try await VercelClient.scripted(transport, timing: timing, told: told).stage(order(change))
  }

  func problem(_ change: (inout StageOrder) -> Void = { _ in }) async -> VercelProblem? {
    do {
      _ = try await run(change)
      return nil
    } catch { return error }
  }

  var creations: Int { transport.count(createLine) }
}
