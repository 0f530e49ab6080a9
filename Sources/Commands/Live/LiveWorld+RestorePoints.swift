import Core
import Release
import Snapshots
import Surroundings

extension LiveWorld {
  /// Points that the database's own platform can go back to, one of each kind that the policy asks for, named after the
  /// run. When one cannot be had, the run ends before its migrations.
  func makeRestorePoints(_ context: ActionContext) async throws(Problem) -> JSON {
    let name = "gatehouse-" + context.plan.run.text
    var made: [RestorePoint] = []
    for driver in try await installation.restorePoints() {
      progress(Progress("snapshot", "making a restore point with \(driver.shown)"))
      made.append(try await driver.create(name))
    }
    return [
      "points": .array(made.map(\.json)),
      "told": .string(
        made.map { "restore point \($0.name) (\($0.driver)): \($0.proof) · to go back to it: \($0.toReturn)" }
          .joined(separator: " · ")),
    ]
  }
}

extension Installation {
  /// What makes the policy's restore points, in its order.
  func restorePoints() async throws(Problem) -> [any RestorePointDriver] {
    let rules = try database()
    let url = try await secrets.resolve(rules.url)
    return rules.restorePoints.map { rule in
      switch rule {
      case .pgBackRest(let rule):
        PgBackRestPoint(rule, database: url, processes: processes, timing: timing, environment: environment)
      case .template(let prefix):
        TemplateCopy(prefix: prefix, database: url, timeout: policy.release.budget.snapshot)
      }
    }
  }
}
