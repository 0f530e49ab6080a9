import Core

/// One line of a run's journal. Names are stable; a record that this version does not know stops the reader.
package enum RunRecord: Hashable, Sendable {
  /// The run exists, with its plan; nothing has been done yet.
  case planned(ReleasePlan, at: Timestamp)
  /// From here on production is not as before.
  case productionBegan
  /// The action is about to be performed, for the nth time.
  case intended(Action, attempt: Int)
  /// It was performed, and for an effect the world confirmed it.
  case finished(Action, facts: JSON)
  /// It failed. `uncertain`: the world could not be asked whether something of it happened.
  case failed(Action, Problem, uncertain: Bool)
  /// It waits for a person or a window; the run can be continued. The request says for what, where the version that wrote
  /// it said so.
  case waiting(Action, Problem, WaitRequest? = nil)
  /// Nobody can tell from here whether it is well; a person must choose.
  case undecided(Action, Problem)
  /// What a long action wants to remember, such as the strikes of the watch.
  case noted(Action, JSON)
  /// The process was told to stop.
  case interrupted(signal: String)
  /// Another process took the run up, perhaps sent one way by a person.
  case resumed(Choice?)
  case ended(Ending, Problem?)
}

extension RunRecord {
  private static let version: Int64 = 1

  package var json: JSON {
    func record(_ name: String, _ members: [(String, JSON?)] = []) -> JSON {
      .dictionary([("v", .integer(RunRecord.version)), ("record", .string(name))] + members)
    }
    switch self {
    case .planned(let plan, let at):
      return record("planned", [("at", .integer(at.milliseconds)), ("plan", plan.json)])
    case .productionBegan: return record("production-began")
    case .intended(let action, let attempt):
      return record("intended", [("action", .string(action.key)), ("attempt", .integer(Int64(attempt)))])
    case .finished(let action, let facts):
      return record("finished", [("action", .string(action.key)), ("facts", facts)])
    case .failed(let action, let problem, let uncertain):
      return record(
        "failed",
        [("action", .string(action.key)), ("problem", problem.json), ("uncertain", .bool(uncertain))])
    case .waiting(let action, let problem, let request):
      return record(
        "waiting", [("action", .string(action.key)), ("problem", problem.json), ("request", request?.json)])
    case .undecided(let action, let problem):
      return record("undecided", [("action", .string(action.key)), ("problem", problem.json)])
    case .noted(let action, let note):
      return record("noted", [("action", .string(action.key)), ("note", note)])
    case .interrupted(let signal): return record("interrupted", [("signal", .string(signal))])
    case .resumed(let choice): return record("resumed", [("choice", choice.map { .string($0.rawValue) })])
    case .ended(let ending, let problem):
      return record("ended", [("ending", .string(ending.rawValue)), ("problem", problem?.json)])
    }
  }

  /// Reads one record.
  ///
  /// - Throws: `journal.unreadable` for a version, a name or a shape that this version does not know: going on without
  ///   understanding what was done is how a release ends in between.
  package init(json: JSON) throws(Problem) {
    guard json["v"]?.integer == RunRecord.version, let name = json["record"]?.string else {
      throw RunRecord.unreadable("its version is not \(RunRecord.version)")
    }
    func action() throws(Problem) -> Action {
      guard let key = json["action"]?.string, let action = Action(key: key) else {
        throw RunRecord.unreadable("record '\(name)' names an unknown action")
      }
      return action
    }
    func problem() throws(Problem) -> Problem {
      guard let problem = json["problem"].flatMap(Problem.init(json:)) else {
        throw RunRecord.unreadable("record '\(name)' lacks its problem")
      }
      return problem
    }
    switch name {
    case "planned":
      guard let plan = json["plan"], let at = json["at"]?.integer else {
        throw RunRecord.unreadable("record 'planned' lacks its plan")
      }
      self = .planned(try ReleasePlan(json: plan), at: Timestamp(milliseconds: at))
    case "production-began": self = .productionBegan
    case "intended":
      guard let attempt = json["attempt"]?.integer, (1...1_000_000).contains(attempt) else {
        throw RunRecord.unreadable("record 'intended' lacks its attempt")
      }
      self = .intended(try action(), attempt: Int(attempt))
    case "finished":
      guard let facts = json["facts"] else { throw RunRecord.unreadable("record 'finished' lacks its facts") }
      self = .finished(try action(), facts: facts)
    case "failed":
      guard let uncertain = json["uncertain"]?.bool else {
        throw RunRecord.unreadable("record 'failed' does not say whether it is certain")
      }
      self = .failed(try action(), try problem(), uncertain: uncertain)
    case "waiting":
      let request = json["request"].map { WaitRequest(json: $0) }
      if case .some(.none) = request { throw RunRecord.unreadable("record 'waiting' does not say for what") }
      self = .waiting(try action(), try problem(), request ?? nil)
    case "undecided": self = .undecided(try action(), try problem())
    case "noted":
      guard let note = json["note"] else { throw RunRecord.unreadable("record 'noted' lacks its note") }
      self = .noted(try action(), note)
    case "interrupted": self = .interrupted(signal: json["signal"]?.string ?? "unknown")
    case "resumed":
      if let text = json["choice"]?.string {
        guard let choice = Choice(rawValue: text) else { throw RunRecord.unreadable("unknown choice in 'resumed'") }
        self = .resumed(choice)
      } else {
        self = .resumed(nil)
      }
    case "ended":
      guard let ending = json["ending"]?.string.flatMap(Ending.init(rawValue:)) else {
        throw RunRecord.unreadable("record 'ended' names an unknown ending")
      }
      self = .ended(ending, json["problem"].flatMap(Problem.init(json:)))
    default: throw RunRecord.unreadable("unknown record '\(name)'")
    }
  }

  private static func unreadable(_ why: String) -> Problem {
    Problem(
      "journal.unreadable", "a record of the journal cannot be read", why: why,
      remedy: "resume with the version of gatehouse that wrote it")
  }
}
