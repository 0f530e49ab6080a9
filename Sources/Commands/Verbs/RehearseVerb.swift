import ArgumentParser
import Core

extension Rehearsal.Failure: ExpressibleByArgument {}

struct RehearseVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rehearse", abstract: "The whole run against a stand-in of Vercel and a scratch database.",
    discussion: """
      Only the policy's own commands are real. A failing checklist is shown and the rehearsal goes on; the exit code is
      the rehearsed ending's. The watch is shortened to a few seconds.

      Example: gatehouse rehearse --fail health
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "What goes wrong: \(Rehearsal.Failure.allCases.map(\.rawValue).joined(separator: ", ")).")
  var fail: Rehearsal.Failure?
  @Option(help: "An SQL file that fills the scratch database.") var database: String?

  func run() async throws {
    let (failure, seed) = (fail, database)
    try await VerbRun(common, verb: "rehearse").run { session in
      try await Rehearsal(session: session, failure: failure, seed: seed).run()
    }
  }
}
