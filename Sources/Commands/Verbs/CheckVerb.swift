import ArgumentParser
import Checklist
import Core
import Evidence
import Processes
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

struct CollectVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Bind reports to this commit and time, by a manifest beside them.",
    discussion: """
      With --command the command is run first, and only what it wrote is collected.

      Example: gatehouse collect --command 'bun test --reporter=junit' 'reports/*.xml'
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "One sh -c command that writes the reports.") var command: String?
  @Option(help: "The commit they are about, in full; what is checked out when left out.") var commit: String?
  @Option(help: "How long the command may take, in seconds.") var timeout: Int = 3600
  @Argument(help: "Files, folders or globs, relative to the policy's folder.") var paths: [String]

  func run() async throws {
    let (command, named, patterns, timeout) = (command, commit, paths, timeout)
    try await VerbRun(common, verb: "collect").run { session in
      let installation = session.installation
      for secret in await installation.knownSecrets() where command?.contains(secret.reveal()) == true {
        throw Problem(
          "usage.secret", "the command holds a secret of the policy", why: "it is written into the manifest as given",
          remedy: "let the command read it from the environment")
      }
      let source = try await installation.source.facts(askingRemote: false)
      let request = Collect.Request(
        root: installation.folder, patterns: patterns.map(installation.reportPattern), command: command,
        commit: named.map { CommitID($0) } ?? source.head, isClean: source.dirty.isEmpty,
        tool: "gatehouse \(Version.text)")
      let outcome = try await Collect.run(request, timing: installation.timing) { text throws(Problem) in
        let finished = try await installation.processes.run(
          .shell(
            text, environment: installation.environment, folder: installation.folder, timeout: .seconds(timeout)))
        guard case .exited(let status) = finished.ending else {
          throw Problem("collect.command", "the command did not end by itself", why: "\(finished.ending)")
        }
        return status
      }
      for warning in outcome.warnings { session.terminal.talk("warning: \(warning)") }
      let count = outcome.files.count
      session.terminal.say(
        "collected \(count) report\(count == 1 ? "" : "s") for \(request.commit.short)"
          + (outcome.exit.map { ", the command exited \($0)" } ?? ""))
      return VerbOutcome(
        document: .dictionary([
          ("schema", "gatehouse.collect/v1"), ("decision", "collected"), ("exit", .integer(0)), ("run", .null),
          ("commit", .string(request.commit.text)), ("command-exit", outcome.exit.map { .integer(Int64($0)) }),
          (
            "files",
            .array(
              outcome.files.map { file in
                .dictionary([
                  ("path", .string(file.path)), ("sha256", .string(file.entry.sha256)),
                  ("format", file.format.map { .string($0.rawValue) } ?? .null),
                ])
              })
          ),
        ]), exit: .done)
    }
  }
}
