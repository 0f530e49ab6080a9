import ArgumentParser
import Core
import Release

struct DeployVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "deploy",
    abstract: "Release: checklist, snapshot, migrate, deploy in order, watch, take back if need be.",
    discussion: """
      A run that waits for people ends with 5 while production is untouched; the same commit deployed again goes on with it.
      Once production began the process stays, and takes everything back when nobody answers in time.

      A rollback that somebody made at Vercel pins production, and stops the next release until a person says why to go on:
      the reason is kept in the plan.

      Example: gatehouse deploy --environment production
      """)

  @OptionGroup var common: CommonOptions
  @Flag(help: "Stay with a run that waits for people, in any case.") var wait = false
  @Option(help: "Go over a rollback by somebody else that pins production, for this reason.") var unpin: String?

  func validate() throws {
    guard let unpin else { return }
    guard unpin.contains(where: { $0.isLetter }), unpin.count <= 500 else {
      throw ValidationError("--unpin takes a reason in words, of at most 500 characters.")
    }
  }

  func run() async throws {
    let (wait, unpin) = (wait, unpin)
    try await VerbRun(common, verb: "deploy").run { session in
      try await Deployment(session: session, stays: wait, unpin: unpin).run()
    }
  }
}

struct ResumeVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resume", abstract: "Take a run up where it was left, to one of the four endings.",
    discussion: """
      Without a choice the run goes on as its journal and the world say. A run that needs a person goes the way you choose.

      Example: gatehouse resume --back
      """)

  @OptionGroup var common: CommonOptions
  @Argument(help: "The run; the environment's last one when left out.") var run: String?
  @Flag(help: "Finish the release.") var forward = false
  @Flag(help: "Take everything back.") var back = false
  @Flag(help: "Stay with a run that waits for people, in any case.") var wait = false

  func validate() throws {
    if forward, back { throw ValidationError("--forward and --back exclude each other.") }
  }

  func run() async throws {
    let (run, choice, wait) = (run.map { RunID($0) }, forward ? Choice.forward : back ? .back : nil, wait)
    try await VerbRun(common, verb: "resume").run { session in
      try await Deployment(session: session, stays: wait).resume(run, choice: choice)
    }
  }
}

struct RollbackVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rollback",
    abstract: "Take the environment's last release back: traffic, then the database, then a look.",
    discussion: "Example: gatehouse rollback --environment production")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await VerbRun(common, verb: "rollback").run { session in try await Deployment(session: session).rollBack() }
  }
}

struct StatusVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Who holds the lock, and how the last runs stand.",
    discussion: "Example: gatehouse status --format json")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await VerbRun(common, verb: "status").run { session in try await RunHistory(session: session).status() }
  }
}
