import ArgumentParser
import Core
import Release
import Snapshots

extension SnapshotPurpose: ExpressibleByArgument {}

extension SnapshotVerb {
  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take a snapshot for a schedule: prove it, remove what `keep` lets go, and say that it happened.",
      discussion: """
        For cron and its kin. People are told when it fails.

        Example: gatehouse snapshot run --schedule hourly
        """)

    @OptionGroup var common: CommonOptions
    @Option(help: "hourly, daily, weekly, monthly, or release.") var schedule: SnapshotPurpose

    func validate() throws {
      guard schedule.isScheduled || schedule == .release else {
        throw ValidationError("--schedule wants hourly, daily, weekly, monthly or release.")
      }
    }

    func run() async throws {
      let schedule = schedule
      try await VerbRun(common, verb: "snapshot-run").run { session in
        let keeping = SnapshotKeeping(session: session)
        let record: SnapshotRecord
        do throws(Problem) {
          record = try await session.takeSnapshot(schedule)
        } catch {
          guard error.code != "process.cancelled" else { throw error }
          let day = session.installation.timing.now().description.prefix(13)
          try await keeping.tell(
            "snapshot-failed-\(session.policy.name)-\(session.environmentName)-\(error.code)-\(day)",
            "the \(schedule.rawValue) snapshot failed", error.lines())
          throw error
        }
        try await keeping.ping()
        _ = try await keeping.keyWarnings()
        let exports = try await session.installation.snapshotter().exports(of: record)
        guard try session.installation.database().snapshot.keep != nil else {
          return told(record, session, "snapshot-run", "taken", exports: exports)
        }
        var (kept, snapshotter) = try await keeping.decide()
        // What has no manifest is left for a person to see: `snapshot prune`.
        kept.leftovers = []
        let failed = await snapshotter.remove(kept)
        for problem in failed { keeping.warn(problem) }
        for line in keeping.lines(kept, removed: failed.isEmpty) where !line.hasPrefix("stays") {
          session.terminal.say(line)
        }
        return told(record, session, "snapshot-run", "taken", exports: exports)
      }
    }
  }

  struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Whether there is a proven snapshot that is young enough (1 when not, and people are told).",
      discussion: "Example: gatehouse snapshot status")

    @OptionGroup var common: CommonOptions

    func run() async throws {
      try await VerbRun(common, verb: "snapshot-status").run { session in
        let keeping = SnapshotKeeping(session: session)
        let (found, newest) = try await keeping.punctuality()
        let warnings = try await keeping.keyWarnings()
        let asked = "asked every \(found.lateAfter.words)"
        let text =
          if let newest = found.newest, let age = found.age {
            "the newest proven snapshot, \(newest.id), is \(age.words) old, \(asked)"
          } else {
            "there is no proven snapshot of this database, \(asked)"
          }
        if found.isLate {
          session.terminal.say("\(session.terminal.mark(.bad)) \(text)")
          try await keeping.tell(
            "snapshot-late-\(session.policy.name)-\(session.environmentName)-\(found.newest?.id ?? "none")",
            "a snapshot did not happen in time", [text, "to do: gatehouse snapshot run --schedule hourly"])
        } else {
          session.terminal.say("\(session.terminal.mark(.good)) \(text)")
        }
        if let fate = newest?.manifest.keys.fate { session.terminal.say("  \(fate)") }
        let exit: Core.ExitCode = found.isLate ? .refused : .done
        return VerbOutcome(
          document: .dictionary([
            ("schema", "gatehouse.snapshot-status/v1"), ("decision", found.isLate ? "late" : "in-time"),
            ("exit", .integer(Int64(exit.rawValue))), ("run", .null),
            ("newest", found.newest.map { .string($0.id) } ?? .null),
            ("ageMilliseconds", found.age.map { .integer($0.milliseconds) } ?? .null),
            ("lateAfterMilliseconds", .integer(found.lateAfter.milliseconds)),
            ("keys", newest?.manifest.keys.json), ("warnings", .array(warnings.map(\.json))),
          ]), exit: exit)
      }
    }
  }

  struct Prune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show which snapshots `keep` lets go, and why the others stay; with --yes, remove them.",
      discussion: "Example: gatehouse snapshot prune")

    @OptionGroup var common: CommonOptions
    @Flag(help: "Remove them.") var yes = false

    func run() async throws {
      let yes = yes
      try await VerbRun(common, verb: "snapshot-prune").run { session in
        let keeping = SnapshotKeeping(session: session)
        let (kept, snapshotter) = try await keeping.decide()
        for problem in kept.problems { keeping.warn(problem) }
        let failed = yes ? await snapshotter.remove(kept) : []
        for line in keeping.lines(kept, removed: yes && failed.isEmpty) { session.terminal.say(line) }
        if let first = failed.first { throw first }
        let count = kept.plan.goes.count + kept.leftovers.count
        if !yes, count > 0 { session.terminal.say("nothing was removed; say --yes to remove \(count)") }
        return VerbOutcome(
          document: .dictionary(
            [
              ("schema", "gatehouse.snapshot-prune/v1"), ("decision", yes ? "removed" : "shown"), ("exit", 0),
              ("run", .null),
            ] + keeping.json(kept)), exit: .done)
      }
    }
  }

  struct Hold: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Keep a snapshot whatever the policy says, until a day or until the hold is taken away.",
      discussion: "Example: gatehouse snapshot hold 01JD3Z5M2KTQ8VXW9YB7C4E6FG --reason 'Inquiry 7'")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The snapshot.") var id: String
    @Option(help: "Why.") var reason: String?
    @Option(help: "The first day on which it no longer holds, local to the policy's zone: 2027-01-31.") var until:
      String?
    @Flag(help: "Take the hold away.") var end = false
    @Option(name: .customLong("as"), help: ArgumentHelp("Who you are.", valueName: "name")) var name: String?

    func validate() throws {
      if end == (reason != nil) { throw ValidationError("Say why with --reason, or take the hold away with --end.") }
      if end, until != nil { throw ValidationError("--until goes with --reason.") }
    }

    func run() async throws {
      let (id, reason, until, name) = (id, reason, until, name)
      try await VerbRun(common, verb: "snapshot-hold").run { session in
        let installation = session.installation
        let snapshotter = try await installation.snapshotter()
        let record = try await snapshotter.record(id)
        guard let reason else {
          try await snapshotter.takeHoldAway(from: record)
          return told(record, session, "snapshot-hold", "no longer held")
        }
        let end = try until.map { text throws(Problem) in try session.beginning(ofDay: text) }
        try await snapshotter.hold(
          record,
          SnapshotHold(
            snapshot: id, reason: try Claimant.checked(reason, "--reason", limit: 500),
            by: try Claimant.person(name, installation.environment).name, at: installation.timing.now(), until: end))
        return told(record, session, "snapshot-hold", "held")
      }
    }
  }
}
