import Core
import Evidence
import Synchronization

/// Evidence made by hand for the checks over reports.
enum LocatedSamples {
  private static let counter = Atomic(0)

  /// A number that was not given before, in the place of a digest.
  private static func next() -> Int { counter.wrappingAdd(1, ordering: .relaxed).newValue }

  static func counting(
    _ facts: EvidenceFacts, path: String = "reports/a", age: Duration? = .seconds(240), exit: Int? = 0,
    stamps: [String] = [], sha256: String? = nil
  ) -> LocatedEvidence {
    let read = ReadEvidence(path: path, facts: facts, format: .junit, sha256: sha256 ?? "\(next())", size: 1)
    return LocatedEvidence(
      pattern: path, path: path, root: "/app", outcome: .success(read),
      reference: EvidenceReference(path: path, sha256: "00", format: "junit", commit: nil, age: age), exit: exit,
      stamps: stamps)
  }

  static func fault(_ kind: EvidenceFault.Kind, path: String = "reports/b") -> LocatedEvidence {
    LocatedEvidence(
      pattern: path, path: path, root: "/app",
      outcome: .failure(EvidenceFault(kind, path: path, line: 3, why: "is \(kind.rawValue)", remedy: "mend it")))
  }

  static func tests(passed: Int = 0, failed: Int = 0, skipped: Int = 0, unlisted: Int = 0) -> EvidenceFacts {
    var facts = TestFacts()
    facts.tests = passed + failed + skipped
    facts.passed = passed
    facts.failed = failed
    facts.skipped = skipped
    facts.unlisted = unlisted
    facts.failures = (0..<min(failed, 20)).map { "test \($0)" }
    return .tests(facts)
  }

  /// Files by path with lines that ran and lines in all.
  static func coverage(_ files: [(path: String, ran: Int, lines: Int)]) -> EvidenceFacts {
    var facts = CoverageFacts()
    for file in files {
      var coverage = FileCoverage(format: .lcov)
      for line in 0..<file.lines { coverage.lines.note(line + 1, ran: line < file.ran) }
      facts.files[file.path] = coverage
    }
    return .coverage(facts)
  }

  static func findings(_ counts: [Severity: Int] = [:], unknown: Int = 0, incomplete: [String] = []) -> EvidenceFacts {
    var facts = FindingFacts()
    for (severity, count) in counts {
      var finding = Finding(rule: "R", severity: severity, path: "a.py", line: 7)
      finding.count = count
      facts.add(finding)
    }
    for _ in 0..<unknown { facts.add(Finding(rule: "U", severity: nil)) }
    facts.incomplete = incomplete
    facts.runs = 1
    facts.tools = ["scanner"]
    return .findings(facts)
  }

  static func item(_ id: CheckID, _ rules: CheckRules) -> ChecklistItem {
    ChecklistItem(id: id, title: "the \(id)", rules: rules)
  }
}
