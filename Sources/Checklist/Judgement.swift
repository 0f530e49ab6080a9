import Core

extension ChecklistItem {
  func passed(
    examined: [JSON.Member], _ reason: String, details: [String] = [], evidence: [EvidenceReference] = []
  ) -> CheckReport {
    .passed(id, title: title, examined: examined, reason: reason, details: details, evidence: evidence)
  }

  func failed(
    examined: [JSON.Member], _ reason: String, details: [String] = [], remedy: String,
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    .failed(
      id, title: title, examined: examined, reason: reason, details: details, remedy: remedy, evidence: evidence)
  }

  func inconclusive(
    examined: [JSON.Member] = [], _ reason: String, details: [String] = [], remedy: String,
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    .inconclusive(
      id, title: title, examined: examined, reason: reason, details: details, remedy: remedy, evidence: evidence)
  }

  /// Nobody could look.
  func inconclusive(_ problem: Problem, examined: [JSON.Member] = [], details: [String] = []) -> CheckReport {
    inconclusive(
      examined: examined, problem.description, details: details,
      remedy: problem.remedy ?? "put right what is said above, then run gatehouse check again")
  }
}

/// What a check of several parts found, gathered before one verdict is given: any failure fails, else anything
/// undecided is inconclusive.
struct Judgement {
  var failures: [String] = []
  var remedies: [String] = []
  var undecided: [String] = []
  var undecidedRemedies: [String] = []
  var notes: [String] = []
  var examined: [JSON.Member] = []

  mutating func fail(_ what: String, remedy: String) {
    failures.append(what)
    if !remedies.contains(remedy) { remedies.append(remedy) }
  }

  mutating func leaveOpen(_ what: String, remedy: String) {
    undecided.append(what)
    if !undecidedRemedies.contains(remedy) { undecidedRemedies.append(remedy) }
  }

  mutating func leaveOpen(_ problem: Problem, of subject: String? = nil) {
    leaveOpen(
      (subject.map { $0 + ": " } ?? "") + problem.description,
      remedy: problem.remedy ?? "put right what is said above, then run gatehouse check again")
  }

  /// - Parameter pass: the line that is said when nothing is wrong.
  func report(for item: ChecklistItem, pass: String) -> CheckReport {
    if let first = failures.first {
      return item.failed(
        examined: examined, first, details: Array(failures.dropFirst()) + undecided + notes,
        remedy: remedies.joined(separator: "; "))
    }
    if let first = undecided.first {
      return item.inconclusive(
        examined: examined, first, details: Array(undecided.dropFirst()) + notes,
        remedy: undecidedRemedies.joined(separator: "; "))
    }
    return item.passed(examined: examined, pass, details: notes)
  }
}
