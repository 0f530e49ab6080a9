/// Findings told apart by what the users of their tool take for one: what comes again adds a place and no finding.
struct DistinctFindings {
  private(set) var findings: [Finding] = []
  private var indices: [[String?]: Int] = [:]
  private var beyond: [Finding] = []

  /// - Parameter identity: what makes it the same finding; `nil` when each stands for itself. Beyond
  ///   ``FindingFacts/mostKept`` findings nothing is told apart any more, and every row counts.
  mutating func add(_ finding: Finding, identity: [String?]?) {
    if let identity, let index = indices[identity] { return merge(finding, at: index) }
    guard findings.count < FindingFacts.mostKept else { return count(finding) }
    if let identity { indices[identity] = findings.count }
    findings.append(finding)
  }

  /// Counts a finding without keeping it.
  mutating func count(_ finding: Finding) {
    if let index = beyond.firstIndex(where: { $0.severity == finding.severity }) {
      beyond[index].count += finding.count
    } else {
      var rest = Finding(rule: "beyond what is kept", severity: finding.severity)
      rest.count = finding.count
      beyond.append(rest)
    }
  }

  /// - Parameter target: of all of them, where the report names it apart from its findings.
  func settle(into facts: inout FindingFacts, target: String? = nil) {
    for var finding in findings + beyond {
      finding.target = finding.target ?? target
      facts.add(finding)
    }
  }

  private mutating func merge(_ finding: Finding, at index: Int) {
    var known = findings[index]
    known.severity = SeverityScale.worse(known.severity, finding.severity)
    known.score = SeverityScale.highest([known.score, finding.score])
    known.places += finding.places
    // What is in two files is in no single one that could be left out, and so it is with versions.
    if known.path != finding.path {
      known.path = nil
      known.line = nil
    }
    if known.component?.version != finding.component?.version {
      known.component?.version = nil
      known.component?.purl = nil
    }
    known.aliases += finding.aliases.filter { !known.aliases.contains($0) }.prefix(max(0, 50 - known.aliases.count))
    // That something can be done is the answer that excuses least.
    if finding.fix == .available || known.fix == .none { known.fix = finding.fix }
    findings[index] = known
  }
}
