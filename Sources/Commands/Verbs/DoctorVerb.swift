import ArgumentParser
import Core

struct DoctorVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at all that a release will need, one line a finding, and change nothing.",
    discussion: "Example: gatehouse doctor --format json")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await VerbRun(common, verb: "doctor").run { session in
      let findings = await Doctor(session: session).findings()
      try Task.checkCancellation()
      for line in DoctorText(terminal: session.terminal).lines(findings) { session.terminal.say(line) }
      return VerbOutcome(document: DoctorText.document(findings), exit: findings.exit)
    }
  }
}
