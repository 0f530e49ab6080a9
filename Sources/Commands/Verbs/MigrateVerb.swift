import ArgumentParser
import Core
import Migrations

struct MigrateVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate", abstract: "See what is pending and what it does; `deploy` is what migrates.",
    discussion: "Example: gatehouse migrate plan", subcommands: [Plan.self, Lint.self])

  struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The applied, pending, failed and edited migrations, with the classes of those that are pending.",
      discussion: "Example: gatehouse migrate plan")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "migrate-plan").run { session in
        let (tool, database) = try await session.installation.migrationTool()
        let state = try await tool.state(database: database)
        let lint = try await session.installation.lint(state, database: database)
        session.terminal.say("\(state.tool.rawValue): \(state.applied.count) applied, \(state.pending.count) pending")
        for (pending, judged) in zip(state.pending, lint.migrations) {
          session.terminal.say("  pending \(pending.id)  \(judged.words)" + (pending.hasDown ? "" : "  (no way down)"))
        }
        if let failed = state.failed { session.terminal.say("  failed  \(failed)") }
        for drift in state.drifted { session.terminal.say("  edited  \(drift.id): \(drift.why)") }
        for one in state.obstacles { session.terminal.say("  in the way  \(one.id): \(one.kind.words); \(one.why)") }
        let isSound = state.failed == nil && state.drifted.isEmpty && state.obstacles.isEmpty
        return VerbOutcome(
          document: [
            "schema": "gatehouse.migrate-plan/v1", "decision": .string(isSound ? "sound" : "refused"),
            "exit": .integer(isSound ? 0 : 1), "run": nil, "state": state.json, "lint": lint.json,
          ], exit: isSound ? .done : .refused)
      }
    }
  }

  struct Lint: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "What the texts of the pending migrations lock, rewrite, lose and break, with the tables' live sizes.",
      discussion: "Example: gatehouse migrate lint")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "migrate-lint").run { session in
        let (tool, database) = try await session.installation.migrationTool()
        let state = try await tool.state(database: database)
        let lint = try await session.installation.lint(state, database: database)
        let refused = session.policy.database?.migrations?.refuse ?? []
        let text = LintText(report: lint, refused: refused)
        for line in text.lines { session.terminal.say(line) }
        return VerbOutcome(
          document: [
            "schema": "gatehouse.migrate-lint/v1", "decision": .string(text.decision),
            "exit": .integer(Int64(text.exit.rawValue)), "run": nil, "tool": .string(state.tool.rawValue),
            "refuse": .strings(refused.sorted().map(\.rawValue)), "lint": lint.json,
          ], exit: text.exit)
      }
    }
  }
}
