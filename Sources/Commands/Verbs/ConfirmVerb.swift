import ArgumentParser
import Core

struct ConfirmVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "confirm", abstract: "Say that a flow works on what a run has staged, or that it does not.",
    discussion: """
      Written down with who and when: the CI's actor, else the user of this machine, else --as. That is a claim, not a
      signature. Without an id nothing is confirmed, and what is waited for is shown. The first no ends the run: what it did is
      taken back.

      Example: gatehouse confirm 01JD3Z5M2KTQ8VXW9YB7C4E6FG schedule
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "The run that waits.") var run: String
  @Argument(help: "What you have looked at, as the run names it.") var ids: [String] = []
  @Flag(help: "Everything that is still missing.") var all = false
  @Option(name: .customLong("no"), help: ArgumentHelp("It does not work, and why.", valueName: "why")) var no: String?
  @Option(name: .customLong("as"), help: ArgumentHelp("Who you are.", valueName: "name")) var name: String?
  @Option(help: ArgumentHelp("The commit you mean; a run for another one is refused.", valueName: "sha"))
  var commit: String?

  func validate() throws {
    if all, !ids.isEmpty { throw ValidationError("--all and ids exclude each other.") }
    if all, no != nil { throw ValidationError("--all confirms, and --no refuses.") }
    if let commit, commit.utf8.count < 7 || !commit.utf8.allSatisfy(\.isHexadecimalDigit) {
      throw ValidationError("--commit wants at least seven hexadecimal digits.")
    }
  }

  func run() async throws {
    let (run, ids, all, no) = (RunID(run), ids, all, no)
    let (name, commit) = (name, commit.map { CommitID($0) })
    try await VerbRun(common, verb: "confirm").run { session in
      let say: Confirmation.Say? =
        if let no {
          .no(ids, try Claimant.checked(no, "--no", limit: 500))
        } else if all { .yesToAll } else if ids.isEmpty { nil } else { .yes(ids) }
      return try await Confirmation(session: session, run: run, say: say, commit: commit, name: name).answer()
    }
  }
}
