import ArgumentParser
import Core
import Vercel

struct VercelVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vercel", abstract: "What Gatehouse sets up at Vercel itself.",
    discussion: "Example: gatehouse vercel guard status", subcommands: [Guard.self])

  struct Guard: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "A check at Vercel, so that its own Promote button waits for Gatehouse too.",
      discussion: "Example: gatehouse vercel guard status", subcommands: [Install.self, Status.self, Remove.self])

    struct Install: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Register Gatehouse as a check of every project of the policy.",
        discussion: "Example: gatehouse vercel guard install")

      @OptionGroup var common: CommonOptions

      func run() async throws {
        try await VerbRun(common, verb: "vercel-guard-install").run { session in
          let wanted = PromotionGuard(timeout: GuardWork.timeout(session.policy.release.budget))
          return try await GuardWork(session: session).each { client, project throws(VercelProblem) in
            let change = try await client.installGuard(wanted, in: project)
            return (
              ["change": .string(change.rawValue), "timeout": .integer(wanted.timeout)],
              "\(change.rawValue): promotions wait for Gatehouse, \(wanted.timeout) s at most and then not at all",
              .done
            )
          }
        }
      }
    }

    struct Status: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Whether every project has its guard, and what it says of what is live.",
        discussion: "Example: gatehouse vercel guard status --format json")

      @OptionGroup var common: CommonOptions

      func run() async throws {
        try await VerbRun(common, verb: "vercel-guard-status").run { session in
          try await GuardWork(session: session).each { client, project throws(VercelProblem) in
            guard let found = try await client.guards(of: project.id).first else {
              return (["installed": false], "no guard: anybody may promote past Gatehouse", .refused)
            }
            var live: GuardRun?
            if let id = project.production?.id { live = try await client.runs(of: found, for: id).last }
            let told = live.map { $0.conclusion ?? $0.status } ?? "no answer"
            return (
              .dictionary([
                ("installed", true), ("holds", .bool(found.holds)), ("timeout", .integer(found.timeout)),
                ("live", live.map { .string($0.conclusion ?? $0.status) }),
              ]),
              found.holds
                ? "guarded; for what is live it says: \(told)"
                : "the check is there, and withholds no promotion: somebody changed it", found.holds ? .done : .refused
            )
          }
        }
      }
    }

    struct Remove: AsyncParsableCommand {
      static let configuration = CommandConfiguration(
        abstract: "Take the check away from every project of the policy.",
        discussion: "Example: gatehouse vercel guard remove")

      @OptionGroup var common: CommonOptions

      func run() async throws {
        try await VerbRun(common, verb: "vercel-guard-remove").run { session in
          try await GuardWork(session: session).each { client, project throws(VercelProblem) in
            let change = try await client.removeGuard(of: project)
            return (["change": .string(change.rawValue)], change.rawValue, .done)
          }
        }
      }
    }
  }
}

/// The same for every project of the policy, in its order; the first problem ends it, and what was done is told.
private struct GuardWork {
  let session: Session

  /// Seconds: a run may take all its budgets, and people their time; then nothing is promoted.
  static func timeout(_ budgets: ReleaseRules.Budgets) -> Int64 {
    let all: [Duration] = [
      budgets.prepare, budgets.deploy, budgets.snapshot, budgets.migrate, budgets.verify, budgets.confirm,
    ]
    return all.reduce(0) { $0 + max(0, $1.components.seconds) }
  }

  func each(
    _ work: (VercelClient, VercelProject) async throws(VercelProblem) -> (JSON, String, Core.ExitCode)
  ) async throws -> VerbOutcome {
    guard !session.policy.projects.isEmpty else { throw Installation.missing("projects") }
    var told: [JSON] = []
    var exit = Core.ExitCode.done
    for project in session.policy.projects {
      let client = try await session.installation.vercel(project.vercel)
      let (facts, words, ended): (JSON, String, Core.ExitCode)
      do throws(VercelProblem) {
        (facts, words, ended) = try await work(client, try await client.project(project.vercel.project))
      } catch { throw error.problem }
      told.append(.object([.init("id", .string(project.id.text))] + (facts.members ?? [])))
      if ended != .done { exit = ended }
      let mark = session.terminal.mark(ended == .done ? .good : .bad)
      session.terminal.say("  \(mark) \(project.id)  \(words)")
    }
    return VerbOutcome(
      document: [
        "schema": .string("gatehouse.\(session.verb)/v1"), "decision": .string(Problems.decision(of: exit)),
        "exit": .integer(Int64(exit.rawValue)), "run": nil, "projects": .array(told),
      ], exit: exit)
  }
}
