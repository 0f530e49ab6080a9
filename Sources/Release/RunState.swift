import Core

/// Where a run is: a fold over its journal. Pure; knows no clock and no world.
package struct RunState: Hashable, Sendable {
  package enum Direction: Hashable, Sendable {
    case forward
    /// Everything done is being undone because of this.
    case back(Problem)
  }

  package let plan: ReleasePlan
  package let plannedAt: Timestamp
  package private(set) var direction: Direction = .forward
  package private(set) var productionBegan = false
  /// Facts by action key, of what finished.
  package private(set) var facts: [String: JSON] = [:]
  /// Intents without an outcome, in the order in which they were begun. More than one only of deployments that are staged
  /// side by side.
  package private(set) var open: [Action] = []
  package private(set) var attempts: [String: Int] = [:]
  package private(set) var notes: [String: JSON] = [:]
  /// How often the run was sent forward again after its present was snapshotted: that snapshot is then of the past.
  package private(set) var round = 0
  /// Steps of the way back that failed, in order.
  package private(set) var stuck: [Action: Problem] = [:]
  /// Projects whose new deployment got production's traffic while it was staged.
  private(set) var early: Set<ProjectID> = []
  /// Whether the database may hold a part of the migrations: they failed, and nobody saw that nothing was applied.
  package private(set) var migrationIsUncertain = false
  /// The person's question, while one is open.
  package private(set) var question: Problem?
  package private(set) var waiting: Problem?
  /// What each action asked for when it last waited.
  package private(set) var requests: [Action: WaitRequest] = [:]
  package private(set) var ending: Ending?
  package private(set) var endingProblem: Problem?

  /// - Parameter first: must be ``RunRecord/planned(_:at:)``.
  package init(first: RunRecord) throws(Problem) {
    guard case .planned(let plan, let at) = first else {
      throw RunState.impossible("the first record is not the plan")
    }
    self.plan = plan
    plannedAt = at
  }

  /// Folds a whole journal.
  ///
  /// - Throws: `journal.impossible` when the records cannot follow one another, or there are none.
  package init(records: [RunRecord]) throws(Problem) {
    guard let first = records.first else { throw RunState.impossible("it is empty") }
    try self.init(first: first)
    for record in records.dropFirst() { try apply(record) }
  }

  package mutating func apply(_ record: RunRecord) throws(Problem) {
    if ending != nil {
      // Only a person's choice reopens a run: one that asked for a person, or a release that is to be taken back after all.
      guard case .resumed(let choice?) = record,
        ending == .needsPerson || (ending == .released && choice == .back)
      else { throw RunState.impossible("a record follows the end") }
    }
    switch record {
    case .planned: throw RunState.impossible("a second plan")
    case .productionBegan: productionBegan = true
    case .intended(let action, let attempt):
      if let other = open.first(where: { $0 != action && !plan.areSideBySide($0, action) }) {
        throw RunState.impossible("'\(action.key)' begins while '\(other.key)' is open")
      }
      if !open.contains(action) { open.append(action) }
      attempts[action.key] = attempt
      waiting = nil
    case .finished(let action, let facts):
      try close(action, "ends")
      self.facts[action.key] = facts
      stuck[action] = nil
      if action == .migrate || action == .reverseMigrations { migrationIsUncertain = false }
    case .failed(let action, let problem, let uncertain):
      try close(action, "fails")
      if action == .migrate { migrationIsUncertain = uncertain }
      fail(action, problem)
    case .waiting(let action, let problem, let request):
      try close(action, "waits")
      waiting = problem
      if let request { requests[action] = request }
    case .undecided(let action, let problem):
      try close(action, "is undecided")
      if case .stage(let project) = action, problem.code == RunState.earlyTraffic {
        productionBegan = true
        early.insert(project)
      }
      // Before production began there is nothing that a person must choose: the run ends unchanged.
      if productionBegan, direction == .forward { ask(problem) } else { fail(action, problem) }
    case .noted(let action, let note): notes[action.key] = note
    case .interrupted: break
    case .resumed(let choice):
      // What is asked for stays asked for; the action is performed again, and says whether it must still wait.
      waiting = nil
      guard let choice else { break }
      ending = nil
      endingProblem = nil
      question = nil
      stuck = [:]
      // An intent of the other way is not made good first: it was begun, and what was begun is done again or undone.
      let left = open.filter { $0.isOfWayBack != (choice == .back) }
      if left.contains(.migrate) { migrationIsUncertain = true }
      open.removeAll(where: left.contains)
      switch choice {
      case .forward:
        forgetWhatWasUndone()
        direction = .forward
      case .back: direction = .back(RunState.askedFor)
      }
    case .ended(let ending, let problem):
      self.ending = ending
      endingProblem = problem
    }
  }

  private mutating func close(_ action: Action, _ what: String) throws(Problem) {
    guard open.contains(action) else {
      throw RunState.impossible("'\(action.key)' \(what) without having begun")
    }
    open.removeAll { $0 == action }
  }

  private mutating func ask(_ problem: Problem) {
    question = problem
    open = []
  }

  /// What is open beside something that ended the way forward is not gone on with: it was begun, so it is done again when a
  /// person sends the run forward, and undone on the way back.
  private mutating func fail(_ action: Action, _ problem: Problem) {
    switch direction {
    // The release is out and well; that it could not be written down is no reason to take it back.
    case .forward where action == .record: ask(problem)
    // A person's no is a choice; it needs no further one.
    case .forward where productionBegan && !plan.takesBackByItself && problem.code != RunState.refused:
      ask(problem)
    case .forward:
      direction = .back(problem)
      open = []
    case .back: stuck[action] = problem
    }
  }

  /// Going forward after a part was taken back: what was undone must be done again.
  ///
  /// A step of the way back that was only begun may have been carried out, so what it undoes is done again as well:
  /// doing again finds what is there.
  private mutating func forgetWhatWasUndone() {
    if attempts[Action.snapshotPresent.key] != nil { round += 1 }
    var undid = false
    for project in plan.projects where attempts.removeValue(forKey: Action.rollBack(project.id).key) != nil {
      facts[Action.rollBack(project.id).key] = nil
      facts[Action.promote(project.id).key] = nil
      for stage in plan.stages.indices {
        facts[Action.shift(stage, project.id).key] = nil
        notes[Action.shift(stage, project.id).key] = nil
      }
      undid = true
    }
    for compensation in plan.compensations {
      let key = Action.compensate(compensation.id).key
      attempts[key] = nil
      facts[key] = nil
    }
    if attempts.removeValue(forKey: Action.reverseMigrations.key) != nil {
      facts[Action.reverseMigrations.key] = nil
      facts[Action.migrate.key] = nil
      for index in 0..<plan.thenRun { facts[Action.thenRun(index).key] = nil }
      undid = true
    }
    // What people confirmed was another state of things; what they refused is asked anew.
    if undid || facts[Action.awaitConfirmations.key] == nil {
      facts[Action.awaitConfirmations.key] = nil
      requests[.awaitConfirmations] = nil
    }
    for action in [Action.snapshotPresent, .verifyRestored, .verifyStaged, .watch] { facts[action.key] = nil }
    notes[Action.watch.key] = nil
    // A stage that was gone through, and still is, is not watched or asked about again: what follows it is out.
    for stage in plan.stages.indices
    where facts[Action.watchStage(stage).key] == nil
      || plan.projects.contains(where: { $0.inSteps && facts[Action.shift(stage, $0.id).key] == nil })
    {
      for action in [Action.watchStage(stage), .awaitStage(stage)] {
        facts[action.key] = nil
        notes[action.key] = nil
        requests[action] = nil
      }
    }
  }

  private static func impossible(_ why: String) -> Problem {
    Problem(
      "journal.impossible", "the journal of this run contradicts itself", why: why,
      remedy: "a person must look: compare the journal with production (gatehouse explain)")
  }

  /// The code of a problem of a deployment that was to be staged and has production's traffic.
  package static let earlyTraffic = "run.early-traffic"
  /// The code of a problem that is a person's no to a request.
  package static let refused = "wait.refused"
  /// The reason of a way back that a person chose.
  package static let askedFor = Problem("run.asked-for", "a person asked for the way back")
}

extension RunState {
  package enum Next: Hashable, Sendable {
    /// Say that production begins, then go on.
    case beginProduction
    /// One action, or several deployments to be staged side by side.
    case perform([Action])
    /// An earlier process intended these and died: ask the world first.
    case settle([Action])
    /// Nothing to do until a person or a window.
    case pause(Problem)
    case end(Ending, Problem?)
    /// It has ended already.
    case over(Ending)
  }

  /// What to do now.
  package var next: Next {
    if let ending { return .over(ending) }
    if !open.isEmpty { return .settle(open) }
    if let question { return .end(.needsPerson, question) }
    if let waiting { return .pause(waiting) }
    switch direction {
    case .forward:
      guard let step = plan.steps.first(where: { facts[$0.key] == nil }) else { return .end(.released, nil) }
      if step.touchesProduction, !productionBegan { return .beginProduction }
      let several = ready
      return .perform(several.isEmpty ? [step] : several)
    case .back(let reason):
      let remaining = wayBack.filter { facts[$0.key] == nil && stuck[$0] == nil }
      if let step = remaining.first { return .perform([step]) }
      if let failure = wayBack.compactMap({ stuck[$0] }).first, productionBegan {
        return .end(.needsPerson, failure)
      }
      // Nobody knows how much of the migrations the database holds, and nothing takes it back.
      if migrationIsUncertain, productionBegan { return .end(.needsPerson, reason) }
      return .end(productionBegan ? .rolledBack : .unchanged, reason)
    }
  }

  /// The deployments that can be staged now, beside those that are being staged: all that they are `after` are staged.
  package var ready: [Action] {
    guard direction == .forward, question == nil, ending == nil,
      case .stage? = plan.steps.first(where: { facts[$0.key] == nil })
    else { return [] }
    let waiting = plan.projects.filter { project in
      let action = Action.stage(project.id)
      return facts[action.key] == nil && !open.contains(action)
        && project.after.allSatisfy { facts[Action.stage($0).key] != nil }
    }
    return waiting.prefix(max(0, ReleasePlan.buildsAtOnce - open.count)).map { .stage($0.id) }
  }

  /// What must be undone, in order: traffic first, in the reverse order of deployment, then the database, then a look.
  ///
  /// An effect that was begun counts, even when nobody knows whether it happened: taking back is idempotent.
  package var wayBack: [Action] {
    func begun(_ action: Action) -> Bool { attempts[action.key] != nil }
    guard productionBegan else {
      return plan.projects.reversed().map { Action.stage($0.id) }.filter(begun).compactMap { action in
        if case .stage(let project) = action { .discard(project) } else { nil }
      }
    }
    func moved(_ project: ProjectID) -> Bool {
      early.contains(project) || begun(.promote(project)) || plan.stages.indices.contains { begun(.shift($0, project)) }
    }
    var back: [Action] = plan.projects.reversed().filter { moved($0.id) }.map { .rollBack($0.id) }
    // Caches would fill again from what still serves, and names may lead to either: in step, and not before.
    let trafficIsStuck = back.contains { stuck[$0] != nil }
    if !trafficIsStuck { back += plan.compensations.map { .compensate($0.id) } }
    // While some traffic still goes to the new code, the database it needs stays.
    if begun(.migrate), reversesDatabase, !trafficIsStuck {
      back.append(.snapshotPresent)
      if stuck[.snapshotPresent] == nil { back.append(.reverseMigrations) }
    }
    if !trafficIsStuck { back.append(.verifyRestored) }
    return back
  }

  /// What the run waits for now: asked for, and neither gone past nor given up. Also while a process asks whether it still
  /// must wait, and after such a process died.
  package var awaited: WaitPlace? {
    guard ending == nil, direction == .forward, question == nil,
      let action = open.first ?? plan.steps.first(where: { facts[$0.key] == nil }), action.isWait,
      let request = requests[action]
    else { return nil }
    return WaitPlace(run: plan.run, action: action, request: request)
  }

  /// Whether something that is still to be done forward takes its content from the folder of the project.
  package var needsFolder: Bool {
    guard direction == .forward, ending == nil else { return false }
    return plan.steps.contains { step in
      guard facts[step.key] == nil else { return false }
      return switch step {
      case .stage, .migrate, .thenRun: true
      default: false
      }
    }
  }

  /// Whether a way back leaves migrations in place that were begun.
  package var schemaStays: Bool { attempts[Action.migrate.key] != nil && !reversesDatabase }

  /// Whether the database is taken back: as the policy says, and downwards only when a rehearsal proved it.
  package var reversesDatabase: Bool {
    switch plan.migrations?.onRollback {
    case nil, .keep: false
    case .restore: true
    case .downIfSafe: facts[Action.rehearse.key]?["down"]?.string == "proved"
    }
  }
}
