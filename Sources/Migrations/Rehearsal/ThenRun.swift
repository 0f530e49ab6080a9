import Core

/// The commands that follow the migrations (`then-run`), as a rehearsal runs them: on the copy.
package enum ThenRun {
  /// Set for every command of a rehearsal, so that one that works on more than the database can let that be.
  package static let mark = "GATEHOUSE_REHEARSAL"

  /// Runs them in their order; the first that fails ends it.
  ///
  /// They get the copy's address under the same names as the tool's own command. What else they reach is theirs.
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
          remedy: "run it by hand against a copy; if it is not made for one, let it look at \(mark)")
      }
    }
    return surroundings.timing.steady() - start
  }
}
