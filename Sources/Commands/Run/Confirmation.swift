import Core
import Release
import Store

/// `confirm`: writes down what a person says to a run that waits. It acts on nothing: the run does.
struct Confirmation: Sendable {
  enum Say: Sendable {
    case yes([String])
    case yesToAll
    /// With the reason; to some items, or to the whole.
    case no([String], String)
  }

  let session: Session
  let run: RunID
  /// `nil` only shows what is waited for.
  let say: Say?
  /// What the person believes to confirm; another commit is refused.
  let commit: CommitID?
  let name: String?

  private var timing: any Timing { session.installation.timing }

  func answer() async throws -> VerbOutcome {
    guard let store = try await session.storeIfThere() else {
      throw Problem(
        "run.unknown", "run \(run) is not known", why: "there is no store yet",
        remedy: "see that the folder and the policy are the right ones")
    }
    let runs = RunStore(store: store, policyName: session.policy.name)
    let (state, place) = try await awaited(runs)
    guard let say else { return try await show(state, place, runs) }
    let person = try Claimant.person(name, session.installation.environment)
    session.installation.crashPoint("answering")
    let written = try await write(say, by: person, place, runs)
    session.installation.crashPoint("answered")
    let log = try await runs.answers(place)
    try await see(written, counted: log, runs, place)
    return tell(written, person, place, state, log, try await store.holder(of: session.lockName) != nil)
  }

  /// The run, if it waits here and now for people.
  private func awaited(_ runs: RunStore) async throws(Problem) -> (RunState, WaitPlace) {
    let records = try await runs.records(of: run)
    guard !records.isEmpty else {
      throw Problem("run.unknown", "run \(run) has no journal", place: runs.store.place, remedy: "see gatehouse status")
    }
    let state = try RunState(records: records)
    let environment = state.plan.environment
    guard environment == session.environmentName else {
      throw Problem(
        "run.other-environment", "run \(run) is not of \(session.environmentName)", why: "it is of \(environment)",
        remedy: "name it: --environment \(environment), with its own policy")
    }
    if let ending = state.ending {
      throw Problem(
        "run.ended", "run \(run) has ended \(ending.rawValue)", why: "an answer would change nothing",
        remedy: ending == .released ? "gatehouse rollback takes the release back" : "gatehouse explain \(run)")
    }
    if let current = try await runs.current(environment), current != run {
      throw Problem(
        "run.superseded", "run \(run) is not the last one of \(environment)", why: "\(current) is",
        remedy: "gatehouse status shows what waits")
    }
    if let commit, !commit.names(state.plan.commit) {
      throw Problem(
        "run.other-commit", "run \(run) is not for \(commit.short)", why: "it is for \(state.plan.commit.short)",
        remedy: "look at what it staged: gatehouse status")
    }
    guard let place = state.awaited else { throw notWaiting("it has asked for nothing, or gone on") }
    return (state, place)
  }

  private func notWaiting(_ why: String) -> Problem {
    Problem(
      "run.not-waiting", "run \(run) does not wait for an answer", why: why,
      remedy: "gatehouse explain \(run); what must not stay is taken back by gatehouse rollback")
  }

  /// Adds the answers one by one, each after everything that was there when it was decided.
  private func write(
    _ say: Say, by person: WaitAnswer.Person, _ place: WaitPlace, _ runs: RunStore
  ) async throws(Problem) -> [WaitAnswer] {
    var written: [WaitAnswer] = []
    while true {
      let log = try await runs.answers(place)
      let now = timing.now()
      if let closed = log.closed { throw notWaiting("it was decided before this was written: \(closed.rawValue)") }
      if now >= place.request.until { throw LiveWorld.failure(of: place.request, .expired, log.answers) }
      let open = try answers(to: say, by: person, at: now, place.request, log)
      guard let next = open.first(where: { answer in !written.contains { $0.item == answer.item } }) else {
        return written
      }
      if try await runs.add(.answer(next), at: log.count, place) { written.append(next) }
    }
  }

  /// What is still to be written; what this person has said already is not said twice.
  private func answers(
    to say: Say, by person: WaitAnswer.Person, at now: Timestamp, _ request: WaitRequest, _ log: WaitLog
  ) throws(Problem) -> [WaitAnswer] {
    let known = request.items.map(\.id)
    func chosen(_ ids: [String]) throws(Problem) -> [String] {
      if let unknown = ids.first(where: { !known.contains($0) }) {
        throw Problem(
          "usage.item", "run \(run) does not ask for '\(unknown)'", why: "it asks for \(known.joined(separator: ", "))",
          remedy: "gatehouse confirm \(run) shows each")
      }
      return known.filter(ids.contains)
    }
    let ids: [String]
    switch say {
    case .yes(let named): ids = try chosen(named)
    case .yesToAll: ids = request.missing(log.answers).map(\.id)
    case .no(let named, let reason):
      let items: [String?] = named.isEmpty ? [nil] : try chosen(named)
      return items.map { WaitAnswer(item: $0, isYes: false, by: person, at: now, reason: reason) }
    }
    if log.answers.contains(where: { !$0.isYes }) {
      throw LiveWorld.failure(of: request, .refused, log.answers)
    }
    return ids.filter { id in !log.answers.contains { $0.isYes && $0.item == id && $0.by.name == person.name } }
      .map { WaitAnswer(item: $0, isYes: true, by: person, at: now) }
  }

  /// A run may have been sent another way while this was written; then nobody reads it, and the person is told.
  private func see(
    _ written: [WaitAnswer], counted log: WaitLog, _ runs: RunStore, _ place: WaitPlace
  ) async throws(Problem) {
    guard log.closed == nil, !written.isEmpty else { return }
    let state = try RunState(records: try await runs.records(of: run))
    guard state.awaited?.request != place.request else { return }
    throw notWaiting("it went another way while this was written, and the answer does not count")
  }

  // MARK: Telling

  private func show(_ state: RunState, _ place: WaitPlace, _ runs: RunStore) async throws(Problem) -> VerbOutcome {
    let log = try await runs.answers(place)
    let text = WaitText(place: place, session)
    session.terminal.say("run \(run) for \(state.plan.commit.short) waits until \(place.request.until)")
    let isAttended: Bool
    do { isAttended = try await runs.store.holder(of: session.lockName) != nil } catch { throw error.problem }
    for line in text.lines(session.terminal, log, goesOnByItself: isAttended) { session.terminal.say(line) }
    session.terminal.say("nothing was confirmed: name what you have looked at, or say --all")
    return outcome("waiting", .waiting, [], nil, state, text.json(log))
  }

  private func tell(
    _ written: [WaitAnswer], _ person: WaitAnswer.Person, _ place: WaitPlace, _ state: RunState, _ log: WaitLog,
    _ isAttended: Bool
  ) -> VerbOutcome {
    for answer in written {
      let text =
        place.request.items.first { $0.id == answer.item }.map { "\($0.id)  \($0.text)" } ?? "the whole release"
      session.terminal.say("  \(session.terminal.mark(answer.isYes ? .good : .bad)) \(text)")
    }
    session.terminal.say(
      written.isEmpty
        ? "that is confirmed already; nothing was written"
        : "written down as said by \(person.name) (\(person.source)) at \(timing.now()): a claim, not a signature")
    let missing = place.request.missing(log.answers)
    let isRefused = log.answers.contains { !$0.isYes }
    let goesOn =
      isAttended
      ? "the run goes on by itself" : "gatehouse deploy at the same commit, or gatehouse resume \(run), goes on"
    session.terminal.say(
      isRefused
        ? "refused: " + (isAttended ? "the run ends by itself" : "gatehouse resume \(run) ends it")
          + (state.productionBegan ? ", and everything is taken back" : ", and production stays as it is")
        : missing.isEmpty
          ? "all is confirmed: " + goesOn : "still missing: " + missing.map(\.id).joined(separator: ", "))
    return outcome(
      isRefused ? "refused" : missing.isEmpty ? "confirmed" : "recorded", .done, written, person, state,
      WaitText(place: place, session).json(log))
  }

  private func outcome(
    _ decision: String, _ exit: ExitCode, _ written: [WaitAnswer], _ person: WaitAnswer.Person?, _ state: RunState,
    _ waiting: JSON
  ) -> VerbOutcome {
    VerbOutcome(
      document: .dictionary([
        ("schema", "gatehouse.confirm/v1"), ("decision", .string(decision)),
        ("exit", .integer(Int64(exit.rawValue))), ("run", .string(run.text)),
        ("environment", .string(session.environmentName)), ("commit", .string(state.plan.commit.text)),
        ("by", person.map { ["name": .string($0.name), "source": .string($0.source), "signed": false] }),
        ("written", .array(written.map(\.json))), ("waiting", waiting),
      ]), exit: exit)
  }
}
