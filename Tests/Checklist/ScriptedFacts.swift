import Core
import Evidence
import Processes
import Surroundings

@testable import Checklist

/// A world as a test wants it. What a test does not set cannot be looked at.
struct ScriptedFacts: FactSource {
  static let nobodyLooked = Problem("test.unset", "the test did not say", place: "here", remedy: "say it in the test")

  var source: Result<SourceFacts, Problem> = .failure(nobodyLooked)
  var changes: Result<ChangeFacts, Problem> = .failure(nobodyLooked)
  var files: Result<SourceFiles, Problem> = .failure(nobodyLooked)
  var changedLines: [String?: Result<ChangedLineFacts, Problem>] = [:]
  var evidenceFiles: [String: [LocatedEvidence]] = [:]
  var exceptionFiles = ExceptionFiles()
  var commands: [String: Result<CommandFacts, Problem>] = [:]
  var projects: [ProjectID: Result<ProjectFacts, Problem>] = [:]
  var variables: [ProjectID: Result<ProjectVariables, Problem>] = [:]
  var migrationState: Result<MigrationFacts, Problem> = .failure(nobodyLooked)
  var migrationsHang = false
  var snapshotList: Result<BackupFacts, Problem> = .failure(nobodyLooked)
  var ways: [ProjectID: Result<WayBackFacts, Problem>] = [:]
  var documents: [String: Result<Int?, Problem>] = [:]
  var controlFacts: Result<ControlFacts, Problem> = .failure(nobodyLooked)
  var known: Result<KnownFindings, Problem> = .failure(nobodyLooked)
  var measured: Result<BenchmarksCheck.Baseline, Problem> = .failure(nobodyLooked)
  var reviewed: Result<ReviewFacts, Problem> = .failure(nobodyLooked)

  func source(askingRemote: Bool) async -> Result<SourceFacts, Problem> {
    source.map {
      var facts = $0
      if !askingRemote { facts.remote = nil }
      return facts
    }
  }
  func changesSinceProduction() async -> Result<ChangeFacts, Problem> { changes }
  func sourceFiles() async -> Result<SourceFiles, Problem> { files }
  func changedLines(since branch: String?) async -> Result<ChangedLineFacts, Problem> {
    changedLines[branch] ?? .failure(Self.nobodyLooked)
  }
  func evidence(_ reports: [String]) async -> [LocatedEvidence] { reports.flatMap { evidenceFiles[$0] ?? [] } }
  func exceptions(_ patterns: [String]) async -> ExceptionFiles { exceptionFiles }
  func committedReports(_ patterns: [String]) async -> [LocatedEvidence] { await evidence(patterns) }
  func run(_ command: String, number: Int, of item: ChecklistItem, timeout: Duration) async
    -> Result<CommandFacts, Problem>
  { commands[command] ?? .failure(Self.nobodyLooked) }
  func project(_ project: Project) async -> Result<ProjectFacts, Problem> {
    projects[project.id] ?? .failure(Self.nobodyLooked)
  }
  func variables(of project: Project, hashedWith key: [UInt8]) async -> Result<ProjectVariables, Problem> {
    variables[project.id] ?? .failure(Self.nobodyLooked)
  }
  func migrations() async -> Result<MigrationFacts, Problem> {
    // Never ends but by being cancelled.
    if migrationsHang { for await _ in AsyncStream<Never>.makeStream().stream {} }
    return migrationState
  }
  func snapshots() async -> Result<BackupFacts, Problem> { snapshotList }
  func wayBack(of project: Project) async -> Result<WayBackFacts, Problem> {
    ways[project.id] ?? .failure(Self.nobodyLooked)
  }
  func controls(_ rules: ControlsRules) async -> Result<ControlFacts, Problem> { controlFacts }
  func baseline(of line: CheckID) async -> Result<BenchmarksCheck.Baseline, Problem> { measured }
  func knownFindings(of line: CheckID) async -> Result<KnownFindings, Problem> { known }
  func reviews(_ rules: ReviewRules) async -> Result<ReviewFacts, Problem> { reviewed }
  func committedSize(of path: String) async -> Result<Int?, Problem> {
    documents[path] ?? .failure(Self.nobodyLooked)
  }
}

extension VariableFact {
  /// - Parameter value: `nil` is one that nobody may read.
  init(_ key: String, _ value: String?, _ targets: [String] = ["production"], branch: String? = nil) {
    self.init(
      key: key, targets: targets, content: Content(value.map { Secret($0) }, hashedWith: [7]), gitBranch: branch)
  }
}

let head = CommitID(String(repeating: "3f9c2e1a", count: 5))
let older = CommitID(String(repeating: "0badcafe", count: 5))
let now = Timestamp(seconds: 1_795_000_000)

func line(_ rules: CheckRules, id: CheckID = "it", severity: ChecklistItem.Severity = .critical) -> ChecklistItem {
  ChecklistItem(id: id, title: id.text, severity: severity, rules: rules)
}

func project(_ id: ProjectID) -> Project {
  Project(
    id: id, path: "apps/\(id)",
    vercel: VercelTarget(project: "neonpro-\(id)", team: nil, token: .environment("VERCEL_TOKEN")))
}

/// A world in which every line of ``fullPolicy`` passes.
let goodFacts: ScriptedFacts = {
  var facts = ScriptedFacts()
  facts.source = .success(
    SourceFacts(head: head, summary: "Add it", branch: .checkedOut("main"), remote: .upToDate(branch: "main")))
  facts.changes = .success(ChangeFacts(since: older, head: head, paths: ["docs/a.md", "src/a.ts"]))
  facts.commands = ["make": .success(CommandFacts(ending: .exited(0), duration: .seconds(2), bytes: 10))]
  for (id, vercel) in [("api", "prj_1"), ("web", "prj_2")] {
    let id = ProjectID(id)
    facts.projects[id] = .success(
      ProjectFacts(vercelID: vercel, vercelName: "n", production: "dpl_1", hosts: ["\(id).example.org"]))
    facts.variables[id] = .success(
      ProjectVariables([
        VariableFact("JWT", "s3cret-value"), VariableFact("URL", "https://x", ["production", "preview"]),
      ]))
    facts.ways[id] = .success(WayBackFacts(deployment: "dpl_0", answer: .well("HTTP 200 in 80 ms")))
  }
  facts.migrationState = .success(MigrationFacts(tool: "sql", applied: 41, pending: ["042_more"]))
  facts.snapshotList = .success(
    BackupFacts(snapshots: [
      SnapshotFact(
        id: "01JD", takenAt: now - .seconds(3 * 3600), proof: .restore(at: now - .seconds(2 * 3600)),
        isOfThisDatabase: true, path: ".gatehouse/snapshots/01JD.json", sha256: String(repeating: "a", count: 64))
    ]))
  facts.documents = ["docs/rollback.md": .success(1200)]
  return facts
}()

let fullPolicy: Policy = {
  var policy = Policy(name: "neonpro", digest: "8d41c0a" + String(repeating: "0", count: 57))
  var api = project("api")
  api.variables = ["production": ["URL", "JWT"]]
  var web = project("web")
  web.sameVariablesAs = ["api": ["JWT"]]
  policy.projects = [api, web]
  policy.checklist = [
    line(.source(SourceRules(branch: "main", clean: true, upToDate: true)), id: "source"),
    line(.command(CommandRules(run: ["make"])), id: "build"),
    line(.changedTogether(ChangedTogetherRules(changed: ["src/**"], needs: ["docs/**"])), id: "documentation"),
    line(.vercelProjects, id: "projects"), line(.environmentVariables, id: "variables"),
    line(.migrations, id: "migrations"), line(.backup(BackupRules(verifiedWithin: .seconds(26 * 3600))), id: "backup"),
    line(.rollbackPlan(RollbackPlanRules(document: "docs/rollback.md", drillWithin: nil)), id: "rollback-plan"),
  ]
  return policy
}()
