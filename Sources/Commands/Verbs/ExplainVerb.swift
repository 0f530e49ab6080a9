import ArgumentParser
import Core

struct ExplainVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "What a run decided and did, which number met which limit, and what would have changed it.",
    discussion: """
      Everything is told from what was recorded, and the verdict is judged again from it; nothing else is asked. A record that
      does not bear its verdict is 3, or 7 when it is of a release that changed production. RUN may be how its name begins.

      Example: gatehouse explain
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "The run; the environment's last one when left out.") var run: String?
  @Option(help: ArgumentHelp("One line of the checklist, in every detail.", valueName: "id")) var line: String?
  @Option(help: ArgumentHelp("An earlier run: tell only what differs from it.", valueName: "run")) var against: String?

  func run() async throws {
    let (run, line, against) = (run, line.map { CheckID($0) }, against)
    try await VerbRun(common, verb: "explain").run { session in
      try await RunExplaining(session: session, line: line).explain(run, against: against)
    }
  }
}
