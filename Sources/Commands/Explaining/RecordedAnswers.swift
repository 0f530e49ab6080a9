import Core
import Release
import Store

/// What people answered to a run, and what it waits for now, as the store holds it.
struct RecordedAnswers: Sendable {
  /// In the order of the requests; counted or not.
  let answers: [WaitAnswer]
  let waiting: (place: WaitPlace, log: WaitLog)?
  /// Whether a process is with the environment.
  let isAttended: Bool

  /// - Parameter state: `nil` for a run that only decided: nothing was asked for.
  init(_ state: RunState?, in runs: RunStore, lock: String) async throws(Problem) {
    var answers: [WaitAnswer] = []
    var waiting: (place: WaitPlace, log: WaitLog)?
    if let state {
      let places = state.requests.map { WaitPlace(run: state.plan.run, action: $0.key, request: $0.value) }
      for place in places.sorted(by: { $0.request.since < $1.request.since }) {
        let log = try await runs.answers(place)
        answers += log.answers
        if place == state.awaited { waiting = (place, log) }
      }
    }
    (self.answers, self.waiting) = (answers, waiting)
    do { isAttended = try await runs.store.holder(of: lock) != nil } catch { throw error.problem }
  }

  func lines(_ session: Session) -> [String] {
    answers.map { answer in
      "  answer: \(answer.isYes ? "yes" : "no") to \(answer.item ?? "the whole") by \(answer.by.name) "
        + "(\(answer.by.source)) at \(answer.at)" + (answer.reason.map { ": \($0)" } ?? "")
    } + waitingLines(session)
  }

  /// What is waited for; none when nothing is.
  func waitingLines(_ session: Session) -> [String] {
    guard let waiting else { return [] }
    return ["run \(waiting.place.run) waits until \(waiting.place.request.until)"]
      + WaitText(place: waiting.place, session).lines(session.terminal, waiting.log, goesOnByItself: isAttended)
  }

  func members(_ session: Session) -> [(String, JSON?)] {
    [
      ("answers", .array(answers.map(\.json))),
      ("waiting", waiting.map { WaitText(place: $0.place, session).json($0.log) } ?? .null),
    ]
  }
}
