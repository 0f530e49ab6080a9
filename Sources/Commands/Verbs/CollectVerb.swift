import ArgumentParser
import Attestations
import Core
import Evidence
import Processes
import Surroundings

struct CollectVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect", abstract: "Bind reports to this commit and time, by a manifest beside them.",
    discussion: """
      With --command the command is run first, and only what it wrote is collected. Where the policy names a key
      (evidence: sign-with), what was collected is signed.

      Example: gatehouse collect --command 'bun test --reporter=junit' 'reports/*.xml'
      """)

  @OptionGroup var common: CommonOptions
  @Option(help: "One sh -c command that writes the reports.") var command: String?
  @Option(help: "The commit they are about, in full; what is checked out when left out.") var commit: String?
  @Option(help: "How long the command may take, in seconds.") var timeout: Int = 3600
  @Flag(help: "Do not sign, although the policy names a key.") var unsigned = false
  @Argument(help: "Files, folders or globs, relative to the policy's folder.") var paths: [String]

  func run() async throws {
    let (command, named, patterns, timeout, unsigned) = (command, commit, paths, timeout, unsigned)
    try await VerbRun(common, verb: "collect").run { session in
      let installation = session.installation
      for secret in await installation.knownSecrets() where command?.contains(secret.reveal()) == true {
        throw Problem(
          "usage.secret", "the command holds a secret of the policy", why: "it is written into the manifest as given",
          remedy: "let the command read it from the environment")
      }
      // Before the command: a key that is no good must not cost a run of the tests.
      let signer = unsigned ? nil : try await installation.evidenceSigner()
      let source = try await installation.source.facts(askingRemote: false)
      if signer != nil, let named, CommitID(named) != source.head {
        throw Problem(
          "usage.commit", "only what is about the commit checked out is signed",
          why: "\(source.head.short) is checked out, and --commit names another",
          remedy: "check that one out, or collect with --unsigned")
      }
      let request = Collect.Request(
        root: installation.folder, patterns: patterns.map(installation.reportPattern), command: command,
        commit: named.map { CommitID($0) } ?? source.head, isClean: source.dirty.isEmpty,
        tool: "gatehouse \(Version.text)", signer: signer)
      // The command is not told the key that vouches for what it writes.
      let environment = CleanEnvironment.forCommand(
        installation.environment, removing: [installation.policy.evidence.signWith].compactMap { $0 })
      let outcome = try await Collect.run(request, timing: installation.timing) { text throws(Problem) in
        let finished = try await installation.processes.run(
          .shell(
            text, environment: environment, folder: installation.folder, timeout: .seconds(timeout)))
        guard case .exited(let status) = finished.ending else {
          throw Problem("collect.command", "the command did not end by itself", why: "\(finished.ending)")
        }
        return status
      }
      for warning in outcome.warnings { session.terminal.talk("warning: \(warning)") }
      let count = outcome.files.count
      session.terminal.say(
        "collected \(count) report\(count == 1 ? "" : "s") for \(request.commit.short)"
          + (outcome.exit.map { ", the command exited \($0)" } ?? "")
          + (signer.map { ", signed with the key \($0.publicKey.keyID.prefix(12))" } ?? ""))
      return VerbOutcome(
        document: .dictionary([
          ("schema", "gatehouse.collect/v1"), ("decision", "collected"), ("exit", .integer(0)), ("run", .null),
          ("commit", .string(request.commit.text)), ("command-exit", outcome.exit.map { .integer(Int64($0)) }),
          ("signed-with", signer.map { .string($0.publicKey.keyID) }),
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

extension Installation {
  /// The key that `collect` signs with; `nil` when the policy names none.
  fileprivate func evidenceSigner() async throws(Problem) -> EnvelopeSigner? {
    guard let reference = policy.evidence.signWith else { return nil }
    let text: Secret
    do throws(Problem) { text = try await secrets.resolve(reference) } catch {
      throw Problem(
        error.code, error.what, place: "evidence.sign-with, \(reference)", why: error.why,
        remedy: (error.remedy.map { $0 + "; " } ?? "") + "or collect with --unsigned where nothing is decided")
    }
    do throws(TrustedKey.Fault) { return try EnvelopeSigner(pem: text) } catch {
      throw Problem(
        "secret.unfit", "the key to sign with cannot be used", place: "evidence.sign-with, \(reference)",
        why: "it " + error.why, remedy: error.remedy)
    }
  }
}
