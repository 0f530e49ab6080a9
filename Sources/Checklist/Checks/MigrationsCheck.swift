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
    judgeClasses(state, &judgement)
    let pending =
      state.pending.isEmpty
      ? "nothing pending"
      : "\(state.pending.count) pending: "
        + Words.some(state.pending.map { id in shown(id) + (state.classOf(id).map { " (\($0.words))" } ?? "") })
    return judgement.report(for: item, pass: "\(pending); \(Words.grouped(state.applied)) applied (\(state.tool))")
  }

  /// The classes, where the policy refuses some; and what a person should read.
  private static func judgeClasses(_ state: MigrationFacts, _ judgement: inout Judgement) {
    if !state.classes.isEmpty {
      let worst = state.classes.compactMap { $0.classes.max() }.max() ?? .additive
      judgement.examined.append(.init("class", .string(worst.rawValue)))
    }
    let refused = state.classes.filter { !$0.classes.isDisjoint(with: state.refused) }
    // One that was not read at all is as unclear as one that does not tell.
    let unclear = state.pending.filter { id in
      !refused.contains { $0.id == id } && state.classOf(id).map { !$0.unknown.isEmpty } ?? true
    }
    if !state.refused.isEmpty {
      judgement.comparisons += [
        .none(
          "refused-class", refused.count, of: Noun("migration of a refused class", "migrations of a refused class"))
      ]
    }
    let isOpen = !state.refused.isEmpty && !state.isRehearsed
    if isOpen {
      judgement.comparisons.append(
        .none(
          "unclear-class", unclear.count,
          of: Noun("migration whose class its text does not tell", "migrations whose class their texts do not tell"),
          otherwise: .inconclusive))
    }
    for one in refused {
      let named = one.classes.intersection(state.refused).max()?.rawValue ?? ""
      judgement.fail(
        "\(shown(one.id)) is \(named)" + (one.reasons.isEmpty ? "" : ": " + Words.some(one.reasons.map(line), at: 3)),
        remedy:
          "write it in steps that both versions can live with (gatehouse migrate lint says how), or let the policy not refuse \(named)",
        stated: true)
    }
    for id in unclear where isOpen {
      let why = state.classOf(id)?.unknown.first.map { ": " + line($0) } ?? ""
      judgement.leaveOpen(
        "the class of \(shown(id)) cannot be told from its text" + why,
        remedy: "write it as plain statements of SQL, or have it rehearsed: `rehearse: true`", stated: true)
    }
    if !isOpen {
      let settled = state.refused.isEmpty ? "" : ", and settled by the rehearsal of the release"
      judgement.notes += state.classes.flatMap { one in
        one.unknown.prefix(3).map { "not told by its text\(settled): " + line($0) }
      }
      .prefix(10)
    }
    judgement.notes += state.classes.flatMap(\.findings).prefix(10).map(line)
  }

  private static func line(_ text: String) -> String { DisplayText.bounded(text, to: 300) }

  private static func shown(_ migration: MigrationID) -> String { DisplayText.bounded(migration.text, to: 80) }
}
