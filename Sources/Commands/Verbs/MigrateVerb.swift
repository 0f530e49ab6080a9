import ArgumentParser
import Core
import Migrations

struct MigrateVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "See what is pending; `deploy` is what migrates.",
    discussion: "Example: gatehouse migrate plan", subcommands: [Plan.self])

  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The applied, pending, failed and edited migrations.", discussion: "Example: gatehouse migrate plan")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "migrate-plan").run { session in
        let (tool, database) = try await session.installation.migrationTool()
        let state = try await tool.state(database: database)
        session.terminal.say("\(state.tool.rawValue): \(state.applied.count) applied, \(state.pending.count) pending")
        for pending in state.pending {
          session.terminal.say("  pending \(pending.id)" + (pending.hasDown ? "" : "  (no way down)"))
        }
        if let failed = state.failed { session.terminal.say("  failed  \(failed)") }
        for drift in state.drifted { session.terminal.say("  edited  \(drift.id): \(drift.why)") }
        for one in state.obstacles { session.terminal.say("  in the way  \(one.id): \(one.kind.words); \(one.why)") }
        let isSound = state.failed == nil && state.drifted.isEmpty && state.obstacles.isEmpty
        return VerbOutcome(
          document: [
            "schema": "gatehouse.migrate-plan/v1", "decision": .string(isSound ? "sound" : "refused"),
            "exit": .integer(isSound ? 0 : 1), "run": nil, "state": state.json,
          ], exit: isSound ? .done : .refused)
      }
    }
  }
}
