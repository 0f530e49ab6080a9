import ArgumentParser
import Core
import PolicyFile
import Surroundings

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
    @Option(help: "Show only what changed since a commit, and whether it is looser or stricter.") var since: String?

    func run() async throws {
      let since = since
      try await VerbRun(common, verb: "policy-show").run { session in
        if let since { return try await PolicyVerb.changes(since: since, session) }
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

  /// What the policy says differently than it did in a commit.
  private static func changes(since revision: String, _ session: Session) async throws -> VerbOutcome {
    let commit = try await session.installation.source.commit(named: revision)
    let former = try await ChangeControl(session: session).policy(at: commit).get()
    let changes = PolicyDifference.between(former, session.loaded)
    for change in changes { session.terminal.say(change.sentence) }
    if changes.isEmpty { session.terminal.say("nothing changed since \(commit.short)") }
    return VerbOutcome(
      document: .dictionary([
        ("schema", "gatehouse.policy-show/v1"), ("decision", "told"), ("exit", .integer(0)), ("run", .null),
        ("since", .string(commit.text)), ("before", .string(former.policy.digest)),
        ("digest", .string(session.policy.digest)), ("changes", .array(changes.map(\.json))),
      ]), exit: .done)
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
