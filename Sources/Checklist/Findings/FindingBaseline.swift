import Core
import Evidence

/// What an earlier scan had found, to tell what is new.
///
/// A finding is known again by the tool's own fingerprint, else by rule, package and file: lines move. Of two alike one
/// may be new, so they are counted.
struct FindingBaseline {
  private struct Identity: Hashable {
    var fingerprint: String?
    var rule: String
    var component: String?
    var path: String?
  }

  private var left: [Identity: Int] = [:]
  /// The commit of the reports is not asked for: they are of an earlier one.
  let references: [EvidenceReference]
  let faults: [EvidenceFault]

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
          left[FindingBaseline.identity(finding, report.root), default: 0] += finding.count
        }
      }
    }
    references = reports.map(\.reference)
    self.faults = faults
  }

  private static func identity(_ finding: Finding, _ root: String) -> Identity {
    let path = FindingPath.relative(finding.path, below: root)
    if let fingerprint = finding.fingerprint {
      return Identity(fingerprint: fingerprint, rule: finding.rule, component: nil, path: path)
    }
    let component = finding.component.map { component in
      component.purl.flatMap { PackageURL($0) }.map { "\($0.type)/\($0.namespace ?? "")/\($0.name)" } ?? component.name
    }
    return Identity(fingerprint: nil, rule: finding.rule, component: component, path: path)
  }

  /// How many of these the earlier scan had; each of its findings answers once.
  mutating func known(_ finding: Finding, root: String) -> Int {
    let identity = FindingBaseline.identity(finding, root)
    let count = min(finding.count, left[identity] ?? 0)
    if count > 0 { left[identity, default: 0] -= count }
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
