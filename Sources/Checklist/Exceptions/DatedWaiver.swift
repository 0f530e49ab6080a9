import Core
import Evidence

/// A waiver with the moment at which it ends.
package struct DatedWaiver: Hashable, Sendable {
  package enum Breadth: Hashable, Sendable {
    case exact
    /// It lets off more than one finding, which is said.
    case broad(String)
    /// It lets nothing off.
    case boundless(String)
  }

  /// Further ahead than this, an end is as good as none.
  static let longest = Duration.seconds(366 * 86_400)

  package let waiver: Waiver
  /// The first moment at which it no longer holds; `nil` for a date that is none.
  package let ends: Timestamp?
  private let note: String?

  /// - Parameter zone: the rules of the policy's time zone; `nil` when this machine does not know them, and then the
  ///   waiver ends when its last day ends at the earliest place on earth.
  package init(_ waiver: Waiver, timezone: String, zone: ZoneRules?) {
    self.waiver = waiver
    let rules = timezone == "UTC" ? .utc : zone
    ends = (rules ?? .earliest).moment(waiver.until)
    note =
      rules == nil ? "the rules of \(DisplayText.bounded(timezone, to: 60)) are not known here, so it ends early" : nil
  }

  package func hasEnded(at now: Timestamp) -> Bool { ends.map { now >= $0 } ?? true }

  /// How much it lets off on a line of findings.
  package var breadth: Breadth {
    if let finding = waiver.finding {
      return finding.contains("*") || finding.contains("?")
        ? .boundless("a finding is named by its exact id, without wildcards") : .exact
    }
    if let component = waiver.component {
      let version = PackageURL(component).map { $0.version } ?? ComponentName(component).version
      return .broad(
        "lets off every finding in \(DisplayText.bounded(component, to: 80))"
          + (version == nil ? ", whatever its version" : ""))
    }
    guard let path = waiver.path else { return .boundless("it names no finding, no component and no path") }
    guard let first = path.split(separator: "/").first(where: { $0 != "." }),
      !first.contains(where: { "*?[{".contains($0) })
    else {
      return .boundless("its path begins with a wildcard, and it names no finding")
    }
    return .broad("lets off every finding in \(DisplayText.bounded(path, to: 80))")
  }

  /// What a person should know of it wherever it is shown.
  func notes(at now: Timestamp) -> [String] {
    var notes = [note].compactMap { $0 }
    if let ends, !hasEnded(at: now), ends - now > DatedWaiver.longest {
      notes.append("ends more than a year from now: look at it again before that")
    }
    return notes
  }

  func use(
    _ standing: ExceptionUse.Standing, at now: Timestamp, count: Int = 0, findings: [String] = [], notes: [String] = []
  ) -> ExceptionUse {
    ExceptionUse(
      .waiver, standing, id: waiver.id, count: count, findings: findings,
      reason: DisplayText.bounded(waiver.reason, to: 300), owner: DisplayText.bounded(waiver.owner, to: 120),
      until: waiver.until, notes: self.notes(at: now) + notes)
  }
}

/// A component of a waiver that is no package URL: `lodash`, `lodash@4.17.20`, `@angular/core@1`.
struct ComponentName: Hashable, Sendable {
  let name: String
  let version: String?

  init(_ text: String) {
    let body = text.dropFirst()
    if let mark = body.lastIndex(of: "@") {
      name = String(text[..<mark])
      version = String(text[text.index(after: mark)...])
    } else {
      name = text
      version = nil
    }
  }
}

/// Waivers of a line as a whole: of every check but `findings`, whose findings are waived one by one.
enum LineWaivers {
  /// The report with what became of the line's waivers.
  ///
  /// Only what is known to be bad is let off: see ``CheckReport/waived(by:)``.
  static func applied(_ waivers: [DatedWaiver], to report: CheckReport, now: Timestamp) -> CheckReport {
    guard !waivers.isEmpty else { return report }
    let ended = waivers.filter { $0.hasEnded(at: now) }.map { $0.use(.expired, at: now) }
    let holding = waivers.filter { !$0.hasEnded(at: now) }
    guard !holding.isEmpty else { return report.weighing(ended) }
    let inForce = holding.map { $0.use(.inForce, at: now, count: 1) }
    if let waived = report.waived(by: inForce + ended) { return waived }
    let unused = holding.map { waiver in
      report.status == .inconclusive
        ? waiver.use(.unclear, at: now, notes: ["what could not be decided is not waived"])
        : waiver.use(.unmatched, at: now, notes: ["take it out: the line passes"])
    }
    return report.weighing(unused + ended)
  }
}
