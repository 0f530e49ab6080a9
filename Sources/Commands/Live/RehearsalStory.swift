import Core
import Migrations
import Snapshots

/// What a rehearsal saw, and how it is told.
struct RehearsalStory: Sendable {
  let estimate: LiveEstimate
  let network: ScratchNetwork
  let lint: Result<LintReport, Problem>
  var up: SeenWork?
  /// How long the commands took that follow the migrations.
  var thenRun: Duration?
  var down: SeenWork?

  init(_ estimate: LiveEstimate, _ network: ScratchNetwork, lint: Result<LintReport, Problem>) {
    self.estimate = estimate
    self.network = network
    self.lint = lint
  }

  /// - Parameter longest: The policy's limit; without one everything is only told.
  func refuseLongLocks(_ longest: Duration?) throws(Problem) {
    guard let longest, let up else { return }
    if let problem = LongLocks.problem(up, at: estimate, longest: longest, lint: report) { throw problem }
  }

  /// - Parameters:
  ///   - verdict: Of the way down: `proved`, `differs` or `impossible`. The run's state goes by it.
  ///   - ending: How that is said.
  func facts(_ verdict: String, _ ending: String, _ differences: [String] = []) -> JSON {
    let surprises = surprises
    let forward = ["up \(words(up))", thenRun.map { "then-run \($0.words)" }].compactMap { $0 }.joined(separator: ", ")
    var told = down.map { "\(forward), down \($0.took.words), \(ending)" } ?? "\(forward); \(ending)"
    if let first = surprises.first {
      told += "; \(first)" + (surprises.count > 1 ? " and \(surprises.count - 1) more" : "")
    }
    return .dictionary([
      ("down", .string(verdict)), ("differences", differences.isEmpty ? nil : .strings(differences.prefix(20))),
      ("seen", .dictionary([("up", up?.json), ("down", down?.json)])),
      ("thenRunMs", thenRun.map { .integer($0.milliseconds) }),
      ("live", up.map { estimate.json(for: $0) }),
      ("network", .string(network.rawValue)),
      ("surprises", surprises.isEmpty ? nil : .strings(surprises.prefix(20))), ("told", .string(told)),
    ])
  }

  private var report: LintReport? {
    switch lint {
    case .success(let report): report
    case .failure: nil
    }
  }

  private var surprises: [String] {
    guard let up else { return [] }
    switch lint {
    case .success(let report): return up.surprises(for: report, at: estimate)
    case .failure(let problem): return ["not compared with lint: \(problem.what)"]
    }
  }

  /// `1.4 s (strongest lock 12 ms on patients)`.
  private func words(_ seen: SeenWork?) -> String {
    guard let seen else { return "not run" }
    if let hindrance = seen.sampling.hindrance { return "\(seen.took.words) (locks not seen: \(hindrance))" }
    guard let lock = seen.strongest else {
      return "\(seen.took.words) (no lock seen that stops readers or writers)"
    }
    let factor = estimate.factor(lock)
    let live = factor == 1 ? "" : ", about \((lock.held.atMost * factor).words) by the live table's size"
    return "\(seen.took.words) (strongest lock \(lock.held.atMost.words) on \(lock.table)\(live))"
  }
}
