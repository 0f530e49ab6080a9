import Core
import Release
import Synchronization

/// Production in a few variables, with effects counted, faults on request, and death at a chosen point.
final class ScriptedWorld: World {
  enum Fault: Hashable, Sendable {
    /// Refused before anything happened.
    case refused
    /// It happened, but the answer was lost.
    case lostAnswer
    /// The answer is lost and the world cannot be asked.
    case unreachable
    /// Reported done without having happened.
    case lie
    /// Somebody else changed it.
    case foreign
    case undecided
    case waiting
    case personRefused
  }

  /// What ``Fault/waiting`` asks for.
  static let request = WaitRequest(
    since: Timestamp(seconds: 1), until: Timestamp(seconds: 2), items: [.init(id: "1", text: "Look")],
    about: [.init(name: "api", id: "dpl_new", address: nil)])

  struct State: Sendable {
    var serving: [String: String] = [:]
    var migrated = false
    var staged: Set<String> = []
    var snapshots = 0
    var effects: [String: Int] = [:]
    var isDead = false
  }

  let state: Mutex<State>
  let faults: [String: Fault]

  init(_ plan: ReleasePlan, faults: [String: Fault] = [:]) {
    var state = State()
    for project in plan.projects { state.serving[project.id.text] = "old" }
    self.state = Mutex(state)
    self.faults = faults
  }

  var now: State { state.withLock { $0 } }

  func perform(_ action: Action, in context: ActionContext) async -> Performance {
    if now.isDead { return .unknown(Problem("test.dead", "dead")) }
    switch faults[action.key] {
    case .refused: return .failed(Problem("test.refused", "refused \(action.key)"))
    case .undecided: return .undecided(Problem("test.undecided", "blind at \(action.key)"))
    case .waiting: return .waiting(Problem("test.waiting", "waiting at \(action.key)"), ScriptedWorld.request)
    case .personRefused: return .failed(Problem(RunState.refused, "a person said no"))
    case .foreign: return .unknown(Problem("test.foreign", "foreign"))
    case .lie: return .done(["done": true])
    case .unreachable:
      make(action)
      return .unknown(Problem("test.unreachable", "no answer"))
    case .lostAnswer:
      make(action)
      return .unknown(Problem("test.lost", "answer lost"))
    case nil:
      make(action)
      return .done(action == .rehearse ? ["down": "proved"] : ["done": true])
    }
  }

  func observe(_ action: Action, in context: ActionContext) async -> Observation {
    switch faults[action.key] {
    case .unreachable: .unknown(Problem("test.unreachable", "cannot ask"))
    case .foreign: .foreign(Problem("test.foreign", "somebody else was here"))
    default: now.shows(action) ? .happened(["seen": true]) : .absent
    }
  }

  private func make(_ action: Action) {
    state.withLock { state in
      guard !state.isDead, !state.shows(action) else { return }
      if action.isEffect { state.effects[action.key, default: 0] += 1 }
      switch action {
      case .stage(let project): state.staged.insert(project.text)
      case .discard(let project): state.staged.remove(project.text)
      case .snapshot, .snapshotPresent: state.snapshots += 1
      case .migrate: state.migrated = true
      case .reverseMigrations: state.migrated = false
      case .shift(let stage, let project): state.serving[project.text] = String(stage)
      case .promote(let project): state.serving[project.text] = "new"
      case .rollBack(let project): state.serving[project.text] = "old"
      default: break
      }
    }
  }
}

extension ScriptedWorld.State {
  func shows(_ action: Action) -> Bool {
    switch action {
    case .stage(let project): staged.contains(project.text)
    case .discard(let project): !staged.contains(project.text)
    case .snapshot: snapshots > 0
    case .snapshotPresent: snapshots > 1
    case .migrate: migrated
    case .reverseMigrations: !migrated
    case .shift(let stage, let project):
      serving[project.text] == "new" || serving[project.text].flatMap { Int($0) }.map { $0 >= stage } ?? false
    case .promote(let project): serving[project.text] == "new"
    case .rollBack(let project): serving[project.text] == "old"
    case .record: effects["record"] != nil
    default: false
    }
  }
}

/// A journal in memory that refuses once its process is dead.
final class MemoryJournal: Journal {
  private let lines = Mutex<[JSON]>([])
  private let isDead: @Sendable () -> Bool

  init(isDead: @escaping @Sendable () -> Bool) { self.isDead = isDead }

  func append(_ record: RunRecord) async throws(Problem) {
    if isDead() { throw Problem("test.dead", "dead") }
    lines.withLock { $0.append(record.json) }
  }

  /// Read back through the text form, as a real one would be.
  var records: [RunRecord] { get throws { try lines.withLock { $0 }.map { try RunRecord(json: $0) } } }
}

/// A clock on which no budget ever runs out; cancelling ends the wait.
struct EndlessTiming: Timing {
  func now() -> Timestamp { Timestamp(seconds: 1_795_000_000) }
  func steady() -> Duration { .zero }
  func sleep(for duration: Duration) async throws {
    while !Task.isCancelled { await Task.yield() }
    throw CancellationError()
  }
}

extension ReleasePlan {
  static func sample(
    migrations onRollback: DatabaseRules.OnRollback? = .downIfSafe, thenRun: Int = 1, rehearse: Bool = true,
    takesBack: Bool = true, restorePoints: Bool = false, stages: Bool = false
  ) -> ReleasePlan {
    var plan = ReleasePlan(
      run: "01JD0000000000000000000000", environment: "production",
      commit: "3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d", policyDigest: "p", evidenceDigest: "e",
      projects: ["api", "web"].map {
        PlannedProject(id: ProjectID($0), vercelID: "prj_\($0)", name: $0, previous: "dpl_old", autoAssign: true)
      })
    plan.takesBackByItself = takesBack
    if stages {
      plan.stages = [
        .init(percent: 10, lasts: .seconds(300)), .init(percent: 50, lasts: .seconds(600), approve: "Nobody calls"),
      ]
      for index in plan.projects.indices {
        plan.projects[index].inSteps = true
        plan.projects[index].rollingBefore = index == 0 ? .null : ["stages": []]
      }
    }
    if let onRollback {
      plan.migrations = PlannedMigrations(
        tool: "sql", pending: [.init(id: "001", sha256: "00", worst: .breaking, isTold: false)], rehearse: rehearse,
        onRollback: onRollback)
      plan.migrations?.makesRestorePoints = restorePoints
      plan.thenRun = thenRun
    }
    return plan
  }
}
