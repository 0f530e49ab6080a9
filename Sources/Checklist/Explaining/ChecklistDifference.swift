import Core

/// What differs between two recorded verdicts, the earlier of which is called *was*.
///
/// Ages and times differ in every run; they are no difference as long as they are judged alike.
package struct ChecklistDifference: Hashable, Sendable {
  package struct Change<Value: Hashable & Sendable>: Hashable, Sendable {
    package var was: Value
    package var now: Value

    init(_ was: Value, _ now: Value) {
      self.was = was
      self.now = now
    }

    static func between(_ was: Value, _ now: Value) -> Change? { was == now ? nil : Change(was, now) }
  }

  package struct Line: Hashable, Sendable {
    package enum Kind: String, Sendable { case added, removed, changed }

    package var id: CheckID
    package var title: String
    package var kind: Kind
    /// `nil` on the side where the line is not there.
    package var status: Change<CheckStatus?>
    package var severity: Change<Bool>?
    /// Figures, or what was asked of them, that moved; `nil` on the side where the question was not asked.
    package var figures: [Change<Comparison?>] = []
    /// The waivers that let something off.
    package var waivers: Change<[String]>?
    package var evidence: [Evidence] = []

    package var statusChanged: Bool { status.was != status.now }

    /// Only its evidence differs.
    var saysTheSame: Bool {
      kind == .changed && !statusChanged && severity == nil && figures.isEmpty && waivers == nil
    }
  }

  package struct Evidence: Hashable, Sendable {
    package var path: String
    /// `nil`: it was not read on that side.
    package var sha256: Change<String?>
  }

  package var environment: Change<String>?
  package var policyName: Change<String>?
  package var policyDigest: Change<String>?
  package var commit: Change<CommitID?>?
  package var decision: Change<String>?
  /// Lines that differ, in the order of the later checklist; those taken out at the end.
  package var lines: [Line] = []

  package init(from was: RecordedChecklist, to now: RecordedChecklist) {
    environment = .between(was.environment, now.environment)
    policyName = .between(was.policyName, now.policyName)
    policyDigest = .between(was.policyDigest, now.policyDigest)
    commit = .between(was.commit, now.commit)
    decision = .between(was.decision, now.decision)
    for line in now.lines {
      guard let before = was.line(line.id) else {
        lines.append(
          Line(id: line.id, title: line.title, kind: .added, status: Change(nil, line.status ?? .inconclusive)))
        continue
      }
      if let changed = ChecklistDifference.line(before, line) { lines.append(changed) }
    }
    for line in was.lines where now.line(line.id) == nil {
      lines.append(
        Line(id: line.id, title: line.title, kind: .removed, status: Change(line.status ?? .inconclusive, nil)))
    }
  }

  /// Nothing differs, what the evidence files hold apart.
  package var isSame: Bool {
    environment == nil && policyName == nil && policyDigest == nil && commit == nil && decision == nil
      && lines.allSatisfy(\.saysTheSame)
  }

  private static func line(_ was: RecordedLine, _ now: RecordedLine) -> Line? {
    var line = Line(id: now.id, title: now.title, kind: .changed, status: Change(was.status, now.status))
    line.severity = .between(was.onlyWarns, now.onlyWarns)
    line.waivers = .between(was.waivers.sorted(), now.waivers.sorted())
    // Without figures on one side there is nothing that could have moved.
    if was.figures != nil, now.figures != nil { line.figures = figures(was.comparisons, now.comparisons) }
    line.evidence = evidence(was.evidence, now.evidence)
    let isSame =
      line.saysTheSame && line.evidence.isEmpty
    return isSame ? nil : line
  }

  private static func figures(_ was: [Comparison], _ now: [Comparison]) -> [Change<Comparison?>] {
    // A subject that comes more than once is told apart by its place among its equals.
    func keyed(_ comparisons: [Comparison]) -> [(key: String, comparison: Comparison)] {
      var seen: [String: Int] = [:]
      return comparisons.map { comparison in
        let number = seen[comparison.subject, default: 0]
        seen[comparison.subject] = number + 1
        return ("\(number) \(comparison.subject)", comparison)
      }
    }
    let before = Dictionary(uniqueKeysWithValues: keyed(was).map { ($0.key, $0.comparison) })
    let after = keyed(now)
    var changes: [Change<Comparison?>] = []
    for (key, comparison) in after {
      guard let other = before[key] else {
        if !comparison.isGeneric { changes.append(Change(nil, comparison)) }
        continue
      }
      if moved(other, comparison) { changes.append(Change(other, comparison)) }
    }
    let kept = Set(after.map(\.key))
    for (key, comparison) in keyed(was) where !kept.contains(key) && !comparison.isGeneric {
      changes.append(Change(comparison, nil))
    }
    return changes
  }

  private static func moved(_ was: Comparison, _ now: Comparison) -> Bool {
    if was.isGeneric { return false }
    if was.asked != now.asked || was.judged != now.judged { return true }
    return !(was.isVolatile && now.isVolatile) && was.figure != now.figure
  }

  private static func evidence(_ was: [RecordedEvidence], _ now: [RecordedEvidence]) -> [Evidence] {
    let before = Dictionary(was.map { ($0.path, $0.sha256) }) { first, _ in first }
    let after = Dictionary(now.map { ($0.path, $0.sha256) }) { first, _ in first }
    return Set(before.keys).union(after.keys).sorted().compactMap { path in
      let (was, now) = (before[path] ?? nil, after[path] ?? nil)
      let isThere = before.keys.contains(path) == after.keys.contains(path)
      return was == now && isThere ? nil : Evidence(path: path, sha256: Change(was, now))
    }
  }
}
