import Core
import Processes

/// The team's own commands, with the database's address in their environment and nowhere else.
struct CommandRun: Sendable {
  let surroundings: MigrationSurroundings

  /// The names under which the usual tools look for an address.
  static let usual = ["DATABASE_URL", "DIRECT_URL", "DIRECT_DATABASE_URL"]

  func run(
    _ text: String, for what: String, database: Secret, more: [String: String] = [:]
  ) async throws(Problem) -> Finished {
    var environment = surroundings.environment
    let address = try ToolAddress(database)
    // A service's file counts before PGHOST and its kin, and PGHOSTADDR instead of it: they would lead elsewhere.
    let isRehearsal = environment[RehearsalEnvironment.mark] != nil
    for name in ["PGSERVICE", "PGHOSTADDR"] { environment[name] = nil }
    environment["PGSERVICEFILE"] = isRehearsal ? "/nonexistent" : nil
    environment["PGSYSCONFDIR"] = "/nonexistent"
    // What reads neither of the usual names reads libpq's.
    environment.merge(address.libpq) { $1 }
    environment["PGAPPNAME"] = "gatehouse-migrate"
    for name in CommandRun.usual + surroundings.urlVariables { environment[name] = address.url }
    environment.merge(more) { $1 }
    var command = Command.shell(
      text, environment: environment, folder: surroundings.folder, timeout: surroundings.timeout,
      outputFile: surroundings.outputFile)
    command.arguments = surroundings.before + command.arguments
    let finished = try await surroundings.processes.run(command)
    guard finished.succeeded else {
      let isLock = LockTries.isLock(finished)
      throw Problem(
        isLock ? LockTries.code : "migration.command-failed", "the command that \(what) failed",
        place: surroundings.folder,
        why: "it \(CommandRun.words(finished.ending))" + (isLock ? ", because a lock that it needs was not free" : ""),
        remedy: isLock
          ? "see in pg_stat_activity who holds it, then run again"
          : (surroundings.outputFile.map { "see what it said in \($0)" } ?? "run it by hand to see what it says")
            + (isRehearsal ? "; " + RehearsalEnvironment.remedy : ""))
    }
    return finished
  }

  private static func words(_ ending: Finished.Ending) -> String {
    switch ending {
    case .exited, .timedOut: ending.description
    case .signalled: "was \(ending)"
    }
  }
}
