import Core
import Evidence

/// Can the migrations of this commit be applied to the database as it stands?
enum MigrationsCheck {
  static func judge(_ item: ChecklistItem, _ facts: Result<MigrationFacts, Problem>) -> CheckReport {
    let state: MigrationFacts
    switch facts {
    case .failure(let problem): return item.inconclusive(problem)
    case .success(let known): state = known
    }
    var judgement = Judgement()
    judgement.examined = [
      .init("applied", .integer(Int64(state.applied))), .init("pending", .integer(Int64(state.pending.count))),
    ]
    if state.applied == 0, state.pending.isEmpty, state.failed == nil, state.unknown.isEmpty {
      return item.inconclusive(
        examined: judgement.examined, "no migration was found, neither in the folder nor in the database",
        remedy: "see that database.migrations names the right folder and tool")
    }
    judgement.comparisons = [
      .none("unfinished", state.failed == nil ? 0 : 1, of: "unfinished migration"),
      .none(
        "drifted", state.drifted.count, of: Noun("migration edited after it ran", "migrations edited after they ran")),
      .none(
        "unknown", state.unknown.count,
        of: Noun("applied migration that the commit has not", "applied migrations that the commit has not")),
      .none("obstacles", state.obstacles.count, of: Noun("obstacle", "obstacles")),
    ]
    if let failed = state.failed {
      judgement.fail(
        "\(shown(failed)) was begun and has not finished",
        remedy: "settle it with \(state.tool)'s own command, then run gatehouse check again", stated: true)
    }
    for drift in state.drifted {
      judgement.fail(
        DisplayText.bounded(drift, to: 200),
        remedy: "put the applied migration back as it was; write a new one for the change", stated: true)
    }
    for obstacle in state.obstacles {
      judgement.fail(
        DisplayText.bounded(obstacle, to: 200),
        remedy: "settle it before the release: gatehouse migrate plan says why", stated: true)
    }
    if !state.unknown.isEmpty {
      judgement.fail(
        "the database has \(Words.count(state.unknown.count, "migration")) that this commit has not: "
          + Words.some(state.unknown.map(shown)),
        remedy: "release a commit that has them", stated: true)
    }
    let pending =
      state.pending.isEmpty
      ? "nothing pending" : "\(state.pending.count) pending: \(Words.some(state.pending.map(shown)))"
    return judgement.report(for: item, pass: "\(pending); \(Words.grouped(state.applied)) applied (\(state.tool))")
  }

  private static func shown(_ migration: MigrationID) -> String { DisplayText.bounded(migration.text, to: 80) }
}
