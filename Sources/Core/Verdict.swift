/// What one line of the checklist came to.
package enum CheckStatus: String, Sendable, CaseIterable {
  case pass, fail, inconclusive, waived, warning
}

/// A piece of evidence that a check read, so that anybody can find the very same bytes again.
package struct EvidenceReference: Hashable, Sendable {
  package let path: String
  /// Lower-case hexadecimal SHA-256 of the bytes read, or `nil` when they could not be read.
  package let sha256: String?
  /// The format recognised from the content, such as `junit`.
  package let format: String?
  /// The commit the evidence is about, when it or its manifest says so.
  package let commit: CommitID?
  /// How old the evidence was when it was judged.
  package let age: Duration?
  /// What binds it to the commit; `nil` when nothing does.
  package let binding: EvidenceBinding?

  package init(
    path: String, sha256: String?, format: String?, commit: CommitID?, age: Duration?, binding: EvidenceBinding? = nil
  ) {
    self.path = path
    self.sha256 = sha256
    self.format = format
    self.commit = commit
    self.age = age
    self.binding = binding
  }

  package var json: JSON {
    .dictionary([
      ("path", .string(path)), ("sha256", sha256.map { .string($0) } ?? .null),
      ("format", format.map { .string($0) } ?? .null), ("commit", commit.map { .string($0.text) } ?? .null),
      ("age", age.map { .integer($0.milliseconds / 1000) } ?? .null),
      ("bound-by", binding.map { .string($0.way.rawValue) } ?? .null),
      ("signer", binding?.signer.map { .string($0) }),
    ])
  }
}

/// How a report is known to be about the commit.
package struct EvidenceBinding: Hashable, Sendable {
  package enum Way: String, Sendable, CaseIterable {
    /// The report says it itself.
    case stated
    /// The manifest beside it says it.
    case manifest
    /// `collect` signed it.
    case signedManifest = "signed-manifest"
    /// Whoever built it signed it.
    case provenance
  }

  package let way: Way
  /// The policy's name of who signed.
  package let signer: String?

  package init(_ way: Way, signer: String? = nil) {
    self.way = way
    self.signer = signer
  }
}

/// The verdict of one line of the checklist with what it stands on.
///
/// Law L1: `examined` says what was looked at; a report whose status is `pass` with nothing examined cannot be made
/// (see ``passed(_:title:examined:reason:details:evidence:)``).
package struct CheckReport: Hashable, Sendable {
  package let id: CheckID
  package let title: String
  package let status: CheckStatus
  /// What was looked at, counted: `tests: 1482, reports: 12`. Order is kept.
  package let examined: [JSON.Member]
  /// One line: the number against the limit, or why nothing could be decided.
  package let reason: String
  /// Further lines under the reason.
  package let details: [String]
  /// What a person can do when it did not pass.
  package private(set) var remedy: String?
  package let evidence: [EvidenceReference]
  /// What the verdict follows from, in the order of the questions; see ``comparing(_:)``.
  package var comparisons: [Comparison] = []
  /// The exceptions that were weighed; see ``weighing(_:)``.
  package var exceptions: [ExceptionUse] = []
  /// What the line leaves for the next release to compare with; no part of the verdict, and never shown.
  package var left: JSON?
  /// Whether a failure only warns.
  package private(set) var onlyWarns = false

  private init(
    id: CheckID, title: String, status: CheckStatus, examined: [JSON.Member], reason: String, details: [String],
    remedy: String?, evidence: [EvidenceReference]
  ) {
    self.id = id
    self.title = title
    self.status = status
    self.examined = examined
    self.reason = reason
    self.details = details
    self.remedy = remedy
    self.evidence = evidence
  }

  /// A pass. With nothing examined, or only zeros, it is inconclusive instead: nothing unexamined passes.
  package static func passed(
    _ id: CheckID, title: String, examined: [JSON.Member], reason: String, details: [String] = [],
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    guard isAnything(examined) else {
      return .inconclusive(
        id, title: title, examined: examined, reason: "nothing was examined",
        remedy: "see that the evidence of this check holds anything at all", evidence: evidence)
    }
    return CheckReport(
      id: id, title: title, status: .pass, examined: examined, reason: reason, details: details, remedy: nil,
      evidence: evidence)
  }

  package static func failed(
    _ id: CheckID, title: String, examined: [JSON.Member], reason: String, details: [String] = [], remedy: String,
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    CheckReport(
      id: id, title: title, status: .fail, examined: examined, reason: reason, details: details, remedy: remedy,
      evidence: evidence)
  }

  package static func inconclusive(
    _ id: CheckID, title: String, examined: [JSON.Member] = [], reason: String, details: [String] = [],
    remedy: String, evidence: [EvidenceReference] = []
  ) -> CheckReport {
    CheckReport(
      id: id, title: title, status: .inconclusive, examined: examined, reason: reason, details: details,
      remedy: remedy, evidence: evidence)
  }

  /// A line that is not as asked and is let off by waivers in force. With nothing examined it is inconclusive instead.
  package static func waived(
    _ id: CheckID, title: String, examined: [JSON.Member], reason: String, details: [String] = [],
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    let passed = CheckReport.passed(
      id, title: title, examined: examined, reason: reason, details: details, evidence: evidence)
    return passed.status == .pass ? passed.with(.waived, details: details) : passed
  }

  /// A failure that people accepted.
  var accepted: CheckReport {
    var report = with(.waived, details: details)
    report.remedy = nil
    return report
  }

  /// The same report for a line whose severity is `warning`: a failure is shown and does not shut the gate.
  ///
  /// What could not be decided stays inconclusive: a warning that nobody looked at is no warning.
  package func asWarning() -> CheckReport {
    var report = status == .fail ? with(.warning, details: details) : self
    report.onlyWarns = true
    return report
  }

  /// The same report with a line added, for stamps such as `evidence not bound to a commit`.
  package func adding(detail: String) -> CheckReport {
    with(status, details: details + [detail])
  }

  private func with(_ status: CheckStatus, details: [String]) -> CheckReport {
    var report = CheckReport(
      id: id, title: title, status: status, examined: examined, reason: reason, details: details, remedy: remedy,
      evidence: evidence)
    report.comparisons = comparisons
    report.exceptions = exceptions
    report.left = left
    report.onlyWarns = onlyWarns
    return report
  }

  package var json: JSON {
    .dictionary([
      ("id", .string(id.text)), ("title", .string(title)), ("status", .string(status.rawValue)),
      ("severity", onlyWarns ? "warning" : "critical"), ("examined", .object(examined)), ("reason", .string(reason)),
      ("details", .strings(details)),
      ("remedy", remedy.map { .string($0) } ?? .null), ("comparisons", .array(comparisons.map(\.json))),
      ("exceptions", .array(exceptions.map(\.json))), ("waivers", inForce.isEmpty ? nil : .strings(inForce)),
      ("evidence", .array(evidence.map(\.json))),
    ])
  }
}

extension CheckReport {
  /// The ids of the waivers that let something off here.
  package var inForce: [String] {
    exceptions.filter { $0.kind == .waiver && $0.standing == .inForce }.map(\.id)
  }
}

/// What the whole checklist came to.
package enum Decision: String, Sendable {
  case passed, refused, inconclusive

  /// Any failure refuses; else anything undecided, or an empty checklist, is inconclusive.
  package init(_ reports: [CheckReport], undecided: Bool = false) {
    self.init(reports.map(\.status), undecided: undecided)
  }

  /// The same of what the lines came to.
  package init(_ statuses: [CheckStatus], undecided: Bool = false) {
    if statuses.contains(.fail) {
      self = .refused
    } else if undecided || statuses.isEmpty || statuses.contains(.inconclusive) {
      self = .inconclusive
    } else {
      self = .passed
    }
  }

  package var exit: ExitCode {
    switch self {
    case .passed: .done
    case .refused: .refused
    case .inconclusive: .inconclusive
    }
  }
}
