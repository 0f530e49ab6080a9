import Core

/// The findings as people read them, and as machines do.
struct DoctorText {
  let terminal: Terminal

  func lines(_ findings: [DoctorFinding]) -> [String] {
    let width = min(20, findings.map(\.subject.count).max() ?? 0)
    var lines: [String] = []
    for finding in findings {
      let subject = finding.subject + String(repeating: " ", count: max(0, width - finding.subject.count))
      lines.append("  \(terminal.mark(mark(finding.severity))) \(subject)  \(finding.what)")
      if let why = finding.why { lines.append("      why: \(why)") }
      if let remedy = finding.remedy { lines.append("      to do: \(remedy)") }
    }
    return lines + [DoctorText.summary(findings)]
  }

  private func mark(_ severity: DoctorFinding.Severity) -> Terminal.Mark {
    switch severity {
    case .fine: .good
    case .warning: .warning
    case .unknown: .unknown
    case .failure: .bad
    }
  }

  private static func summary(_ findings: [DoctorFinding]) -> String {
    let counts = DoctorFinding.Severity.allCases.map { severity in findings.count { $0.severity == severity } }
    return
      "\(word(findings.exit)): \(counts[3]) failed, \(counts[2]) could not be looked at, \(counts[1]) warnings, \(counts[0]) fine"
  }

  private static func word(_ exit: ExitCode) -> String { exit == .done ? "healthy" : Problems.decision(of: exit) }

  static func document(_ findings: [DoctorFinding]) -> JSON {
    [
      "schema": "gatehouse.doctor/v1", "decision": .string(word(findings.exit)),
      "exit": .integer(Int64(findings.exit.rawValue)), "run": nil, "findings": .array(findings.map(\.json)),
    ]
  }
}
