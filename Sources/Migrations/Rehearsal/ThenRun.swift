import Core
import Processes

/// The commands that follow the migrations (`then-run`), as a rehearsal runs them: on the copy.
package enum ThenRun {
  /// Runs them in their order; the first that fails ends it.
  ///
  /// They get the copy's address under the same names as the tool's own command, and what ``MigrationSurroundings`` leaves them.
  ///
  /// - Returns: How long all of them took.
  package static func rehearse(
    _ commands: [String], on copy: Secret, in surroundings: MigrationSurroundings, progress: ProgressSink
  ) async throws(Problem) -> Duration {
    let start = surroundings.timing.steady()
    for command in commands {
      progress(Progress("rehearse", "runs '\(command)'"))
      do throws(Problem) {
        _ = try await CommandRun(surroundings: surroundings).run(
          command, for: "follows the migrations", database: copy)
      } catch {
        guard ["migration.command-failed", LockTries.code].contains(error.code) else { throw error }
        throw Problem(
          "migration.then-run-failed", "'\(command)' fails after the migrations, on the restored copy",
          place: "database.migrations.then-run", why: error.why,
          remedy:
            "run it by hand against a copy; if it is not made for one, let it look at \(RehearsalEnvironment.mark); "
            + RehearsalEnvironment.remedy)
      }
    }
    return surroundings.timing.steady() - start
  }
}
