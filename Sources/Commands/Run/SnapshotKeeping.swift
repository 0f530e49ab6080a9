import Alerts
import Core
import HTTP
import Release
import Snapshots
import Surroundings

/// What the verbs of kept snapshots share: who needs them, what goes, and whether they come in time.
struct SnapshotKeeping {
  let session: Session
  private var installation: Installation { session.installation }

  /// Why the store needs a snapshot, by the snapshot's id: its run has not ended well, or is what production serves.
  ///
  /// A store that cannot be asked is a problem, and nothing is removed; where there is none, every run may need its own.
  private func needs() async throws(Problem) -> (String) -> String? {
    guard let store = try await session.storeIfThere() else {
      // Snapshots may be kept by another machine than the one that releases.
      let released = try await installation.snapshotter().list().records.filter { $0.manifest.purpose == .release }
      let ids = Set(released.map(\.id))
      return { ids.contains($0) ? "no store here tells whether a run needs it" : nil }
    }
    let runs = RunStore(store: store, policyName: session.policy.name)
    let over = [Ending.released, .unchanged, .rolledBack].map(\.rawValue)
    let open = try await runs.summaries(limit: 10_000).filter { $0.verb == "deploy" && !over.contains($0.standing) }
      .map(\.run.text)
    let released = try await runs.release(session.environmentName)?["run"]?.string
    return { id in
      if let run = open.first(where: { id.hasPrefix($0) }) { return "run \(run) has not ended" }
      if let released, id.hasPrefix(released) { return "of the release that production serves" }
      return nil
    }
  }

  private var zone: ZoneRules {
    ZoneFile.rules(of: session.policy.timezone, environment: installation.environment) ?? .utc
  }

  private func database() async throws(Problem) -> (identity: DatabaseIdentity, place: String) {
    try await locate(database: try await installation.secrets.resolve(try installation.database().url))
  }

  /// - Throws: `policy.missing-section` when the policy does not say how long snapshots are kept.
  func decide() async throws(Problem) -> (keeping: Keeping, snapshotter: Snapshotter) {
    let rules = try installation.database().snapshot
    guard let keep = rules.keep else { throw Installation.missing("database.snapshot.keep") }
    let snapshotter = try await installation.snapshotter()
    try await snapshotter.refuseWrongClock(try await installation.secrets.resolve(try installation.database().url))
    let (identity, place) = try await database()
    let keeping = try await snapshotter.keeping(
      keep, zone: zone, of: identity, at: place, proven: rules.verify, needed: try await needs())
    return (keeping, snapshotter)
  }

  /// - Throws: `check.snapshot-schedule` when nothing says how often there should be one.
  func punctuality() async throws(Problem) -> (Punctuality, newest: SnapshotRecord?) {
    let rules = try installation.database().snapshot
    guard let lateAfter = rules.lateAfter else {
      throw Problem(
        "check.snapshot-schedule", "nothing says how often there should be a snapshot",
        remedy: "write `late-after` or `keep` below database.snapshot")
    }
    let snapshotter = try await installation.snapshotter()
    let listing = try await snapshotter.list()
    for problem in listing.problems { warn(problem) }
    let (identity, place) = try await database()
    let candidates = try await snapshotter.candidates(listing, of: identity, at: place, proven: rules.verify)
    let found = Punctuality(candidates, lateAfter: lateAfter, now: installation.timing.now())
    return (found, found.newest.flatMap { listing.record($0.id) })
  }

  /// What keeps snapshots, now or within days, from being encrypted as the policy asks; people are told of each once.
  func keyWarnings() async throws(Problem) -> [Problem] {
    guard try !installation.database().snapshot.encryptTo.isEmpty else { return [] }
    let files = try await installation.recipientFiles()
    let now = installation.timing.now()
    var warnings = files.warnings(at: now)
    do throws(Problem) { _ = try files.recipients(at: now) } catch { warnings.insert(error, at: 0) }
    for problem in warnings {
      warn(problem)
      try await tell(
        "snapshot-key-\(session.policy.name)-\(session.environmentName)-\(problem.code)-\(problem.place ?? "")",
        problem.what, problem.lines(), kind: "snapshot-key",
        severity: problem.code == "policy.next-key" ? .warning : .critical)
    }
    return warnings
  }

  func warn(_ problem: Problem) {
    for line in problem.lines(prefix: "warning") { session.terminal.talk(line) }
  }

  /// Tells people. The same id is told once, however often this is called.
  func tell(
    _ id: String, _ title: String, _ lines: [String], kind: String = "snapshot-late",
    severity: Notice.Severity = .critical
  ) async throws(Problem) {
    let notice = Notice(
      id: id, kind: kind, severity: severity,
      title: "\(session.policy.name), \(session.environmentName): \(title)", lines: lines, run: nil,
      at: installation.timing.now())
    for problem in await installation.tell(notice, through: try await session.store(creating: true)) { warn(problem) }
  }

  /// Calls the address that misses us when we do not call. A call that fails is said, and changes nothing else.
  func ping() async throws(Problem) {
    guard let reference = try installation.database().snapshot.ping else { return }
    let url = try await installation.secrets.resolve(reference)
    var request = HTTPRequest("POST", url.reveal())
    request.timeout = .seconds(15)
    let why: String
    do throws(HTTPFailure) {
      let answer = try await installation.transport.send(request)
      guard answer.status / 100 != 2 else { return }
      why = "it answered \(answer.status)"
    } catch {
      why = error == .cancelled ? "interrupted" : "it could not be reached"
    }
    warn(
      Problem(
        "snapshot.ping", "the address that waits for a call after each snapshot was not reached", why: why,
        remedy: "see database.snapshot.ping; it will take the snapshot for missed"))
  }

  /// What goes and what stays, for people.
  func lines(_ keeping: Keeping, removed: Bool) -> [String] {
    var lines: [String] = []
    for decision in keeping.plan.decisions {
      let note = decision.unopenable.map { " (\($0))" } ?? ""
      if let why = decision.goesBecause {
        lines.append("\(removed ? "removed" : "goes   ")  \(decision.id)  \(decision.takenAt)  \(why)\(note)")
      } else {
        let kept = decision.keptBecause.joined(separator: "; ")
        lines.append("stays    \(decision.id)  \(decision.takenAt)  \(kept)\(note)")
      }
    }
    for left in keeping.leftovers {
      lines.append("\(removed ? "removed" : "goes   ")  \(left.name)  left without a manifest in \(left.place)")
    }
    return lines
  }

  func json(_ keeping: Keeping) -> [(String, JSON?)] {
    [
      (
        "snapshots",
        .array(
          keeping.plan.decisions.map { decision in
            .dictionary([
              ("id", .string(decision.id)), ("takenAt", .string(decision.takenAt.description)),
              ("stays", .bool(decision.stays)), ("keptBecause", .strings(decision.keptBecause)),
              ("goesBecause", decision.goesBecause.map { .string($0) }),
              ("unopenable", decision.unopenable.map { .string($0) }),
            ])
          })
      ),
      ("leftovers", .array(keeping.leftovers.map { ["place": .string($0.place), "file": .string($0.name)] })),
    ]
  }
}
