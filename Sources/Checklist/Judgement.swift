import Core

extension ChecklistItem {
  func passed(
    examined: [JSON.Member], comparisons: [Comparison] = [], _ reason: String, details: [String] = [],
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    CheckReport.passed(id, title: title, examined: examined, reason: reason, details: details, evidence: evidence)
      .comparing(comparisons)
  }

  func failed(
    examined: [JSON.Member], comparisons: [Comparison] = [], _ reason: String, details: [String] = [], remedy: String,
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    CheckReport.failed(
      id, title: title, examined: examined, reason: reason, details: details, remedy: remedy, evidence: evidence
    ).comparing(comparisons)
  }

  func inconclusive(
    examined: [JSON.Member] = [], comparisons: [Comparison] = [], _ reason: String, details: [String] = [],
    remedy: String,
    evidence: [EvidenceReference] = []
  ) -> CheckReport {
    CheckReport.inconclusive(
      id, title: title, examined: examined, reason: reason, details: details, remedy: remedy, evidence: evidence
    ).comparing(comparisons)
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
  /// What the verdict follows from. A failure or an open question that no figure stands for is counted by itself.
  var comparisons: [Comparison] = []
  private var problems = 0
  private var openQuestions = 0

  /// - Parameter stated: Whether one of ``comparisons`` says the same.
  mutating func fail(_ what: String, remedy: String, stated: Bool = false) {
    if !stated { problems += 1 }
    failures.append(what)
    if !remedies.contains(remedy) { remedies.append(remedy) }
  }

  mutating func leaveOpen(_ what: String, remedy: String, stated: Bool = false) {
    if !stated { openQuestions += 1 }
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
    var comparisons = comparisons
    if problems > 0 || comparisons.isEmpty {
      comparisons.append(.none("problems", problems, of: "problem"))
    }
    if openQuestions > 0 {
      comparisons.append(.none("open-questions", openQuestions, of: "open question", otherwise: .inconclusive))
    }
    return verdict(for: item, pass: pass).comparing(comparisons)
  }

  private func verdict(for item: ChecklistItem, pass: String) -> CheckReport {
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
