internal import Core

/// A valid tree → the policy. Every text was held against the language before, so that what is absent here is absent
/// in the file.
struct PolicyBuilding {
  let root: PolicyNode

  func policy(digest: String, notYet: [NotYet]) -> Policy {
    var policy = Policy(name: root["name"]?.text ?? "", digest: digest)
    policy.timezone = root["timezone"]?.text ?? policy.timezone
    policy.store = store() ?? policy.store
    policy.projects = elements("projects").map(project)
    policy.evidence = evidence()
    policy.checklist = elements("checklist").map(item)
    policy.waivers = elements("waivers").map(waiver)
    policy.database = root["database"].map(database)
    policy.release = release()
    policy.health = root["health"].map(health)
    policy.rollback = rollback()
    policy.alerts.channels = (root["alerts"]?["channels"]?.elements ?? []).compactMap(channel)
    policy.notYet = notYet
    return policy
  }

  private func elements(_ key: String) -> [PolicyNode] { root[key]?.elements ?? [] }

  private func store() -> StoreLocation? {
    guard let store = root["store"] else { return nil }
    if let url = store["postgres"]?.secret { return .postgres(url) }
    return store["directory"]?.text.map { .embedded(directory: $0) }
  }

  private func project(_ node: PolicyNode) -> Project {
    let vercel = node["vercel"]
    var project = Project(
      id: ProjectID(node["id"]?.text ?? ""), path: node["path"]?.text ?? "",
      vercel: VercelTarget(
        project: vercel?["project"]?.text ?? "", team: vercel?["team"]?.text,
        token: vercel?["token"]?.secret ?? .environment("")))
    project.after = texts(node["after"]).map { ProjectID($0) }
    project.bypass = node["bypass"]?.secret
    project.identity = node["identity"].flatMap(identity)
    project.source = word(node["source"]) ?? project.source
    project.build = texts(node["build"])
    for entry in node["variables"]?.entries ?? [] { project.variables[entry.key] = texts(entry.value) }
    for entry in node["same-variables-as"]?.entries ?? [] {
      project.sameVariablesAs[ProjectID(entry.key)] = texts(entry.value)
    }
    project.sharedWithPreviews = texts(node["shared-with-previews"])
    project.unreadable = word(node["unreadable"]) ?? project.unreadable
    return project
  }

  private func identity(_ node: PolicyNode) -> IdentityRule? {
    if node.text == "none" { return IdentityRule.none }
    guard let path = node["path"]?.text else { return nil }
    if let pointer = node["json"]?.text { return .json(path: path, pointer: pointer) }
    if let header = node["header"]?.text { return .header(path: path, name: header.lowercased()) }
    return .text(path: path)
  }

  private func item(_ node: PolicyNode) -> ChecklistItem {
    let id = node["id"]?.text ?? ""
    return ChecklistItem(
      id: CheckID(id), title: node["title"]?.text ?? id, severity: word(node["severity"]) ?? .critical,
      rules: rules(node), line: node.place.line)
  }

  private func waiver(_ node: PolicyNode) -> Waiver {
    Waiver(
      id: node["id"]?.text ?? "", appliesTo: CheckID(node["applies-to"]?.text ?? ""), finding: node["finding"]?.text,
      path: node["path"]?.text, component: node["component"]?.text, reason: node["reason"]?.text ?? "",
      owner: node["owner"]?.text ?? "", until: node["until"]?.text ?? "", line: node.place.line)
  }

  private func rules(_ node: PolicyNode) -> CheckRules {
    let reports = texts(node["reports"])
    switch node["check"]?.text ?? "" {
    case "tests": return .tests(TestsRules(reports: reports, examined: limit(node["examined"])))
    case "coverage":
      return .coverage(coverage(node, reports))
    case "findings":
      var rules = FindingsRules(reports: reports)
      for severity in Severity.allCases { rules.limits[severity] = limit(node["limits"]?[severity.rawValue]) }
      rules.any = limit(node["limits"]?["any"])
      rules.severity = word(node["severity-by"]) ?? rules.severity
      rules.paths = texts(node["paths"])
      rules.excludePaths = texts(node["exclude-paths"])
      rules.countsUnfixed = node["unfixed"]?.text != "ignore"
      rules.onlyNew = flag(node["only-new"]) ?? false
      rules.comparesWithLastRelease = node["baseline"]?.text == "last-release"
      rules.baseline = rules.comparesWithLastRelease ? [] : texts(node["baseline"])
      rules.formats = texts(node["formats"])
      rules.exceptions = texts(node["exceptions"])
      rules.products = texts(node["products"])
      return .findings(rules)
    case "command":
      return .command(CommandRules(run: texts(node["run"]), timeout: duration(node["timeout"]) ?? .seconds(600)))
    case "changed-together":
      return .changedTogether(ChangedTogetherRules(changed: texts(node["changed"]), needs: texts(node["needs"])))
    case "source":
      return .source(
        SourceRules(
          branch: node["branch"]?.text, clean: flag(node["clean"]) ?? false,
          upToDate: flag(node["up-to-date"]) ?? false))
    case "vercel-projects": return .vercelProjects
    case "environment-variables": return .environmentVariables
    case "migrations": return .migrations
    case "backup":
      let snapshot = root["database"]?["snapshot"]
      return .backup(
        BackupRules(
          verifiedWithin: duration(node["verified-within"]) ?? .zero,
          openedWithin: snapshot?["encrypt-to"] == nil
            ? nil : duration(snapshot?["canary"]) ?? SnapshotRules.standardCanary))
    case "rollback-plan":
      return .rollbackPlan(
        RollbackPlanRules(document: node["document"]?.text, drillWithin: duration(node["drill-within"])))
    case "controls": return .controls(controls(node))
    case "review": return review(node).map { .review($0) } ?? .notYet(kind: "review")
    case "benchmarks":
      var limits: [String: Limit] = [:]
      for entry in node["limits"]?.entries ?? [] { limits[entry.key] = limit(entry.value) }
      return .benchmarks(
        BenchmarksRules(reports: reports, limits: limits, regression: limit(node["against"]?["regression"])))
    case "licences": return .licences(licences(node))
    case let kind: return .notYet(kind: kind)
    }
  }

  private func controls(_ node: PolicyNode) -> ControlsRules {
    let exceptions = (node["not-applicable"]?.elements ?? []).map { exception in
      ControlException(
        control: exception["control"]?.text ?? "", reason: exception["reason"]?.text ?? "",
        until: exception["until"]?.text.flatMap { Timestamp(utcDate: $0) })
    }
    return ControlsRules(
      packs: texts(node["packs"]), attestations: texts(node["attestations"]),
      people: node["people"]?.text ?? ControlsRules.standardPeople, notApplicable: exceptions)
  }

  private func database(_ node: PolicyNode) -> DatabaseRules {
    var rules = DatabaseRules(url: node["url"]?.secret ?? .environment(""))
    if let server = node["scratch"]?["url"]?.secret { rules.scratch = .server(server) }
    if let snapshot = node["snapshot"] {
      let places = (snapshot["to"]?.elements ?? []).map(snapshotPlace)
      if !places.isEmpty { rules.snapshot.places = places }
      rules.snapshot.verify = word(snapshot["verify"]) ?? rules.snapshot.verify
      rules.snapshot.exclude = texts(snapshot["exclude"])
      rules.snapshot.encryptTo = texts(snapshot["encrypt-to"]).map(RecipientPath.init)
      rules.snapshot.identity = snapshot["identity"]?.secret
      rules.snapshot.signWith = snapshot["sign-with"]?.secret
      rules.snapshot.signedBy = texts(snapshot["signed-by"])
      rules.snapshot.canary = duration(snapshot["canary"]) ?? rules.snapshot.canary
      rules.snapshot.keep = snapshot["keep"].map(keeping)
      rules.snapshot.lateAfter = duration(snapshot["late-after"]) ?? rules.snapshot.keep?.lateAfter
      rules.snapshot.ping = snapshot["ping"]?.secret
    }
    let exported = (node["exports"]?["tables"]?.elements ?? []).map { table in
      ExportRules.Table(
        table.text ?? table["table"]?.text ?? "", columns: texts(table["columns"]), except: texts(table["except"]))
    }
    if !exported.isEmpty { rules.exports = ExportRules(exported) }
    rules.restorePoints = (node["restore-points"]?.elements ?? []).map(restorePoint)
    rules.migrations = node["migrations"].flatMap(migrations)
    rules.onRollback = word(node["on-rollback"]) ?? rules.onRollback
    return rules
  }

  private func restorePoint(_ node: PolicyNode) -> RestorePointRule {
    if let prefix = node["template"]?.text { return .template(prefix: prefix) }
    var rule = PgBackRestRule(stanza: node["pgbackrest"]?.text ?? "")
    rule.config = node["config"]?.text
    rule.repository = whole(node["repo"])
    rule.wait = duration(node["wait"]) ?? rule.wait
    return .pgBackRest(rule)
  }

  private func snapshotPlace(_ node: PolicyNode) -> SnapshotPlaceRule {
    guard let bucket = node["s3"]?.text else { return .directory(node["directory"]?.text ?? "") }
    var rule = BucketRule(
      bucket: bucket, region: node["region"]?.text ?? "", accessKey: node["access-key"]?.secret ?? .environment(""),
      secretKey: node["secret-key"]?.secret ?? .environment(""))
    rule.endpoint = node["endpoint"]?.text
    rule.addressing = word(node["addressing"])
    rule.sessionToken = node["session-token"]?.secret
    rule.lock = duration(node["lock"])
    rule.lockMode = word(node["lock-mode"]) ?? rule.lockMode
    return .bucket(rule)
  }

  private func keeping(_ node: PolicyNode) -> KeepingRules {
    var rules = KeepingRules()
    rules.hourly = duration(node["hourly"])
    rules.daily = duration(node["daily"])
    rules.weekly = duration(node["weekly"])
    rules.monthly = duration(node["monthly"])
    rules.release = duration(node["release"])
    return rules
  }

  /// None for a tool that this version does not have: it stands in `notYet`, which shuts the gate.
  private func migrations(_ node: PolicyNode) -> MigrationRules? {
    guard let tool: MigrationRules.Tool = word(node["tool"]) else { return nil }
    var rules = MigrationRules(tool: tool, directory: node["directory"]?.text ?? "")
    rules.table = node["table"]?.text
    rules.run = node["run"]?.text
    rules.down = node["down"]?.text
    rules.pending = node["pending"]?.text
    rules.applied = node["applied"]?.text
    rules.rehearse = flag(node["rehearse"]) ?? false
    rules.refuse = Set((node["refuse"]?.elements ?? []).compactMap { word($0) })
    rules.longestLock = duration(node["longest-lock"])
    rules.thenRun = texts(node["then-run"])
    return rules
  }

  private func release() -> ReleaseRules {
    var rules = ReleaseRules()
    guard let node = root["release"] else { return rules }
    let budget = node["budget"]
    rules.budget.prepare = duration(budget?["prepare"]) ?? rules.budget.prepare
    rules.budget.snapshot = duration(budget?["snapshot"]) ?? rules.budget.snapshot
    rules.budget.migrate = duration(budget?["migrate"]) ?? rules.budget.migrate
    rules.budget.deploy = duration(budget?["deploy"]) ?? rules.budget.deploy
    rules.budget.verify = duration(budget?["verify"]) ?? rules.budget.verify
    rules.stageFirst = flag(node["stage-first"]) ?? true
    rules.budget.confirm = duration(budget?["confirm"]) ?? rules.budget.confirm
    rules.buildAfterMigrate = node["build"]?.text == "after-migrate"
    rules.confirm = (node["confirm"]?.elements ?? []).enumerated().map { index, flow in
      ConfirmedFlow(
        id: flow["id"]?.text ?? String(index + 1), look: flow.text ?? flow["look"]?.text ?? "")
    }
    // The last one is all of the traffic.
    rules.traffic = (node["traffic"]?.elements ?? []).dropLast().compactMap { step in
      guard let share = step["share"]?.text.flatMap(Quantities.share), let lasts = duration(step["for"]) else {
        return nil
      }
      return TrafficShare(
        percent: Int((share * 100).rounded()), lasts: lasts, approve: step["approve"]?.text)
    }
    return rules
  }

  private func rollback() -> RollbackRules {
    var rules = RollbackRules()
    rules.validate = texts(root["rollback"]?["validate"])
    rules.compensate = (root["rollback"]?["compensate"]?.elements ?? []).compactMap(compensation)
    rules.atMost = whole(root["rollback"]?["at-most"]) ?? rules.atMost
    return rules
  }

  /// `nil` for what this version cannot undo yet.
  private func compensation(_ node: PolicyNode) -> Compensation? {
    let id = node["id"]?.text ?? ""
    let project = node["project"]?.text.map { ProjectID($0) }
    if let domain = node["vercel-dns"]?.text {
      return Compensation(
        id: id, kind: .dns(domain: domain.lowercased(), types: texts(node["records"])), project: project)
    }
    if let projects = node["vercel-cache"] {
      return Compensation(id: id, kind: .cache(texts(projects).map { ProjectID($0) }))
    }
    guard node["files"] == nil, let command = node["run"]?.text else { return nil }
    return Compensation(id: id, kind: .command(command))
  }

  private func channel(_ node: PolicyNode) -> AlertChannel? {
    let id = node["id"]?.text ?? ""
    if let url = node["webhook"]?.secret, let secret = node["secret"]?.secret {
      return AlertChannel(id: id, kind: .webhook(url: url, secret: secret))
    }
    if let url = node["smtp"]?.secret {
      return AlertChannel(id: id, kind: .smtp(url: url, from: node["from"]?.text, to: texts(node["to"])))
    }
    return nil
  }
}
