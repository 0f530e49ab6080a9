import Core
import HTTP
import Synchronization
import TestSupport

@testable import Vercel

extension VercelClient {
  /// A client of a script, with a clock that stands still and no luck.
  static func scripted(
    _ transport: ScriptedTransport, timing: ManualTiming = ManualTiming(), team: String? = "acme",
    budget: RetryBudget = RetryBudget(), told: Told = Told()
  ) -> VercelClient {
    VercelClient(
      transport: transport, baseURL: "https://api.test", token: Secret("the-token"), team: team, timing: timing,
      random: { 0 }, budget: budget, progress: { told.take($0) })
  }
}

/// Collects progress.
final class Told: Sendable {
  private let all = Mutex<[String]>([])
  func take(_ progress: Progress) { all.withLock { $0.append(progress.subject + ": " + progress.text) } }
  var lines: [String] { all.withLock { $0 } }
}

/// The error of an operation; `nil` when it had none.
func problem<Value>(_ work: () async throws(VercelProblem) -> Value) async -> VercelProblem? {
  do {
    _ = try await work()
    return nil
  } catch {
    return error
  }
}

/// A project with one deployment in production, as Vercel tells it.
func projectJSON(
  production: String? = "dpl_old", autoAssign: JSON? = true, job: JSON? = nil, aliases: [String] = [],
  paused: JSON? = nil
) -> JSON {
  let target: JSON? = production.map {
    ["id": .string($0), "readyState": "READY", "readySubstate": "PROMOTED", "alias": .strings(aliases)]
  }
  return .dictionary([
    ("id", "prj_1"), ("name", "api"), ("autoAssignCustomDomains", autoAssign), ("paused", paused),
    ("targets", .dictionary([("production", target)])), ("lastAliasRequest", job),
  ])
}

func jobJSON(_ type: String, to: String, _ status: String, at milliseconds: Int64) -> JSON {
  [
    "fromDeploymentId": "dpl_old", "toDeploymentId": .string(to), "jobStatus": .string(status),
    "requestedAt": .integer(milliseconds), "type": .string(type),
  ]
}

func deploymentJSON(
  _ id: String = "dpl_new", _ state: String = "READY", target: JSON? = "production", meta: JSON? = nil,
  _ more: [(String, JSON?)] = []
) -> JSON {
  .dictionary(
    [
      ("id", .string(id)), ("url", .string(id + ".vercel.app")), ("readyState", .string(state)), ("target", target),
      ("projectId", "prj_1"), ("meta", meta), ("createdAt", 1_795_000_000_000),
    ] + more)
}
