import Core
import PolicyFile
import Release
import Store
import Surroundings

/// What a verb works with: the policy, the live world, and where words go.
struct Session: Sendable {
  let installation: Installation
  let loaded: LoadedPolicy
  let terminal: Terminal
  let environmentName: String
  /// Of the document for machines: `gatehouse.‹verb›/v1`.
  let verb: String

  var policy: Policy { installation.policy }

  /// The lock of what this policy changes in this environment.
  var lockName: String { "environment/\(policy.name)/\(environmentName)" }

  /// The store; `creating` is for verbs that write.
  func store(creating: Bool) async throws(Problem) -> any Store {
    try await Stores.open(
      policy.store, folder: installation.folder, creating: creating, timing: installation.timing
    ) { reference throws(Problem) in try await installation.secrets.resolve(reference) }
  }

  /// The store if there is one; `nil` when none was made yet.
  func storeIfThere() async throws(Problem) -> (any Store)? {
    do { return try await store(creating: false) } catch  where error.code == "store.absent" { return nil }
  }
}

/// How a verb ended, as a value: the document for machines, and the code.
struct VerbOutcome: Sendable {
  let document: JSON
  let exit: ExitCode
}

/// Loads the policy, runs the verb, renders its problems, and ends with its exit code. One way for all verbs.
struct VerbRun {
  let common: CommonOptions
  let verb: String
  let terminal: Terminal
  let environment: [String: String]

  init(_ common: CommonOptions, verb: String) {
    self.common = common
    self.verb = verb
    environment = SystemEnvironment.read()
    var shown = environment
    if common.plain { shown["GATEHOUSE_PLAIN"] = "1" }
    terminal = Terminal(environment: shown, isForMachines: common.isForMachines)
  }

  /// - Throws: ``Ended`` with every code but 0.
  func run(_ body: @escaping @Sendable (Session) async throws -> VerbOutcome) async throws {
    let session: Session
    switch PolicyLoading.load(common.policy) {
    case .failure(let problems): throw end(refusing: problems)
    case .success(let found):
      do {
        session = Session(
          installation: try Installation(
            policy: found.loaded.policy, folder: found.folder, environment: environment), loaded: found.loaded,
          terminal: terminal, environmentName: common.environment, verb: verb)
      } catch { throw end(with: error) }
    }
    do {
      let outcome = try await StopSignals.cancelling { try await body(session) }
      if common.isForMachines { terminal.answer(outcome.document) }
      if outcome.exit != .done { throw Ended(code: outcome.exit) }
    } catch let ended as Ended { throw ended } catch let problem as Problem { throw end(with: problem) } catch {
      throw end(with: Problems.of(error))
    }
  }

  /// Says a problem that ended the verb.
  func end(with problem: Problem) -> Ended {
    let exit = Problems.exit(of: problem)
    for line in problem.lines() { terminal.talk(line) }
    if common.isForMachines { terminal.answer(document([problem.json], exit)) }
    return Ended(code: exit)
  }

  private func end(refusing problems: PolicyProblems) -> Ended {
    terminal.talk(lines: problems.rendered(colour: terminal.talkShowsColour).withoutLastLineEnd)
    if common.isForMachines {
      let warnings = JSON.Member("warnings", .array(problems.warnings.map(\.json)))
      terminal.answer(
        .object(
          (document(problems.problems.map(\.json), .usage).members ?? [])
            + (problems.warnings.isEmpty ? [] : [warnings]))
      )
    }
    return Ended(code: .usage)
  }

  private func document(_ problems: [JSON], _ exit: ExitCode) -> JSON {
    [
      "schema": .string("gatehouse.\(verb)/v1"), "decision": .string(Problems.decision(of: exit)),
      "exit": .integer(Int64(exit.rawValue)), "run": nil, "problems": .array(problems),
    ]
  }
}

extension String {
  /// The text for ``Terminal/say(_:)``, which ends the last line itself.
  var withoutLastLineEnd: String { hasSuffix("\n") ? String(dropLast()) : self }
}
