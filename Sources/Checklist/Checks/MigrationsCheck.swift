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
    let ahead = judgeClasses(state, &judgement)
    let pending =
      state.pending.isEmpty
      ? "nothing pending"
      : "\(state.pending.count) pending: "
        + Words.some(state.pending.map { id in shown(id) + (state.classOf(id).map { " (\($0.words))" } ?? "") })
    let report = judgement.report(
      for: item, pass: "\(pending); \(Words.grouped(state.applied)) applied (\(state.tool))")
    guard report.status == .pass, let first = ahead.first else { return report }
    // Nobody has looked, so it is no pass; this run looks and holds it, so it shuts no gate here.
    return item.failed(
      examined: judgement.examined, comparisons: judgement.comparisons, first,
      details: Array(ahead.dropFirst()) + report.details, remedy: plain
    ).asWarning()
  }

  private static let plain = "write it as plain statements of SQL, and it is decided here"

  /// The classes, where the policy refuses some; and what a person should read.
  ///
  /// - Returns: What only the rehearsal of this very run will decide.
  private static func judgeClasses(_ state: MigrationFacts, _ judgement: inout Judgement) -> [String] {
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
    let isAsked = !state.refused.isEmpty
    if isAsked {
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
    var ahead: [String] = []
    for id in unclear where isAsked {
      let why = state.classOf(id)?.unknown.first.map { ": " + line($0) } ?? ""
      let what = "the class of \(shown(id)) cannot be told from its text\(why)"
      switch state.rehearsal {
      case .none: judgement.leaveOpen(what, remedy: plain + "; or have it rehearsed: `rehearse: true`", stated: true)
      case .ofRelease:
        judgement.leaveOpen(
          what + "; nobody has rehearsed it",
          remedy: plain + "; gatehouse deploy rehearses it before production, and refuses by what it sees", stated: true
        )
      case .ofThisRun: ahead.append(what + "; the rehearsal of this run decides it before production begins")
      }
    }
    if !isAsked {
      judgement.notes += state.classes.flatMap { one in
        one.unknown.prefix(3).map { "not told by its text: " + line($0) }
      }
      .prefix(10)
    }
    judgement.notes += state.classes.flatMap(\.findings).prefix(10).map(line)
    return ahead
  }

  private static func line(_ text: String) -> String { DisplayText.bounded(text, to: 300) }

  private static func shown(_ migration: MigrationID) -> String { DisplayText.bounded(migration.text, to: 80) }
}
