import Core
import HTTP

/// What Gatehouse says of one deployment.
package struct GuardReport: Hashable, Sendable {
  package enum Conclusion: String, Sendable { case succeeded, failed, canceled }

  package var conclusion: Conclusion
  /// One line for the dashboard; no datum of the policy or of a person.
  package var text: String
  package var run: RunID?

  package init(_ conclusion: Conclusion, _ text: String, run: RunID? = nil) {
    self.conclusion = conclusion
    self.text = text
    self.run = run
  }
}

/// A run of the guard for one deployment, as Vercel has it.
package struct GuardRun: Hashable, Sendable {
  package var id: String
  package var deployment: DeploymentID?
  /// `queued`, `running`, `completed`.
  package var status: String
  package var conclusion: String?
  var createdAt: Int64

  init?(json: JSON) {
    guard let id = json["id"]?.string, id.asPlainName != nil else { return nil }
    self.id = id
    deployment = json["deploymentId"]?.string.map { DeploymentID($0) }
    status = json["status"]?.string?.asPlainName ?? "unknown"
    conclusion = json["conclusion"]?.string?.asPlainName
    createdAt = json["createdAt"]?.integer ?? 0
  }

  /// Nothing but a success lets a promotion through: no answer, a timeout and a skip do not.
  package var letsThrough: Bool { status == "completed" && conclusion == "succeeded" }
}

extension VercelClient {
  /// Tells the project's guard how the deployment was judged, and looks whether Vercel took it.
  ///
  /// - Returns: `false` when the project has no guard. A project whose checks this token may not read, or a service without
  ///   them or in trouble with them, has none that could be answered: then Vercel itself says so when the promotion is asked for.
  @discardableResult package func tellGuard(
    _ report: GuardReport, on deployment: DeploymentID, in project: String
  ) async throws(VercelProblem) -> Bool {
    let found: [PromotionGuard]
    // Whether there is one at all must not hold up those who have none; one that is there is enforced by Vercel.
    let brief = with(budget: RetryBudget(attempts: 3, total: .seconds(15)))
    do { found = try await brief.guards(of: project) } catch  where error.kind != .interrupted { return false }
    for one in found { try await self.report(report, on: deployment, of: one) }
    return !found.isEmpty
  }

  /// The guard's runs for a deployment, the newest last.
  package func runs(of one: PromotionGuard, for deployment: DeploymentID) async throws(VercelProblem) -> [GuardRun] {
    let call = VercelCall(
      "GET", ["v2", "deployments", deployment.text, "check-runs"], "read the checks of \(deployment)")
    guard let entries = try await send(call).json["runs"]?.array else {
      throw garbled(call.what, "the answer holds no list of runs")
    }
    return entries.filter { $0["checkId"]?.string == one.id }.compactMap { GuardRun(json: $0) }
      .sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
  }

  func report(
    _ report: GuardReport, on deployment: DeploymentID, of one: PromotionGuard
  ) async throws(VercelProblem) {
    guard let check = one.id else { return }
    let what = "answer the guard for \(deployment)"
    var run = try await runs(of: one, for: deployment).last
    // One that was made before the guard has no run; one that timed out is answered by a new run.
    if run == nil || run?.conclusion == "timeout" {
      var call = VercelCall("POST", ["v2", "deployments", deployment.text, "check-runs"], what)
      call.setJSON(["checkId": .string(check)])
      do { run = GuardRun(json: try await send(call).json) } catch  where error.effect == .possible {
        run = try await runs(of: one, for: deployment).last
      }
    }
    guard let run else { throw garbled(what, "the answer names no run") }
    if run.letsThrough, report.conclusion == .succeeded { return }
    var call = VercelCall(
      "PATCH", ["v2", "deployments", deployment.text, "check-runs", run.id], what, safety: .repeatable)
    call.setJSON(
      .dictionary([
        ("status", "completed"), ("conclusion", .string(report.conclusion.rawValue)),
        ("conclusionText", .string(report.text)), ("externalId", report.run.map { .string($0.text) }),
        ("completedAt", .integer(timing.now().milliseconds)),
      ]))
    // What counts is read again below.
    call.mayBeEmpty = true
    _ = try await send(call)
    guard let seen = try await runs(of: one, for: deployment).first(where: { $0.id == run.id }),
      seen.status == "completed", seen.conclusion == report.conclusion.rawValue
    else {
      throw VercelProblem(
        .unconfirmed, what, why: "Vercel does not show the answer",
        remedy: "run it again, or take the guard away: gatehouse vercel guard remove")
    }
  }
}
