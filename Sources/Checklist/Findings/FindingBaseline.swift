import Core
import Evidence

/// What an earlier scan had found, to tell what is new.
///
/// A finding is known again by ``KnownFindings``' fingerprint. Of two alike one may be new, so they are counted.
struct FindingBaseline {
  private var left: [String: Int] = [:]
  /// The commit of the reports is not asked for: they are of an earlier one.
  let references: [EvidenceReference]
  let faults: [EvidenceFault]
  /// Why nobody knows what was found before: then nothing is old and nothing is new.
  let problem: Problem?

  init(_ reports: [LocatedEvidence]) {
    var faults: [EvidenceFault] = []
    var known: Set<String> = []
    for report in reports {
      switch report.outcome {
      case .failure(let fault): faults.append(fault)
      case .success(let read):
        guard case .findings(let facts) = read.facts else {
          faults.append(
            EvidenceFault(
              .unfitting, path: report.path, why: "holds \(read.facts.kind), not findings",
              remedy: "name a scanner's report as the baseline"))
          continue
        }
        // The same bytes twice must not make two known ones of one.
        guard known.insert(read.sha256).inserted else { continue }
        for finding in facts.findings {
          left[KnownFindings.fingerprint(of: finding, root: report.root), default: 0] += finding.count
        }
      }
    }
    references = reports.map(\.reference)
    self.faults = faults
    problem = nil
  }

  /// What the last release's line left.
  init(lastRelease: Result<KnownFindings, Problem>) {
    references = []
    faults = []
    switch lastRelease {
    case .failure(let why): problem = why
    case .success(let known):
      left = known.counts ?? [:]
      problem =
        known.counts == nil
        ? Problem(
          "findings.too-many",
          "the last release had \(Figures.counted(known.total, "finding")), more than are kept to compare with",
          remedy: "commit a report of that release and name it under `baseline`") : nil
    }
  }

  /// How many of these the earlier scan had; each of its findings answers once.
  mutating func known(_ finding: Finding, root: String) -> Int {
    let fingerprint = KnownFindings.fingerprint(of: finding, root: root)
    let count = min(finding.count, left[fingerprint] ?? 0)
    if count > 0 { left[fingerprint, default: 0] -= count }
    return count
  }
}

/// Where a finding is, as globs are held against it.
enum FindingPath {
  /// The path told from the policy's folder where that is possible; `nil` when there is none.
  static func relative(_ written: String?, below root: String) -> String? {
    guard var path = written, !path.isEmpty else { return nil }
    if path.hasPrefix("file://") {
      path = String(path.dropFirst(7))
      // `file:///C:/a` is C:/a.
      if path.hasPrefix("/"), path.dropFirst(2).hasPrefix(":/") { path.removeFirst() }
    }
    if path.contains("\\") { path = String(path.map { $0 == "\\" ? "/" : $0 }) }
    let root = root.hasSuffix("/") ? root : root + "/"
    if path.hasPrefix(root) { path = String(path.dropFirst(root.count)) }
    while path.hasPrefix("./") { path = String(path.dropFirst(2)) }
    return path.isEmpty ? nil : path
  }
}
