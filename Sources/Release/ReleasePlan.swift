import Core

/// All that a release will do, fixed before anything is done.
///
/// Its canonical JSON is what an approval binds to by digest.
package struct ReleasePlan: Hashable, Sendable {
  package var run: RunID
  package var environment: String
  package var commit: CommitID
  package var policyDigest: String
  /// SHA-256 over the checklist's reports with their evidence.
  package var evidenceDigest: String
  /// In the order of deployment.
  package var projects: [PlannedProject]
  package var migrations: PlannedMigrations?
  /// The stages of traffic before the last, for those projects that have ``PlannedProject/inSteps``.
  package var stages: [TrafficShare] = []
  /// Why a person goes over a rollback of somebody else that holds production.
  package var unpin: String?
  /// How many commands follow the migration.
  package var thenRun: Int = 0
  /// Staged only after the migration, for builds that read the new schema.
  package var buildAfterMigrate = false
  package var needsApprovals = false
  package var needsWindow = false
  package var needsConfirmations = false
  /// Whether the staged deployments are probed before traffic.
  package var verifiesStaged = true
  package var watches = true
  /// Whether the watch is long enough to compare with what was before.
  package var measures = false
  /// What else is undone on a way back, in order.
  package var compensations: [PlannedCompensation] = []
  /// Whether a failure after production began is taken back without asking; else a person is asked.
  package var takesBackByItself = true
  /// What changed in the range of what decides about releases; `nil` in the plan of a version that did not look.
  package var changes: ControlledChanges?

  package init(
    run: RunID, environment: String, commit: CommitID, policyDigest: String, evidenceDigest: String,
    projects: [PlannedProject]
  ) {
    self.run = run
    self.environment = environment
    self.commit = commit
    self.policyDigest = policyDigest
    self.evidenceDigest = evidenceDigest
    self.projects = projects
  }
}

/// A project of the plan with what is to be returned to.
package struct PlannedProject: Hashable, Sendable {
  package var id: ProjectID
  /// Vercel's `prj_…`.
  package var vercelID: String
  package var name: String
  /// What production served when the plan was made: the way back.
  package var previous: DeploymentID
  /// Whether Vercel gave production domains to new deployments by itself; put back at the end.
  package var autoAssign: Bool
  /// The projects that must be staged before it.
  package var after: [ProjectID]
  /// What ``autoAssign`` is to be after a release that lifts a pin, which had turned it off; `nil` is as before.
  package var autoAssignAfter: Bool?
  /// Whether traffic moves in the plan's stages; else at once.
  package var inSteps = false
  /// With ``inSteps``: the project's settings for rolling releases before, as Vercel told them; `null` when they were off.
  package var rollingBefore: JSON?
  /// Why not, where the policy asks for stages.
  package var atOnce: String?

  package init(
    id: ProjectID, vercelID: String, name: String, previous: DeploymentID, autoAssign: Bool, after: [ProjectID] = []
  ) {
    self.id = id
    self.vercelID = vercelID
    self.name = name
    self.previous = previous
    self.autoAssign = autoAssign
    self.after = after
  }
}

package struct PlannedCompensation: Hashable, Sendable {
  package var id: String
  /// Whether what it puts back is written down before production begins.
  package var keepsBefore: Bool

  package init(id: String, keepsBefore: Bool) {
    self.id = id
    self.keepsBefore = keepsBefore
  }
}

package struct PlannedMigrations: Hashable, Sendable {
  package struct Item: Hashable, Sendable {
    package var id: MigrationID
    package var sha256: String
    /// The worst class that its text shows; `nil` in the plan of a version that did not look.
    package var worst: MigrationClass?
    /// Whether its text tells everything; else it is at least of that class.
    package var isTold: Bool

    package init(id: MigrationID, sha256: String, worst: MigrationClass? = nil, isTold: Bool = true) {
      self.id = id
      self.sha256 = sha256
      self.worst = worst
      self.isTold = isTold
    }

    /// `breaking`, or `at least breaking`.
    package var words: String? { worst.map { (isTold ? "" : "at least ") + $0.rawValue } }
  }

  package var tool: String
  /// In the order in which they will run; at least one.
  package var pending: [Item]
  package var rehearse: Bool
  package var onRollback: DatabaseRules.OnRollback
  /// Whether a point is made that the database's own platform can go back to.
  package var makesRestorePoints = false

  package init(tool: String, pending: [Item], rehearse: Bool, onRollback: DatabaseRules.OnRollback) {
    self.tool = tool
    self.pending = pending
    self.rehearse = rehearse
    self.onRollback = onRollback
  }

  /// The class of all together, in words; `nil` where nobody looked.
  package var words: String? {
    guard let worst = pending.compactMap(\.worst).max(), pending.allSatisfy({ $0.worst != nil }) else { return nil }
    return (pending.allSatisfy(\.isTold) ? "" : "at least ") + worst.rawValue
  }
}

extension ReleasePlan {
  /// What the release does, in order. Production begins before the first that ``Action/touchesProduction``.
  package var steps: [Action] {
    var steps: [Action] = []
    if needsApprovals { steps.append(.awaitApprovals) }
    if needsWindow { steps.append(.awaitWindow) }
    let staging = projects.map { Action.stage($0.id) }
    if !buildAfterMigrate { steps += staging }
    steps += compensations.filter(\.keepsBefore).map { .keep($0.id) }
    if measures { steps.append(.measure) }
    if let migrations {
      steps.append(.snapshot)
      if migrations.rehearse { steps.append(.rehearse) }
      // As late as can be: what is written after it is lost to who goes back to it.
      if migrations.makesRestorePoints { steps.append(.restorePoint) }
      steps.append(.migrate)
      steps += (0..<thenRun).map(Action.thenRun)
    }
    if buildAfterMigrate { steps += staging }
    if verifiesStaged { steps.append(.verifyStaged) }
    if needsConfirmations { steps.append(.awaitConfirmations) }
    let rolling = projects.filter(\.inSteps)
    for stage in rolling.isEmpty ? 0..<0 : stages.indices {
      steps += rolling.map { .shift(stage, $0.id) }
      steps.append(.watchStage(stage))
      if stages[stage].approve != nil { steps.append(.awaitStage(stage)) }
    }
    steps += projects.map { .promote($0.id) }
    if watches { steps.append(.watch) }
    steps.append(.record)
    return steps
  }

  package func project(_ id: ProjectID) -> PlannedProject? { projects.first { $0.id == id } }
}

extension ReleasePlan {
  /// Whether a version that does not know all that is asked for would do another release than this one.
  private var needsSecondVersion: Bool { measures || !compensations.isEmpty || !stages.isEmpty || unpin != nil }

  package var json: JSON {
    .dictionary([
      ("schema", .string(needsSecondVersion ? "gatehouse.plan/v2" : "gatehouse.plan/v1")), ("run", .string(run.text)),
      ("environment", .string(environment)),
      ("commit", .string(commit.text)), ("policy", .string(policyDigest)), ("evidence", .string(evidenceDigest)),
      (
        "projects",
        .array(
          projects.map { project in
            .dictionary([
              ("id", .string(project.id.text)), ("vercel", .string(project.vercelID)), ("name", .string(project.name)),
              ("previous", .string(project.previous.text)), ("autoAssign", .bool(project.autoAssign)),
              ("after", .array(project.after.map { .string($0.text) })),
              ("autoAssignAfter", project.autoAssignAfter.map { .bool($0) }),
              ("rollingBefore", project.inSteps ? project.rollingBefore ?? .null : Optional.none),
              ("atOnce", project.atOnce.map { .string($0) }),
            ])
          })
      ),
      (
        "migrations",
        migrations.map { migrations in
          .dictionary([
            ("tool", .string(migrations.tool)),
            (
              "pending",
              .array(
                migrations.pending.map { item in
                  .dictionary([
                    ("id", .string(item.id.text)), ("sha256", .string(item.sha256)),
                    ("class", item.worst.map { .string($0.rawValue) }),
                    ("told", item.worst.map { _ in .bool(item.isTold) }),
                  ])
                })
            ), ("rehearse", .bool(migrations.rehearse)), ("onRollback", .string(migrations.onRollback.rawValue)),
            ("restorePoints", migrations.makesRestorePoints ? true : nil),
          ])
        }
      ),
      ("thenRun", .integer(Int64(thenRun))), ("buildAfterMigrate", .bool(buildAfterMigrate)),
      ("approvals", .bool(needsApprovals)), ("window", .bool(needsWindow)),
      ("confirmations", .bool(needsConfirmations)), ("verifyStaged", .bool(verifiesStaged)), ("watch", .bool(watches)),
      ("takesBack", .bool(takesBackByItself)), ("changes", changes?.json), ("measures", measures ? true : nil),
      (
        "compensations",
        compensations.isEmpty
          ? nil : .array(compensations.map { ["id": .string($0.id), "keepsBefore": .bool($0.keepsBefore)] })
      ),
      (
        "stages",
        stages.isEmpty
          ? Optional.none
          : .array(
            stages.map {
              .dictionary([
                ("percent", .integer(Int64($0.percent))), ("lasts-ms", .integer($0.lasts.milliseconds)),
                ("approve", $0.approve.map { .string($0) }),
              ])
            })
      ), ("unpin", unpin.map { .string($0) }),
    ])
  }

  /// Reads what ``json`` wrote.
  ///
  /// - Throws: `journal.unreadable` when a field is missing or of another kind.
  package init(json: JSON) throws(Problem) {
    guard let schema = json["schema"]?.string, ["gatehouse.plan/v1", "gatehouse.plan/v2"].contains(schema),
      let run = json["run"]?.string,
      let environment = json["environment"]?.string, let commit = json["commit"]?.string,
      let policy = json["policy"]?.string, let evidence = json["evidence"]?.string,
      let projects = json["projects"]?.array, let thenRun = json["thenRun"]?.integer,
      let buildAfterMigrate = json["buildAfterMigrate"]?.bool, let approvals = json["approvals"]?.bool,
      let window = json["window"]?.bool, let confirmations = json["confirmations"]?.bool,
      let watches = json["watch"]?.bool, let verifiesStaged = json["verifyStaged"]?.bool,
      let takesBack = json["takesBack"]?.bool, (0...1000).contains(thenRun)
    else { throw ReleasePlan.unreadable }
    self.init(
      run: RunID(run), environment: environment, commit: CommitID(commit), policyDigest: policy,
      evidenceDigest: evidence, projects: [])
    for project in projects {
      guard let id = project["id"]?.string, let vercel = project["vercel"]?.string,
        let name = project["name"]?.string, let previous = project["previous"]?.string,
        let autoAssign = project["autoAssign"]?.bool
      else { throw ReleasePlan.unreadable }
      var planned = PlannedProject(
        id: ProjectID(id), vercelID: vercel, name: name, previous: DeploymentID(previous), autoAssign: autoAssign)
      // A version that staged one after the other did not say more.
      planned.after = self.projects.map(\.id)
      if let after = project["after"] {
        guard let names = after.array?.map(\.string), !names.contains(nil) else { throw ReleasePlan.unreadable }
        planned.after = names.compactMap { $0.map { ProjectID($0) } }
        // Only what stands above can be waited for: then no order is a circle.
        guard planned.after.allSatisfy({ name in self.projects.contains { $0.id == name } }) else {
          throw ReleasePlan.unreadable
        }
      }
      planned.autoAssignAfter = project["autoAssignAfter"]?.bool
      planned.rollingBefore = project["rollingBefore"]
      planned.inSteps = planned.rollingBefore != nil
      planned.atOnce = project["atOnce"]?.string
      self.projects.append(planned)
    }
    for stage in json["stages"]?.array ?? [] {
      guard let percent = stage["percent"]?.integer, (1..<100).contains(percent), let lasts = stage["lasts-ms"]?.integer
      else { throw ReleasePlan.unreadable }
      stages.append(
        TrafficShare(percent: Int(percent), lasts: .milliseconds(lasts), approve: stage["approve"]?.string))
    }
    unpin = json["unpin"]?.string
    if let migrations = json["migrations"] {
      guard let tool = migrations["tool"]?.string, let pending = migrations["pending"]?.array,
        let rehearse = migrations["rehearse"]?.bool,
        let onRollback = migrations["onRollback"]?.string.flatMap(DatabaseRules.OnRollback.init(rawValue:))
      else { throw ReleasePlan.unreadable }
      var items: [PlannedMigrations.Item] = []
      for item in pending {
        guard let id = item["id"]?.string, let sha256 = item["sha256"]?.string else { throw ReleasePlan.unreadable }
        var planned = PlannedMigrations.Item(id: MigrationID(id), sha256: sha256)
        if let word = item["class"]?.string {
          guard let worst = MigrationClass(rawValue: word), let isTold = item["told"]?.bool else {
            throw ReleasePlan.unreadable
          }
          (planned.worst, planned.isTold) = (worst, isTold)
        }
        items.append(planned)
      }
      self.migrations = PlannedMigrations(tool: tool, pending: items, rehearse: rehearse, onRollback: onRollback)
      // A plan of a version that made none says nothing of them.
      self.migrations?.makesRestorePoints = migrations["restorePoints"]?.bool ?? false
    }
    self.thenRun = Int(thenRun)
    self.buildAfterMigrate = buildAfterMigrate
    needsApprovals = approvals
    needsWindow = window
    needsConfirmations = confirmations
    self.watches = watches
    self.verifiesStaged = verifiesStaged
    takesBackByItself = takesBack
    measures = json["measures"]?.bool ?? false
    for compensation in json["compensations"]?.array ?? [] {
      guard let id = compensation["id"]?.string, let keepsBefore = compensation["keepsBefore"]?.bool else {
        throw ReleasePlan.unreadable
      }
      self.compensations.append(PlannedCompensation(id: id, keepsBefore: keepsBefore))
    }
    if let written = json["changes"], written != .null {
      guard let changes = ControlledChanges(json: written) else { throw ReleasePlan.unreadable }
      self.changes = changes
    }
  }

  private static let unreadable = Problem(
    "journal.unreadable", "the plan in the journal cannot be read",
    remedy: "resume with the version of gatehouse that began the run")
}
