import Core
import Evidence
import Processes

/// Decides every line of a policy's checklist: asks for the facts, lets the line's check judge them, and gives one
/// report a line, in the policy's order, whatever happens.
package struct ChecklistRun: Sendable {
  /// Lines that are looked at side by side.
  private static let sideBySide = 4

  private let policy: Policy
  private let timing: any Timing
  private let key: [UInt8]
  private let limit: Duration?
  private let waivers: [CheckID: [DatedWaiver]]
  private let progress: ProgressSink

  /// - Parameters:
  ///   - key: 32 random bytes of this run, for comparing secret values by digest.
  ///   - zone: the rules of the policy's time zone; `nil` when they are not known.
  ///   - limit: for all lines together; a line that is not decided by then is inconclusive. `nil` is no limit.
  package init(
    policy: Policy, timing: any Timing, key: [UInt8], zone: ZoneRules? = nil, limit: Duration? = nil,
    progress: @escaping ProgressSink = { _ in }
  ) {
    self.policy = policy
    self.timing = timing
    self.key = key
    self.limit = limit
    waivers = Dictionary(
      grouping: policy.waivers.map { DatedWaiver($0, timezone: policy.timezone, zone: zone) }, by: \.waiver.appliesTo)
    self.progress = progress
  }

  /// The team's commands run after the other lines and one after the other: they write into the folder that those look
  /// at, and two builds in one folder disturb each other. Controls stand on the verdicts of all other lines, so they come
  /// last.
  package func reports(asking facts: any FactSource) async -> [CheckReport] {
    let deadline = limit.map { timing.steady() + $0 }
    let items = Array(policy.checklist.enumerated())
    var reports = [CheckReport?](repeating: nil, count: items.count)
    await withTaskGroup(of: (Int, CheckReport).self) { group in
      var waiting = items.filter { !$0.element.isCommand && !$0.element.isControls }[...]
      func startNext() {
        guard let (index, item) = waiting.popFirst() else { return }
        group.addTask { (index, await report(item, facts, deadline)) }
      }
      for _ in 0..<ChecklistRun.sideBySide { startNext() }
      while let (index, report) = await group.next() {
        reports[index] = report
        startNext()
      }
    }
    for (index, item) in items where item.isCommand { reports[index] = await report(item, facts, deadline) }
    let decided = zip(items, reports).compactMap { entry, report in
      report.map { DecidedLine(entry.element, $0) }
    }
    for (index, item) in items where item.isControls {
      reports[index] = await report(item, facts, deadline, after: decided)
    }
    return zip(items, reports).map { entry, report in
      report ?? entry.element.inconclusive("it was not looked at", remedy: "run gatehouse check again").settled
    }
  }

  /// The line's report with its severity applied, in what is left of the time.
  private func report(
    _ item: ChecklistItem, _ facts: any FactSource, _ deadline: Duration?, after decided: [DecidedLine] = []
  ) async -> CheckReport {
    let report: CheckReport
    if let deadline {
      report = await withTaskGroup(of: CheckReport?.self) { group in
        group.addTask { await judge(item, facts, after: decided) }
        group.addTask {
          let left = deadline - timing.steady()
          // Cancelled means that the line was decided first.
          do { if left > .zero { try await timing.sleep(for: left) } } catch { return nil }
          return nil
        }
        let first = await group.next()
        group.cancelAll()
        return (first ?? nil)
          ?? item.inconclusive(
            "the time for preparing ran out before it was decided", remedy: "raise release.budget.prepare")
      }
    } else {
      report = await judge(item, facts, after: decided)
    }
    guard !Task.isCancelled else {
      return item.inconclusive("it was interrupted", remedy: "run gatehouse check again").settled
    }
    let weighed: CheckReport
    switch item.rules {
    // Findings are waived one by one.
    case .findings: weighed = report
    default: weighed = LineWaivers.applied(waivers[item.id] ?? [], to: report, now: timing.now())
    }
    return (item.severity == .warning ? weighed.asWarning() : weighed).settled
  }

  private func judge(
    _ item: ChecklistItem, _ facts: any FactSource, after decided: [DecidedLine]
  ) async -> CheckReport {
    switch item.rules {
    case .source(let rules):
      return SourceCheck.judge(
        item, rules, await facts.source(askingRemote: rules.upToDate || rules.branch != nil))
    case .changedTogether(let rules):
      return ChangedTogetherCheck.judge(item, rules, await facts.changesSinceProduction())
    case .command(let rules): return CommandCheck.judge(item, rules, await outcomes(of: rules, item, facts))
    case .vercelProjects:
      return ProjectsCheck.judge(item, await ofEachProject { await facts.project($0) })
    case .environmentVariables:
      return VariablesCheck.judge(item, await ofEachProject { await facts.variables(of: $0, hashedWith: key) })
    case .migrations: return MigrationsCheck.judge(item, await facts.migrations())
    case .backup(let rules):
      return BackupCheck.judge(item, rules, await facts.snapshots(), now: timing.now())
    case .rollbackPlan(let rules):
      let ways = await ofEachProject { await facts.wayBack(of: $0) }
      var document: Result<Int?, Problem>?
      if let path = rules.document { document = await facts.committedSize(of: path) }
      return RollbackPlanCheck.judge(item, rules, ways: ways, document: document)
    case .tests(let rules): return TestsCheck.judge(item, rules, await facts.evidence(rules.reports))
    case .coverage(let rules):
      return CoverageCheck.judge(
        item, rules, await facts.evidence(rules.reports), files: await facts.sourceFiles(),
        changes: rules.changedLines == nil ? nil : await facts.changedLines(since: rules.changedSince))
    case .findings(let rules):
      let named = rules.exceptions.isEmpty ? ExceptionFiles() : await facts.exceptions(rules.exceptions)
      let allowances = FindingAllowances(
        files: named.files, notes: named.notes, waivers: waivers[item.id] ?? [],
        baseline: rules.baseline.isEmpty ? nil : await facts.committedReports(rules.baseline),
        lastRelease: rules.comparesWithLastRelease ? await facts.knownFindings(of: item.id) : nil, now: timing.now())
      return FindingsCheck.judge(item, rules, await facts.evidence(rules.reports), allowances)
    case .controls(let rules):
      return ControlsCheck.judge(
        item, rules, await facts.controls(rules), after: decided, product: policy.name, now: timing.now())
    case .benchmarks(let rules):
      let baseline = rules.regression == nil ? nil : await facts.baseline(of: item.id)
      return BenchmarksCheck.judge(item, rules, await facts.evidence(rules.reports), baseline: baseline)
    case .review(let rules): return ReviewCheck.judge(item, rules, await facts.reviews(rules))
    case .licences(let rules): return LicencesCheck.judge(item, rules, await facts.evidence(rules.reports))
    case .notYet(let kind):
      return item.inconclusive(
        "this version of Gatehouse has no check \(kind)",
        remedy: "take the line out of the checklist, or use a version that has it")
    }
  }

  private func outcomes(
    of rules: CommandRules, _ item: ChecklistItem, _ facts: any FactSource
  ) async -> [Result<CommandFacts, Problem>] {
    var outcomes: [Result<CommandFacts, Problem>] = []
    for (index, command) in rules.run.enumerated() {
      progress(Progress(item.id.text, "command \(index + 1) of \(rules.run.count)"))
      let outcome = await facts.run(command, number: index + 1, of: item, timeout: rules.timeout)
      outcomes.append(outcome)
      guard case .success(let facts) = outcome, facts.ending == .exited(0) else { break }
    }
    return outcomes
  }

  /// The answers for every project of the policy, in its order, asked side by side.
  private func ofEachProject<Answer: Sendable>(
    _ ask: @escaping @Sendable (Project) async -> Answer
  ) async -> [(project: Project, answer: Answer)] {
    let projects = policy.projects
    return await withTaskGroup(of: (Int, Answer).self) { group in
      for (index, project) in projects.enumerated() { group.addTask { (index, await ask(project)) } }
      var answers: [(Int, Answer)] = []
      for await answer in group { answers.append(answer) }
      return answers.sorted { $0.0 < $1.0 }.map { (projects[$0.0], $0.1) }
    }
  }
}

extension ChecklistItem {
  fileprivate var isCommand: Bool {
    if case .command = rules { true } else { false }
  }

  fileprivate var isControls: Bool {
    if case .controls = rules { true } else { false }
  }
}
