import ArgumentParser
import Core
import Health
import PolicyFile
import Surroundings

struct WatchVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch", abstract: "Play a recorded watch through the code that decides in a deploy.",
    discussion: """
      The recording has one JSON object a line: t (seconds), probe, vantage, target and control (well, unwell or blind; control may be
      null), latency_ms and control_latency_ms. Without a policy the defaults hold, and every probe can take the release back.

      Example: gatehouse watch --replay observations.ndjson
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case human, json, ndjson }

  @Option(help: ArgumentHelp("The recording; - for standard input.", valueName: "file")) var replay: String
  @Option(help: ArgumentHelp("The policy file; the defaults where there is no gatehouse.yml.", valueName: "file"))
  var policy: String?
  @Option(help: ArgumentHelp("The environment the policy speaks of.", valueName: "name")) var environment = "production"
  @Flag(help: "Words in ASCII for marks and signs, and no colour; as GATEHOUSE_PLAIN does.") var plain = false
  @Option(help: "For people; one JSON document; or one JSON object for every decision on the way.") var format = Format
    .human

  func run() async throws {
    var variables = SystemEnvironment.read()
    if plain { variables["GATEHOUSE_PLAIN"] = "1" }
    let terminal = Terminal(environment: variables, isForMachines: format != .human)
    do throws(Problem) {
      let rules = try rules()
      try Replaying(rules: rules, path: replay, format: format, terminal: terminal).run()
    } catch {
      let exit = Problems.exit(of: error)
      for line in error.lines() { terminal.talk(line) }
      if format != .human { terminal.answer(Replaying.document(of: error, exit)) }
      throw Ended(code: exit)
    }
  }

  private func rules() throws(Problem) -> DecidingRules {
    let path = policy ?? "gatehouse.yml"
    if policy == nil, !ReplayFile.isThere(path) { return DecidingRules() }
    switch PolicyLoading.load(path) {
    case .success(let found): return found.loaded.policy.health.map { DecidingRules($0) } ?? DecidingRules()
    case .failure(let problems):
      throw Problem(
        "policy.invalid", "the policy cannot be used", place: path, why: problems.problems.first?.what,
        remedy: "gatehouse policy validate \(path)")
    }
  }
}
