import Core
import Migrations

/// What people read of the pending migrations, and what it comes to.
struct LintText {
  let report: LintReport
  let refused: Set<MigrationClass>

  /// Findings that are shown of one migration; the document has all.
  private static let most = 20

  /// A class that the policy refuses decides; else what no text tells leaves it open.
  var exit: ExitCode {
    if report.migrations.contains(where: { !$0.classes.isDisjoint(with: refused) }) { return .refused }
    return report.isKnown ? .done : .inconclusive
  }

  var decision: String {
    switch exit {
    case .done: "sound"
    case .refused: "refused"
    default: "inconclusive"
    }
  }

  var lines: [String] {
    if report.migrations.isEmpty { return ["nothing pending"] }
    var lines: [String] = []
    for migration in report.migrations {
      let hit = migration.classes.intersection(refused).sorted().map(\.rawValue)
      lines.append(
        "\(migration.id)  \(migration.words)"
          + (hit.isEmpty ? "" : "  (the policy refuses \(hit.joined(separator: ", ")))"))
      let isShown = Set(migration.findings.compactMap(\.worst)).contains(migration.worst)
      if !isShown { lines += migration.reasons.prefix(3).map { "  \(migration.path): \($0)" } }
      for finding in migration.findings.prefix(LintText.most) {
        lines.append("  \(finding.place)  \(finding.what)")
        lines.append("      why: \(finding.why)")
        lines.append("      safe: \(finding.remedy)")
      }
      if migration.findings.count > LintText.most {
        lines.append("  and \(migration.findings.count - LintText.most) more findings: --format json has all")
      }
      for unknown in migration.unknown.prefix(5) {
        lines.append("  \(migration.path):\(unknown.line)  not told by its text: \(unknown.why)")
      }
    }
    lines.append(
      "together \(report.isKnown ? "" : "at least ")\(report.worst.rawValue), \(report.findings.count) finding\(report.findings.count == 1 ? "" : "s")"
    )
    if !report.isKnown {
      lines.append("what a text does not tell, only running it on a copy shows: migrations.rehearse")
    }
    return lines
  }
}
