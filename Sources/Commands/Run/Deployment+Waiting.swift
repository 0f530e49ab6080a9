import Core
import Release
import Store
import Surroundings

/// `deploy` and a run that waits: the same commit goes on with it, another one does not get past it, and one whose time is
/// over makes room.
extension Deployment {
  /// - Returns: how the run that waited stands now; `nil` when nothing waits any more and a new run may begin.
  func takeUpWaiting(_ store: any Store, _ runs: RunStore) async throws -> VerbOutcome? {
    guard let left = try await waiting(runs) else { return nil }
    return try await locked(store, left.plan.run) { lease in
      // What waited before the lock was taken may have been gone on with.
      guard let state = try await waiting(runs), let place = state.awaited else { return nil }
      let run = state.plan.run
      let head = try await installation.source.head().commit
      let live = LiveRun(
        installation: installation, store: store, terminal: session.terminal, wrap: wrap, mark: mark, stays: stays)
      if head == state.plan.commit, installation.policy.digest == state.plan.policyDigest {
        session.terminal.say("goes on with run \(run), which waits at the same commit")
        let outcome = try await live.resume(run, choice: nil, lease: lease)
        guard case .ended(.unchanged, let why?) = outcome, ["wait.expired", "wait.stale"].contains(why.code) else {
          return try await close(outcome, run, nil, runs, of: head)
        }
        say(why, "run \(run) ended unchanged, and a new one begins")
        return nil
      }
      if !state.productionBegan,
        let over = try await runs.over(
          place, state, rules: session.policy.evidence, at: installation.timing.now())
      {
        guard case .ended(.unchanged, _) = try await live.withdraw(run, because: over, lease: lease) else {
          throw Deployment.held(state, place, by: head, over: over)
        }
        say(over, "run \(run) ended unchanged, and makes room")
        return nil
      }
      throw Deployment.held(state, place, by: head, over: nil)
    }
  }

  /// The environment's last run, if it waits.
  private func waiting(_ runs: RunStore) async throws(Problem) -> RunState? {
    guard let current = try await runs.current(session.environmentName) else { return nil }
    let records = try await runs.records(of: current)
    guard !records.isEmpty else { return nil }
    let state = try RunState(records: records)
    return state.awaited == nil ? nil : state
  }

  /// Why another release does not get past a run that waits.
  static func held(_ state: RunState, _ place: WaitPlace, by head: CommitID, over: Problem?) -> Problem {
    let run = state.plan.run
    if state.productionBegan {
      return Problem(
        "run.needs-person", "run \(run) waits after production began, and no process is with it",
        why: "it is for \(state.plan.commit.short), and what it did to production stays until it goes on",
        remedy: "gatehouse resume \(run) goes on, or takes it back when its time is over")
    }
    return Problem(
      "run.held", "run \(run) waits for people, and holds \(state.plan.environment) until \(place.request.until)",
      why: over?.description
        ?? "it is for \(state.plan.commit.short)"
        + (head == state.plan.commit ? " under another policy" : ", this is \(head.short)"),
      remedy: "let it be confirmed or refused (gatehouse status), or end it: gatehouse resume \(run) --back")
  }

  private func say(_ why: Problem, _ what: String) {
    for line in why.lines(prefix: "because") { session.terminal.say(line) }
    session.terminal.say(what)
  }

  /// How a run that waits is told: what to look at, where, and what to say.
  func waitText(_ outcome: Interpreter.Outcome, _ runs: RunStore) async throws(Problem) -> (
    text: WaitText, log: WaitLog
  )? {
    guard case .waiting(_, let place?) = outcome else { return nil }
    return (WaitText(place: place, session), try await runs.answers(place))
  }
}

extension WaitText {
  init(place: WaitPlace, _ session: Session) {
    self.init(
      place: place, environment: session.environmentName,
      protected: session.policy.projects.contains { $0.bypass != nil })
  }
}
