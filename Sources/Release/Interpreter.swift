import Core

/// Performs what the state asks for and writes down what came of it. The only code of a run with effects.
package struct Interpreter: Sendable {
  /// How the run stands when the interpreter returns.
  package enum Outcome: Sendable {
    case ended(Ending, Problem?)
    case waiting(Problem, WaitPlace? = nil)
    /// The process was told to stop; `productionBegan` tells which exit code is honest.
    case interrupted(productionBegan: Bool)
  }

  package let world: any World
  package let journal: any Journal
  package let timing: any Timing
  package let budgets: ReleaseRules.Budgets
  /// The longest that the watch can take by its own rules.
  package let watchLasts: Duration
  /// The same for each stage of traffic before the last.
  package var stagesLast: [Duration] = []
  /// Told of every record after it is durable.
  package var narrate: @Sendable (RunRecord, RunState) async -> Void = { _, _ in }
  package var crashPoint: CrashPoint = { _ in }

  package init(
    world: any World, journal: any Journal, timing: any Timing, budgets: ReleaseRules.Budgets, watchLasts: Duration
  ) {
    self.world = world
    self.journal = journal
    self.timing = timing
    self.budgets = budgets
    self.watchLasts = watchLasts
  }

  /// Goes on from a state until the run ends, waits, or is interrupted by cancelling the task.
  ///
  /// - Throws: only when the journal cannot be written: then nothing more may be done.
  package func run(from start: RunState) async throws(Problem) -> Outcome {
    var state = start
    while true {
      if Task.isCancelled { return try await interrupt(&state) }
      switch state.next {
      case .beginProduction: try await record(.productionBegan, &state)
      case .perform(let actions):
        for action in actions { try await intend(action, &state) }
        try await perform(actions, &state)
      case .settle(let actions): try await settle(actions, &state)
      case .pause(let problem): return .waiting(problem, state.awaited)
      case .end(let ending, let problem): try await record(.ended(ending, problem), &state)
      case .over(let ending): return .ended(ending, state.endingProblem)
      }
      if Task.isCancelled, !state.open.isEmpty { return try await interrupt(&state) }
    }
  }

  private func interrupt(_ state: inout RunState) async throws(Problem) -> Outcome {
    if let ending = state.ending { return .ended(ending, state.endingProblem) }
    try await record(.interrupted(signal: "stop"), &state)
    return .interrupted(productionBegan: state.productionBegan)
  }

  private func intend(_ action: Action, _ state: inout RunState) async throws(Problem) {
    try await record(.intended(action, attempt: (state.attempts[action.key] ?? 0) + 1), &state)
  }

  /// Intents of an earlier process: what does the world say?
  private func settle(_ actions: [Action], _ state: inout RunState) async throws(Problem) {
    var again: [Action] = []
    // One that failed may have ended the way forward, and with it what was open beside it.
    for action in actions where state.open.contains(action) {
      guard action.isEffect else {
        again.append(action)
        continue
      }
      switch await observe(action, state) {
      case .happened(let facts) where !action.isLookedAtWhenPerformed:
        try await record(.finished(action, facts: facts), &state)
      case .happened, .absent, .underway: again.append(action)
      case .foreign(let problem): try await record(.undecided(action, problem), &state)
      case .unknown(let problem): try await record(.failed(action, problem, uncertain: true), &state)
      }
    }
    again.removeAll { !state.open.contains($0) }
    for action in again where action.isEffect { try await intend(action, &state) }
    try await perform(again, &state)
  }

  /// Performs what is open, and beside it what becomes ready meanwhile. When one ends the way forward the others are
  /// cancelled.
  private func perform(_ actions: [Action], _ state: inout RunState) async throws(Problem) {
    let failure = await withTaskGroup(of: (Action, Performance).self) { group -> Problem? in
      func begin(_ action: Action, _ context: ActionContext) {
        group.addTask {
          crashPoint("before \(action.key)")
          let performance = await withinBudget(of: action, in: context.plan) {
            await world.perform(action, in: context)
          }
          crashPoint("after \(action.key)")
          return (action, performance)
        }
      }
      for action in actions { begin(action, context(for: action, state)) }
      do throws(Problem) {
        while let (action, performance) = await group.next() {
          // Told to stop: the intents stay open and the next process asks the world.
          if Task.isCancelled { return nil }
          guard state.open.contains(action) else { continue }
          try await conclude(action, performance, &state)
          for next in state.ready where !state.open.isEmpty {
            try await intend(next, &state)
            begin(next, context(for: next, state))
          }
          if state.open.isEmpty { group.cancelAll() }
        }
        return nil
      } catch {
        group.cancelAll()
        return error
      }
    }
    if let failure { throw failure }
  }

  /// - Parameter isSecond: It was performed once more, because the first time its end was not known.
  private func conclude(
    _ action: Action, _ performance: Performance, _ state: inout RunState, isSecond: Bool = false
  ) async throws(Problem) {
    switch performance {
    case .done(let facts) where action.isEffect: try await confirm(action, facts, &state)
    case .done(let facts): try await record(.finished(action, facts: facts), &state)
    case .failed(let problem): try await record(.failed(action, problem, uncertain: false), &state)
    case .waiting(let problem, let request): try await record(.waiting(action, problem, request), &state)
    case .undecided(let problem): try await record(.undecided(action, problem), &state)
    // What was to be compared with is missing; nothing else is.
    case .unknown where action == .measure: try await record(.finished(action, facts: [:]), &state)
    // A watch that could not be ended is no evidence that the release is bad.
    case .unknown(let problem) where action.isWatch: try await record(.undecided(action, problem), &state)
    case .unknown(let problem) where !action.isEffect:
      try await record(.failed(action, problem, uncertain: true), &state)
    case .unknown(let problem):
      switch await observe(action, state) {
      // It happened, but performing looks closer: it finds what is there and looks.
      case .happened where action.isLookedAtWhenPerformed && !isSecond:
        try await intend(action, &state)
        let again = await withinBudget(of: action, in: state.plan) { [context = context(for: action, state)] in
          await world.perform(action, in: context)
        }
        if Task.isCancelled { return }
        try await conclude(action, again, &state, isSecond: true)
      case .happened(let facts): try await record(.finished(action, facts: facts), &state)
      case .foreign(let foreign): try await record(.undecided(action, foreign), &state)
      case .absent: try await record(.failed(action, problem, uncertain: false), &state)
      case .underway, .unknown: try await record(.failed(action, problem, uncertain: true), &state)
      }
    }
  }

  /// Law L2: a request that was accepted is not a result.
  private func confirm(_ action: Action, _ facts: JSON, _ state: inout RunState) async throws(Problem) {
    switch await observe(action, state) {
    case .happened(let seen): try await record(.finished(action, facts: merge(facts, seen)), &state)
    case .foreign(let problem): try await record(.undecided(action, problem), &state)
    case .unknown(let problem): try await record(.failed(action, problem, uncertain: true), &state)
    case .absent, .underway:
      let problem = Problem(
        "run.not-seen", "'\(action.key)' was reported done, but the world does not show it",
        remedy: "compare the journal with production: gatehouse explain \(state.plan.run)")
      try await record(.failed(action, problem, uncertain: true), &state)
    }
  }

  private func observe(_ action: Action, _ state: RunState) async -> Observation {
    let observation = await world.observe(action, in: context(for: action, state))
    crashPoint("observed \(action.key)")
    return observation
  }

  private func record(_ record: RunRecord, _ state: inout RunState) async throws(Problem) {
    // Checked before it is written: an impossible record must not reach the journal.
    var following = state
    try following.apply(record)
    try await journal.append(record)
    state = following
    crashPoint("journalled")
    await narrate(record, state)
  }

  private func context(for action: Action, _ state: RunState) -> ActionContext {
    ActionContext(
      plan: state.plan, facts: state.facts, note: state.notes[action.key], round: state.round,
      request: state.requests[action], productionBegan: state.productionBegan, plannedAt: state.plannedAt
    ) { [journal, crashPoint] note throws(Problem) in
      try await journal.append(.noted(action, note))
      crashPoint("noted")
    }
  }

  /// What the action returned merged with what was seen; what was seen wins.
  private func merge(_ facts: JSON, _ seen: JSON) -> JSON {
    guard let made = facts.members, let observed = seen.members else { return seen.isNull ? facts : seen }
    let names = Set(observed.map(\.key))
    return .object(made.filter { !names.contains($0.key) } + observed)
  }
}

extension Interpreter {
  /// Runs the work; when the phase's budget runs out first, the work is cancelled and the outcome is unknown.
  private func withinBudget(
    of action: Action, in plan: ReleasePlan, _ work: @escaping @Sendable () async -> Performance
  ) async -> Performance {
    let budget = budget(of: action, in: plan)
    return await withTaskGroup(of: Performance?.self) { group in
      group.addTask { await work() }
      group.addTask { [timing] in
        do { try await timing.sleep(for: budget) } catch { return nil }
        return .unknown(
          Problem(
            "run.budget", "'\(action.key)' did not end within its budget of \(budget.milliseconds / 1000) s",
            remedy: "see where it waits, or raise release.budget.\(action.phase.rawValue)"))
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      if let first { return first }
      // The timer was cancelled with the task; the work ends by itself.
      if case let last?? = await group.next() { return last }
      return .unknown(Problem("run.interrupted", "'\(action.key)' was interrupted"))
    }
  }

  private func budget(of action: Action, in plan: ReleasePlan) -> Duration {
    switch action {
    // How long a run may wait stands in its request; this is for asking once whether it still must.
    case .awaitApprovals, .awaitWindow, .awaitConfirmations, .awaitStage, .keep, .record: budgets.prepare
    case .stage(let project): plan.budget(ofStaging: project, budgets)
    case .shift, .promote, .discard, .rollBack, .compensate: budgets.deploy
    case .snapshot, .rehearse, .restorePoint, .snapshotPresent: budgets.snapshot
    case .migrate, .thenRun, .reverseMigrations: budgets.migrate
    case .measure, .verifyStaged, .verifyRestored: budgets.verify
    // The watch ends by itself; the rest is for asking who is production at its end.
    case .watch: watchLasts + .seconds(120)
    case .watchStage(let stage):
      (stagesLast.indices.contains(stage) ? stagesLast[stage] : watchLasts) + .seconds(120)
    }
  }
}
