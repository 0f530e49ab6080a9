import Core
import HTTP

/// What a deployment itself says of its checks, in both versions of them.
///
/// A check that withholds promotions is not counted here: it is no matter of staging, and ours may be one.
package struct DeploymentChecks: Hashable, Sendable {
  enum Standing: Hashable, Sendable {
    case none, running, passed, skipped, failed
    /// They ended, and it is not said how.
    case unclear
  }

  /// `checksState` and `checksConclusion` of the first version.
  var state: String?
  var conclusion: String?
  /// `checks` of the second: what is withheld, and `pending`, `succeeded` or `failed`.
  var withheld: [String: String] = [:]

  package init() {}

  init(json: JSON) {
    state = json["checksState"]?.string
    conclusion = json["checksConclusion"]?.string
    for member in json["checks"]?.members ?? [] where DeploymentCheck.withholding.contains(member.key) {
      withheld[member.key] = member.value["state"]?.string ?? ""
    }
  }

  var areFirst: Bool { state != nil }

  /// The worst of all of them.
  var standing: Standing {
    var all: [Standing] = withheld.values.map { state in
      switch state {
      case "succeeded": .passed
      case "failed": .failed
      default: .running
      }
    }
    switch (state, conclusion) {
    case (nil, _): break
    case ("completed", "succeeded"): all.append(.passed)
    case ("completed", "skipped"): all.append(.skipped)
    case ("completed", nil): all.append(.unclear)
    // Failed, cancelled, or a word that this version does not know.
    case ("completed", _): all.append(.failed)
    default: all.append(.running)
    }
    return [.failed, .running, .unclear, .skipped, .passed].first { all.contains($0) } ?? .none
  }
}

/// One check of a deployment, or one run of a check.
struct DeploymentCheck: Hashable, Sendable {
  /// What a check may withhold on the way to READY and its own hosts.
  static let withholding: Set<String> = ["build-start", "deployment-start", "deployment-alias"]

  /// Somebody else's text: one line, shortened.
  var name: String
  var isOver: Bool
  /// How it ended; `nil` when it has not, or when nobody says.
  var conclusion: String?
  /// Whether anything waits for it.
  var withholds: Bool

  /// An entry of either version; `nil` when it has neither name nor id.
  init?(json: JSON) {
    guard let name = json["name"]?.string ?? json["id"]?.string ?? json["uid"]?.string else { return nil }
    self.name = name.oneLine(limit: 80)
    conclusion = json["conclusion"]?.string.map { $0.asPlainName ?? "unknown" }
    isOver = json["status"]?.string == "completed" || conclusion != nil
    // A truth value in the first version, the thing withheld in the second.
    withholds =
      json["blocking"]?.bool
      ?? json["blocks"]?.string.map { DeploymentCheck.withholding.contains($0) } ?? true
  }

  /// The last run of each check; an entry that names no check stands for itself.
  static func newest(_ entries: some Collection<JSON>) -> [DeploymentCheck] {
    var kept: [(check: DeploymentCheck, of: String?, at: Int64)] = []
    for entry in entries {
      guard let value = DeploymentCheck(json: entry) else { continue }
      let (of, at) = (entry["checkId"]?.string, entry["createdAt"]?.integer ?? 0)
      if let of, let index = kept.firstIndex(where: { $0.of == of }) {
        if at >= kept[index].at { kept[index] = (value, of, at) }
      } else {
        kept.append((value, of, at))
      }
    }
    return kept.map(\.check)
  }

  var hasFailed: Bool {
    guard isOver, withholds else { return false }
    return !["succeeded", "neutral", "skipped"].contains(conclusion)
  }

  var words: String { "\(name) (\(isOver ? conclusion ?? "ended without a word" : "not ended"))" }
}

extension VercelClient {
  /// The checks of a deployment that something waits for; `nil` when they cannot be read, which fails nothing by itself.
  func checks(of deployment: VercelDeployment) async throws(VercelProblem) -> [DeploymentCheck]? {
    var found: [DeploymentCheck]?
    // Those of the second version are not told on a deployment that they hold before its build.
    let second = deployment.state == .blocked || !deployment.checks.withheld.isEmpty
    for (version, list) in [("v1", "checks"), ("v2", "runs")] {
      guard version == "v1" ? deployment.checks.areFirst : second else { continue }
      let path = [version, "deployments", deployment.id.text, version == "v1" ? "checks" : "check-runs"]
      do throws(VercelProblem) {
        let call = VercelCall("GET", path, "read the checks of \(deployment.id)")
        let answer = try await with(budget: RetryBudget(attempts: 2, total: .seconds(10))).send(call).json
        let entries = answer[list]?.array ?? answer["checks"]?.array ?? answer["runs"]?.array ?? []
        // Our own guard withholds promotions, and an entry need not say so.
        let newest = DeploymentCheck.newest(entries.prefix(500)).filter {
          $0.withholds && $0.name != PromotionGuard.name
        }
        found = (found ?? []) + newest
      } catch {
        guard error.kind != .interrupted else { throw error }
      }
    }
    return found
  }
}
