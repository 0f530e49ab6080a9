/// One line of `gatehouse doctor`: what was looked at, and how it stands.
package struct DoctorFinding: Hashable, Sendable {
  package enum Severity: String, Hashable, Sendable, CaseIterable {
    /// Looked at, and well.
    case fine
    /// A release can go on; somebody should know.
    case warning
    /// Nobody could look.
    case unknown
    /// A release would fail, or the gate can be passed by.
    case failure
  }

  /// A stable name, such as `vercel.auto-assign`.
  package var code: String
  package var severity: Severity
  /// A project's id, `database`, `store`, …
  package var subject: String
  /// One sentence without a full stop.
  package var what: String
  package var why: String?
  /// What to do; always there with a warning, an unknown or a failure.
  package var remedy: String?

  package static func fine(_ code: String, _ subject: String, _ what: String) -> DoctorFinding {
    DoctorFinding(code: code, severity: .fine, subject: subject, what: what)
  }

  package static func warning(
    _ code: String, _ subject: String, _ what: String, why: String? = nil, remedy: String
  ) -> DoctorFinding {
    DoctorFinding(code: code, severity: .warning, subject: subject, what: what, why: why, remedy: remedy)
  }

  package static func failure(
    _ code: String, _ subject: String, _ what: String, why: String? = nil, remedy: String
  ) -> DoctorFinding {
    DoctorFinding(code: code, severity: .failure, subject: subject, what: what, why: why, remedy: remedy)
  }

  package static func unknown(
    _ code: String, _ subject: String, _ what: String, why: String? = nil, remedy: String
  ) -> DoctorFinding {
    DoctorFinding(code: code, severity: .unknown, subject: subject, what: what, why: why, remedy: remedy)
  }

  /// What a problem comes to: `unknown` where nobody could look, `failure` where what is wrong is known.
  package static func problem(_ problem: Problem, _ subject: String, _ severity: Severity) -> DoctorFinding {
    DoctorFinding(
      code: problem.code, severity: severity, subject: subject,
      what: problem.what + (problem.place.map { " (\($0))" } ?? ""), why: problem.why,
      remedy: problem.remedy ?? "put right what is said, then run gatehouse doctor again")
  }

  package var json: JSON {
    .dictionary([
      ("code", .string(code)), ("severity", .string(severity.rawValue)), ("subject", .string(subject)),
      ("what", .string(what)), ("why", why.map { .string($0) }), ("remedy", remedy.map { .string($0) }),
    ])
  }
}

extension Sequence<DoctorFinding> {
  /// A failure is 1, else anything that nobody could look at is 3.
  package var exit: ExitCode {
    if contains(where: { $0.severity == .failure }) { return .refused }
    return contains { $0.severity == .unknown } ? .inconclusive : .done
  }
}
