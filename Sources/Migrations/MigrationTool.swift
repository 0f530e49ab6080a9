import Core
import Processes

/// A way to migrate a database: what is applied and pending, forward, and back.
///
/// `up` and `down` hold a lock in the database, ask for the state under it, do the work, and ask again: what they return
/// was observed, not assumed (law L2). Both may be called again after an interruption; what is done is not done twice.
package protocol MigrationTool: Sendable {
  func state(database: Secret) async throws(Problem) -> MigrationState

  /// Applies exactly these pending migrations, which must be all that are pending.
  ///
  /// - Parameter run: what is recorded with each, where the tool's table is ours.
  func up(
    database: Secret, migrations: [MigrationID], run: RunID?, progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState

  /// Takes these back, the newest first. They must be the newest that are applied; those that are not applied are
  /// passed over.
  func down(
    database: Secret, migrations: [MigrationID], progress: @escaping ProgressSink
  ) async throws(Problem) -> MigrationState

  /// Where the tool writes down what ran.
  var bookkeeping: Bookkeeping { get }

  /// Which of them have a way back written down. Reads the folder only.
  func reversibility(of migrations: [MigrationID]) throws(Problem) -> Reversibility
}

/// What a tool works with.
package struct MigrationSurroundings: Sendable {
  /// The policy's folder: commands start here, and ``MigrationRules/directory`` is below it.
  package var folder: String
  package var processes: any ProcessRunner
  /// Of the team's command, without the policy's secrets; the database's address is added to it.
  package var environment: [String: String]
  /// What comes before the words of each command, such as what takes the network from it.
  package var before: [String]
  /// The variables that get the database's address besides `DATABASE_URL`, `DIRECT_URL` and `DIRECT_DATABASE_URL`:
  /// the one that the policy names, so that no command reaches another database than the one meant.
  package var urlVariables: [String]
  /// For one command of the team.
  package var timeout: Duration
  /// A private file for the commands' output, or `nil` to drop it.
  package var outputFile: String?
  package var timing: any Timing
  /// For the pauses between two tries to get a lock.
  package var random: @Sendable () -> UInt64

  package init(
    folder: String, processes: any ProcessRunner, environment: [String: String], before: [String] = [],
    urlVariables: [String] = [], timeout: Duration = .seconds(600), outputFile: String? = nil, timing: any Timing,
    random: @escaping @Sendable () -> UInt64
  ) {
    self.folder = folder
    self.processes = processes
    self.environment = environment
    self.before = before
    self.urlVariables = urlVariables
    self.timeout = timeout
    self.outputFile = outputFile
    self.timing = timing
    self.random = random
  }

  func path(_ rules: MigrationRules) -> String {
    rules.directory.hasPrefix("/") ? rules.directory : folder + "/" + rules.directory
  }
}

package enum MigrationTools {
  package static func tool(for rules: MigrationRules, in surroundings: MigrationSurroundings) -> any MigrationTool {
    IndexWatch(base: unwatched(rules, surroundings))
  }

  private static func unwatched(_ rules: MigrationRules, _ surroundings: MigrationSurroundings) -> any MigrationTool {
    switch rules.tool {
    case .sql: SQLTool(rules: rules, surroundings: surroundings)
    case .command: CommandTool(rules: rules, surroundings: surroundings)
    case .prisma: AdaptedTool(adapter: PrismaAdapter(rules: rules, surroundings: surroundings))
    case .drizzle: AdaptedTool(adapter: DrizzleAdapter(rules: rules, surroundings: surroundings))
    case .supabase: AdaptedTool(adapter: SupabaseAdapter(rules: rules, surroundings: surroundings))
    case .sqitch: AdaptedTool(adapter: SqitchAdapter(rules: rules, surroundings: surroundings))
    case .golangMigrate: AdaptedTool(adapter: GolangMigrateAdapter(rules: rules, surroundings: surroundings))
    case .goose: AdaptedTool(adapter: GooseAdapter(rules: rules, surroundings: surroundings))
    case .dbmate: AdaptedTool(adapter: DbmateAdapter(rules: rules, surroundings: surroundings))
    case .flyway: AdaptedTool(adapter: FlywayAdapter(rules: rules, surroundings: surroundings))
    case .atlas: AdaptedTool(adapter: AtlasAdapter(rules: rules, surroundings: surroundings))
    case .alembic: AdaptedTool(adapter: AlembicAdapter(rules: rules, surroundings: surroundings))
    case .rails: AdaptedTool(adapter: RailsAdapter(rules: rules, surroundings: surroundings))
    }
  }
}

/// What every tool refuses in the same words.
enum MigrationGuard {
  /// Before anything is applied: nothing half done, nothing changed behind our back, and exactly what was planned.
  static func beforeUp(
    _ state: MigrationState, _ migrations: [MigrationID], place: String
  ) throws(Problem) {
    if let failed = state.failed {
      throw Problem(
        "migration.failed-before", "migration \(failed) began earlier and did not end", place: place,
        remedy: "look at what it did, repair or take it back, and correct the tool's record; then run again")
    }
    if let drift = state.drifted.first {
      throw Problem(
        "migration.drifted", "migration \(drift.id) is not what was applied", place: place, why: drift.why,
        remedy: "restore the file as it was and write the change as a new migration")
    }
    if let obstacle = state.obstacles.first { throw problem(obstacle, place: place) }
    let missing = migrations.filter { !state.pendingIDs.contains($0) }
    let surplus = state.pendingIDs.filter { !migrations.contains($0) }
    guard missing.isEmpty, surplus.isEmpty else {
      throw Problem(
        "migration.not-as-planned", "what is pending is not what was planned", place: place,
        why: [
          missing.isEmpty ? nil : "not pending: \(list(missing))",
          surplus.isEmpty ? nil : "pending and not planned: \(list(surplus))",
        ].compactMap { $0 }.joined(separator: "; "), remedy: "make the plan anew, and have it approved")
    }
  }

  /// As an error of its own, so that a plan says the same as a run.
  static func problem(_ obstacle: MigrationState.Obstacle, place: String) -> Problem {
    let remedy =
      switch obstacle.kind {
      case .outOfOrder: "give it a number after the newest, as a new migration"
      case .unknownApplied: "release a commit that has it"
      case .severalHeads: "merge the revisions, or label the branches"
      case .sumFile: "see who changed the folder, then let the tool hash it again"
      }
    return Problem(
      "migration.\(obstacle.kind.rawValue)", "\(obstacle.id) stands in the way: \(obstacle.kind.words)", place: place,
      why: obstacle.why, remedy: remedy)
  }

  static func afterUp(
    _ state: MigrationState, before: [MigrationID], _ migrations: [MigrationID], place: String
  ) throws(Problem) {
    let absent = migrations.filter { !state.appliedIDs.contains($0) }
    let lost = before.filter { !state.appliedIDs.contains($0) }
    let planned = Set(before + migrations)
    let surplus = state.appliedIDs.filter { !planned.contains($0) }
    guard state.failed == nil, absent.isEmpty, lost.isEmpty, surplus.isEmpty, state.pending.isEmpty else {
      throw Problem(
        "migration.not-applied", "the migration tool ended well, and the database does not agree", place: place,
        why: [
          state.failed.map { "\($0) did not end" }, absent.isEmpty ? nil : "not applied: \(list(absent))",
          state.pending.isEmpty ? nil : "still pending: \(list(state.pendingIDs))",
          lost.isEmpty ? nil : "no longer recorded: \(list(lost))",
          surplus.isEmpty ? nil : "applied and not planned: \(list(surplus))",
        ].compactMap { $0 }.joined(separator: "; "),
        remedy: "see that the command migrates the database whose address it is given in DATABASE_URL")
    }
  }

  /// Those to take back, the newest first: the given ones that are applied, and nothing above them.
  static func toTakeBack(
    _ applied: [MigrationID], _ migrations: [MigrationID], place: String
  ) throws(Problem) -> [MigrationID] {
    let wanted = applied.filter { migrations.contains($0) }
    let newest = Array(applied.suffix(wanted.count))
    guard newest == wanted else {
      let above = newest.filter { !wanted.contains($0) }
      throw Problem(
        "migration.not-newest", "the migrations to take back are not the newest", place: place,
        why: "applied after them: \(list(above))", remedy: "a person must decide which state is wanted")
    }
    return wanted.reversed()
  }

  static func afterDown(_ state: MigrationState, _ migrations: [MigrationID], place: String) throws(Problem) {
    let left = migrations.filter { state.appliedIDs.contains($0) }
    guard left.isEmpty, state.failed == nil else {
      throw Problem(
        "migration.not-taken-back", "the way back ended well, and the database does not agree", place: place,
        why: left.isEmpty ? "\(state.failed?.text ?? "") did not end" : "still recorded as applied: \(list(left))",
        remedy: "look at the database before anything else is done")
    }
  }

  static func list(_ migrations: [MigrationID]) -> String {
    let shown = migrations.prefix(5).map(\.text).joined(separator: ", ")
    return migrations.count > 5 ? "\(shown) and \(migrations.count - 5) more" : shown
  }
}
