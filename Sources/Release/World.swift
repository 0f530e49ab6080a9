import Core

/// The world as a run changes and sees it; the live one is wired in `Commands`.
package protocol World: Sendable {
  /// Does it, and waits until it is done or known not to be.
  ///
  /// May be called again after a crash or an unknown outcome: it must find and take up what an earlier attempt of this
  /// run began, never make an effect a second time.
  func perform(_ action: Action, in context: ActionContext) async -> Performance

  /// Asks the world, once and without changing it, whether an effect happened and how it stands.
  func observe(_ action: Action, in context: ActionContext) async -> Observation
}

/// What an action may need to know of the run.
package struct ActionContext: Sendable {
  package let plan: ReleasePlan
  /// What finished actions found or made, by ``Action/key``.
  package let facts: [String: JSON]
  /// The last note of this action, when it was interrupted.
  package let note: JSON?
  /// See ``RunState/round``.
  package let round: Int
  /// What this action asked for when it waited before.
  package let request: WaitRequest?
  package let productionBegan: Bool
  package let plannedAt: Timestamp
  /// Writes a note that survives a crash.
  package let remember: @Sendable (JSON) async throws(Problem) -> Void

  package init(
    plan: ReleasePlan, facts: [String: JSON], note: JSON? = nil, round: Int = 0, request: WaitRequest? = nil,
    productionBegan: Bool = false, plannedAt: Timestamp = Timestamp(milliseconds: 0),
    remember: @escaping @Sendable (JSON) async throws(Problem) -> Void = { _ in }
  ) {
    self.plan = plan
    self.facts = facts
    self.note = note
    self.round = round
    self.request = request
    self.productionBegan = productionBegan
    self.plannedAt = plannedAt
    self.remember = remember
  }
}

package enum Performance: Sendable {
  case done(JSON)
  /// Known not to have happened, or seen to be bad.
  case failed(Problem)
  /// It may have happened: the world must be asked.
  case unknown(Problem)
  /// A person, a confirmation or a window is missing. It is asked again when the run is taken up; the request is what was
  /// asked for, and comes back in ``ActionContext/request``.
  case waiting(Problem, WaitRequest? = nil)
  /// Looked for, but not seen well enough to say (law L5: blind moves towards a person).
  case undecided(Problem)
}

package enum Observation: Sendable {
  case happened(JSON)
  case absent
  /// Begun and not finished; performing again joins it.
  case underway
  /// Somebody else changed it: not ours to go on with, nor to take back.
  case foreign(Problem)
  case unknown(Problem)
}

/// Where records go. `append` returns when the record survives a power cut.
package protocol Journal: Sendable {
  func append(_ record: RunRecord) async throws(Problem)
}

/// Called at every point at which a crash is interesting; the live one does nothing.
package typealias CrashPoint = @Sendable (String) -> Void
