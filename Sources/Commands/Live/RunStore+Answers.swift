import Core
import Release
import Store

extension WaitPlace {
  /// The kind of the documents that answer it. A request that asks for something else, or about something else, begins at
  /// another moment, and has answers of its own.
  var kind: String { "answers/\(run)/\(action.key)/\(request.since.milliseconds)" }
}

extension RunStore {
  /// More entries than people can make; what is beyond is not read.
  private static let longestLog = 1000

  /// The answers to a request, in the order in which they were written.
  ///
  /// - Throws: `store.answers` when an entry cannot be understood: an answer that cannot be read may have been a no.
  func answers(_ place: WaitPlace) async throws(Problem) -> WaitLog {
    let found = try await wrap { () async throws(StoreProblem) in
      try await store.documents(place.kind, newestFirst: false, limit: RunStore.longestLog)
    }
    var log = WaitLog()
    for (index, document) in found.enumerated() {
      guard document.id == RunStore.name(of: index), let entry = WaitLog.Entry(json: document.document) else {
        throw Problem(
          "store.answers", "answer \(index + 1) to what run \(place.run) asked for cannot be understood",
          place: store.place, remedy: "end the run: gatehouse resume --back")
      }
      log.append(entry)
    }
    return log
  }

  /// Adds an entry as the one of that place.
  ///
  /// - Returns: `false` when somebody else wrote there first: read again, and decide again.
  func add(_ entry: WaitLog.Entry, at index: Int, _ place: WaitPlace) async throws(Problem) -> Bool {
    guard index < RunStore.longestLog else {
      throw Problem("store.answers", "run \(place.run) has more answers than people can give", place: store.place)
    }
    return try await wrap { () async throws(StoreProblem) in
      try await store.add(place.kind, RunStore.name(of: index), entry.json)
    }
  }

  /// What a request has come to, with its answers closed, so that whoever answers later is told so.
  ///
  /// - Parameter undecided: What an open request is closed as; `nil` leaves it open.
  /// - Returns: `nil` when it is open.
  func close(
    _ place: WaitPlace, at now: Timestamp, undecided: WaitDecision? = nil
  ) async throws(Problem) -> (decision: WaitDecision, log: WaitLog)? {
    while true {
      let log = try await answers(place)
      guard let decision = place.request.decision(log, at: now) ?? undecided else { return nil }
      if log.closed != nil { return (decision, log) }
      if try await add(.closed(decision, at: now), at: log.count, place) { return (decision, log) }
    }
  }

  private static func name(of index: Int) -> String {
    let digits = String(index)
    return String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
  }
}

extension RunStore {
  /// Why the evidence of a run may not be released on any more, or `nil` while it is fresh: a run that waits keeps its
  /// evidence, and the evidence grows older (law L1).
  func staleEvidence(
    of plan: ReleasePlan, plannedAt: Timestamp, rules: EvidenceRules, at now: Timestamp
  ) async throws(Problem) -> Problem? {
    let remedy = "deploy again: the checklist is decided anew"
    guard let checks = try await checklist(of: plan.run)?["checks"]?.array else {
      return Problem("wait.stale", "the verdict of run \(plan.run) is not there any more", remedy: remedy)
    }
    guard RunStore.digest(of: .array(checks)) == plan.evidenceDigest else {
      return Problem(
        "wait.stale", "the verdict of run \(plan.run) is not the one that its plan was made from", remedy: remedy)
    }
    let ages = checks.flatMap { $0["evidence"]?.array ?? [] }.compactMap { $0["age"]?.integer }
    let oldest = Duration.seconds(max(0, ages.max() ?? 0)) + (now - plannedAt)
    guard oldest > rules.maxAge else { return nil }
    return Problem(
      "wait.stale", "the evidence of run \(plan.run) has become too old while it waited",
      why: "the oldest is \(oldest.words) old, asked at most \(rules.maxAge.words)", remedy: remedy)
  }

  /// Why a waiting run that nobody goes on with has had its time, with its answers closed; `nil` while it has not.
  func over(
    _ place: WaitPlace, _ state: RunState, rules: EvidenceRules, at now: Timestamp
  ) async throws(Problem) -> Problem? {
    let stale = try await staleEvidence(of: state.plan, plannedAt: state.plannedAt, rules: rules, at: now)
    let log = try await answers(place)
    // Confirmed: its own commit may go on with it, and has the time of the request for that.
    if stale == nil, place.request.decision(log, at: now) == .given, now < place.request.until { return nil }
    guard let (decision, counted) = try await close(place, at: now, undecided: stale == nil ? nil : .expired) else {
      return nil
    }
    if decision != .refused, let stale { return stale }
    guard decision == .given else { return LiveWorld.failure(of: place.request, decision, counted.answers) }
    return Problem(
      "wait.expired", "run \(place.run) was confirmed, and nobody went on with it by \(place.request.until)",
      remedy: "deploy \(state.plan.commit.short) again")
  }
}
