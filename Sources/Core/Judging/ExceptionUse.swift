/// What became of one exception on one line: it is shown and counted whether it let anything off or not.
///
/// The texts are fit to be shown: whoever makes one bounds them.
package struct ExceptionUse: Hashable, Sendable {
  package enum Kind: String, Sendable { case waiver, vex }

  package enum Standing: String, Sendable, CaseIterable {
    case inForce = "in-force"
    case expired
    /// There is nothing for it to let off.
    case unmatched
    /// It names too little to be meant so.
    case tooBroad = "too-broad"
    /// Whether it is meant cannot be told, so it lets nothing off.
    case unclear
  }

  package let kind: Kind
  package let standing: Standing
  /// The waiver's id, or the document and the place in it.
  package let id: String
  /// Findings let off; 1 for a line as a whole.
  package let count: Int
  /// What was let off, or would have been: some of it.
  package let findings: [String]
  /// A waiver's reason, or a statement's status and justification.
  package let reason: String?
  /// A waiver's owner, or a document's author.
  package let owner: String?
  /// As the policy wrote it.
  package let until: String?
  /// What a person should know of it: why it does not apply, or how far it reaches.
  package let notes: [String]

  package static let shownFindings = 20

  package init(
    _ kind: Kind, _ standing: Standing, id: String, count: Int = 0, findings: [String] = [], reason: String? = nil,
    owner: String? = nil, until: String? = nil, notes: [String] = []
  ) {
    self.kind = kind
    self.standing = standing
    self.id = id
    self.count = count
    self.findings = Array(findings.prefix(ExceptionUse.shownFindings))
    self.reason = reason
    self.owner = owner
    self.until = until
    self.notes = notes
  }

  /// `waived until 2027-01-31 by security@neonpro.example: CVE-2025-12345 in lodash · Not reachable · parser-cve`.
  package var line: String {
    var parts: [String] = []
    let name = kind == .waiver ? "waiver \(id)" : id
    switch standing {
    case .inForce:
      let head = kind == .waiver ? "waived" + (until.map { " until \($0)" } ?? "") : "excepted"
      parts.append(head + (owner.map { " by \($0)" } ?? "") + (findings.isEmpty ? "" : ": \(listed)"))
      if let reason { parts.append(reason) }
      parts.append(name)
    case .expired: parts.append("\(name) ended on \(until ?? "an unknown day") and lets nothing off")
    case .unmatched: parts.append("\(name) matches nothing that counts here")
    case .tooBroad: parts.append("\(name) is too broad and lets nothing off")
    case .unclear: parts.append("\(name) lets nothing off" + (findings.isEmpty ? "" : " of \(listed)"))
    }
    if standing != .inForce, kind == .waiver, let owner { parts.append("owner \(owner)") }
    return (parts + notes).joined(separator: " · ")
  }

  private var listed: String {
    let shown = findings.prefix(3).joined(separator: ", ")
    let rest = max(count, findings.count) - min(3, findings.count)
    return rest > 0 ? "\(shown) and \(rest) more" : shown
  }

  package var json: JSON {
    .dictionary([
      ("kind", .string(kind.rawValue)), ("standing", .string(standing.rawValue)), ("id", .string(id)),
      ("count", .integer(Int64(count))), ("findings", .strings(findings)), ("reason", reason.map { .string($0) }),
      ("owner", owner.map { .string($0) }), ("until", until.map { .string($0) }), ("notes", .strings(notes)),
    ])
  }
}

extension CheckReport {
  /// More of one line than this are counted and not kept one by one.
  package static let keptExceptions = 1000
  private static let shownExceptions = 20

  /// The same report with the exceptions that were weighed, those in force first: in its details and by themselves.
  package func weighing(_ exceptions: [ExceptionUse]) -> CheckReport {
    guard !exceptions.isEmpty else { return self }
    let ordered = exceptions.filter { $0.standing == .inForce } + exceptions.filter { $0.standing != .inForce }
    var report = ordered.prefix(CheckReport.shownExceptions).reduce(self) { $0.adding(detail: $1.line) }
    let rest = ordered.count - CheckReport.shownExceptions
    if rest > 0 { report = report.adding(detail: "and \(rest) more exceptions, all of them in --format json") }
    report.exceptions += ordered.prefix(CheckReport.keptExceptions)
    return report
  }

  /// The same report of a line that failed and that people accepted as it is; `nil` when it did not fail.
  ///
  /// A waiver is for what is known to be bad. What nobody looked at stays undecided, and so does a line of which a part
  /// could not be decided (law L1).
  package func waived(by waivers: [ExceptionUse]) -> CheckReport? {
    guard status == .fail else { return nil }
    let open = comparisons.filter { $0.judged == .inconclusive }
    if open.isEmpty, CheckReport.isAnything(examined) { return accepted.weighing(waivers) }
    let what = open.first.map { $0.noun.many } ?? "what was examined"
    return CheckReport.inconclusive(
      id, title: title, examined: examined,
      reason: "its failure is waived, and a part of it could not be decided: \(what)", details: [reason] + details,
      remedy: "put right what could not be decided; a waiver covers only what is known", evidence: evidence
    ).comparing(comparisons).weighing(waivers)
  }
}
