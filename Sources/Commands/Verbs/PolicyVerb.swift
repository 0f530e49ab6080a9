import ArgumentParser
import Core
import PolicyFile

struct PolicyVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "policy", abstract: "Validate, show, or describe the policy language.",
    discussion: "Example: gatehouse policy validate",
    subcommands: [Validate.self, Show.self, Schema.self])

  struct Validate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Every problem of the policy, with line, column and a suggestion.",
      discussion: "Example: gatehouse policy validate gatehouse.yml")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The policy file; the one of --policy when left out.") var file: String?

    func run() async throws {
      var common = common
      if let file { common.policy = file }
      try await VerbRun(common, verb: "policy-validate").run { session in
        session.terminal.say(lines: PolicyFile.accepted(session.loaded).withoutLastLineEnd)
        let warnings = PolicyFile.warnings(session.loaded, colour: session.terminal.talkShowsColour)
        if !warnings.isEmpty { session.terminal.talk(lines: warnings.withoutLastLineEnd) }
        return PolicyVerb.outcome("policy-validate", session.loaded)
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The policy as it is understood, includes resolved, secrets by reference.",
      discussion: "Example: gatehouse policy show --format json")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "policy-show").run { session in
        if !session.terminal.isForMachines {
          session.terminal.say(lines: PolicyFile.shown(session.loaded).withoutLastLineEnd)
        }
        return PolicyVerb.outcome("policy-show", session.loaded)
      }
    }
  }

  struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "The JSON Schema of the policy language, for editors.",
      discussion: "Example: gatehouse policy schema > gatehouse.schema.json")

    @OptionGroup var common: CommonOptions

    func run() throws {
      let terminal = Terminal(environment: [:], isForMachines: true)
      guard common.isForMachines else { return terminal.answer(PolicyFile.schema()) }
      terminal.answer([
        "schema": "gatehouse.policy-schema/v1", "decision": "told", "exit": 0, "run": nil,
        "jsonSchema": PolicyFile.schema(),
      ])
    }
  }

  private static func outcome(_ verb: String, _ loaded: LoadedPolicy) -> VerbOutcome {
    VerbOutcome(
      document: .object(
        [
          .init("schema", .string("gatehouse.\(verb)/v1")), .init("decision", "valid"), .init("exit", 0),
          .init("run", nil),
        ] + (PolicyFile.json(loaded).members ?? [])), exit: .done)
  }
}
