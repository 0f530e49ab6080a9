import ArgumentParser
import Checklist
import Core
import Surroundings

struct CheckVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Decide the checklist from the evidence, and touch nothing.",
    discussion: "Example: gatehouse check --format json")

  @OptionGroup var common: CommonOptions

  func run() async throws {
    try await VerbRun(common, verb: "check").run { session in
      guard !session.policy.checklist.isEmpty else { throw Installation.missing("checklist") }
      let installation = session.installation
      let run = installation.newRun()
      let store = try await session.storeIfThere()
      let runs = store.map { RunStore(store: $0, policyName: session.policy.name) }
      let started = installation.timing.now()
      let document = await ChecklistVerdict(session: session, runs: runs).decide(run: run)
      try Task.checkCancellation()
      var shown = document
      do { try await keep(document, of: run, startedAt: started, session) } catch {
        // The verdict stands; only `explain` will not find it.
        for line in Problems.of(error).lines(prefix: "warning") { session.terminal.talk(line) }
        shown.run = nil
      }
      for line in session.terminal.page.lines(shown) { session.terminal.say(line) }
      return VerbOutcome(document: document.json, exit: document.exit)
    }
  }
}

/// Keeps the verdict for `status` and `explain`.
private func keep(
  _ document: ChecklistDocument, of run: RunID, startedAt: Timestamp, _ session: Session
) async throws {
  let runs = RunStore(store: try await session.store(creating: true), policyName: session.policy.name)
  try await runs.savePolicy(try session.policyRecord(), of: run)
  try await runs.saveChecklist(document.json, of: run)
  var summary = RunStore.Summary(
    run: run, environment: session.environmentName, verb: "check", commit: document.commit, startedAt: startedAt,
    standing: document.decision.rawValue)
  summary.exit = document.exit.rawValue
  try await runs.save(summary)
}
