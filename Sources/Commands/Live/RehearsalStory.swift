import Core
import Migrations
import Processes
import Snapshots

/// What a rehearsal saw, and how it is told.
struct RehearsalStory: Sendable {
  let estimate: LiveEstimate
  let network: ScratchNetwork
  /// What the team's commands could reach.
  let reach: NetworkIsolation.Reach
  let lint: Result<LintReport, Problem>
  var up: SeenWork?
  /// How long the commands took that follow the migrations.
  var thenRun: Duration?
  var down: SeenWork?
  /// What they did by the states before and after, where their texts do not tell it.
  var seenClass: [Consequence]?
  /// What those whose texts do not tell it ask of the place where they run: with an answer, what was seen is not sure.
  var asked: [String] = []

  init(
    _ estimate: LiveEstimate, _ network: ScratchNetwork, _ reach: NetworkIsolation.Reach,
    lint: Result<LintReport, Problem>
  ) {
    self.estimate = estimate
    self.network = network
    self.reach = reach
    self.lint = lint
  }

  /// - Parameter longest: The policy's limit; without one everything is only told.
  func refuseLongLocks(_ longest: Duration?) throws(Problem) {
    guard let longest, let up else { return }
    if let problem = LongLocks.problem(up, at: estimate, longest: longest, lint: report) { throw problem }
  }

  /// Whether lint leaves the class of one of them open.
  var isClassOpen: Bool { report.map { !$0.isKnown } ?? true }

  /// Those of them whose texts do not tell their class; all, where they could not be read.
  func open(of pending: [MigrationState.Pending]) -> [MigrationState.Pending] {
    guard let report else { return pending }
    return pending.filter { one in report.migrations.first { $0.id == one.id }.map { !$0.unknown.isEmpty } ?? true }
  }

  /// - Parameter refused: The policy's classes. Those that lint found were refused before.
  func refuseClasses(_ refused: Set<MigrationClass>) throws(Problem) {
    guard let seenClass else { return }
    let against = seenClass.filter { !$0.kind.classes.isDisjoint(with: refused) }
    let unread = report?.migrations.first { !$0.unknown.isEmpty }
    let place = unread.flatMap { one in one.unknown.first.map { "\(one.path):\($0.line)" } }
    guard let worst = against.flatMap(\.kind.classes).filter(refused.contains).max() else {
      guard !refused.isEmpty, !asked.isEmpty else { return }
      throw Problem(
        "migration.class-open",
        "what the migrations do in production is not sure to be what they did to the restored copy",
        place: place, why: asked.prefix(3).joined(separator: "; ") + ", which may be answered otherwise there",
        remedy:
          "write them in plain statements of SQL that gatehouse migrate lint reads, or so that they ask for nothing that "
          + "differs; or let the policy not refuse \(refused.sorted().map(\.rawValue).joined(separator: ", ")) for this release"
      )
    }
    throw Problem(
      "migration.refused-class", "the migrations are \(worst.rawValue) by what they did to the restored copy",
      place: place,
      why: against.prefix(3).map(\.what).joined(separator: "; ")
        + (against.count > 3 ? "; and \(against.count - 3) more" : ""),
      remedy:
        "write it in steps that both versions can live with, in plain statements of SQL that gatehouse migrate lint reads"
    )
  }

  /// `the class seen: breaking, a new check …`.
  private var classWords: String? {
    guard let seenClass else { return nil }
    let worst = seenClass.flatMap(\.kind.classes).max() ?? .additive
    return "class as seen: \(worst.rawValue)" + (seenClass.first.map { ", \($0.what)" } ?? "")
      + (asked.first.map { ", which is not sure in production: \($0)" } ?? "")
  }

  /// - Parameters:
  ///   - verdict: Of the way down: `proved`, `differs` or `impossible`. The run's state goes by it.
  ///   - ending: How that is said.
  func facts(_ verdict: String, _ ending: String, _ differences: [String] = []) -> JSON {
    let surprises = surprises
    let forward = ["up \(words(up))", thenRun.map { "then-run \($0.words)" }].compactMap { $0 }.joined(separator: ", ")
    var told = down.map { "\(forward), down \($0.took.words), \(ending)" } ?? "\(forward); \(ending)"
    if let words = classWords { told += "; \(words)" }
    if let first = surprises.first {
      told += "; \(first)" + (surprises.count > 1 ? " and \(surprises.count - 1) more" : "")
    }
    return .dictionary([
      ("down", .string(verdict)), ("differences", differences.isEmpty ? nil : .strings(differences.prefix(20))),
      ("seen", .dictionary([("up", up?.json), ("down", down?.json)])),
      ("thenRunMs", thenRun.map { .integer($0.milliseconds) }),
      ("live", up.map { estimate.json(for: $0) }),
      (
        "class",
        seenClass.map { seen in
          .dictionary([
            ("seen", .string((seen.flatMap(\.kind.classes).max() ?? .additive).rawValue)),
            ("reasons", .strings(seen.prefix(20).map(\.what))),
            ("asks", asked.isEmpty ? nil : .strings(asked.prefix(20))),
          ])
        }
      ), ("network", .string(network.rawValue)), ("commandsNetwork", .string(reach.rawValue)),
      ("surprises", surprises.isEmpty ? nil : .strings(surprises.prefix(20))), ("told", .string(told)),
    ])
  }

  private var report: LintReport? {
    switch lint {
    case .success(let report): report
    case .failure: nil
    }
  }

  private var surprises: [String] {
    guard let up else { return [] }
    switch lint {
    case .success(let report): return up.surprises(for: report, at: estimate)
    case .failure(let problem): return ["not compared with lint: \(problem.what)"]
    }
  }

  /// `1.4 s (strongest lock 12 ms on patients)`.
  private func words(_ seen: SeenWork?) -> String {
    guard let seen else { return "not run" }
    if let hindrance = seen.sampling.hindrance { return "\(seen.took.words) (locks not seen: \(hindrance))" }
    guard let lock = seen.strongest else {
      return "\(seen.took.words) (no lock seen that stops readers or writers)"
    }
    let factor = estimate.factor(lock)
    let live = factor == 1 ? "" : ", about \((lock.held.atMost * factor).words) by the live table's size"
    return "\(seen.took.words) (strongest lock \(lock.held.atMost.words) on \(lock.table)\(live))"
  }
}
