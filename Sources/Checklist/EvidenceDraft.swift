import Core
import Evidence

/// What the verdicts of the checks over reports have in common: the line, what was examined, the evidence and its stamps.
struct EvidenceDraft {
  let item: ChecklistItem
  let examined: [JSON.Member]
  let references: [EvidenceReference]
  let stamps: [String]
  /// What the verdict follows from; each is stated whichever way it turns out.
  var comparisons: [Comparison] = []

  private static let shownDetails = 20

  func passed(_ reason: String, details: some Sequence<String> = []) -> CheckReport {
    stamped(
      .passed(
        item.id, title: item.title, examined: examined, reason: reason, details: bounded(details), evidence: references)
    )
  }

  func waived(_ reason: String, details: some Sequence<String> = []) -> CheckReport {
    stamped(
      .waived(
        item.id, title: item.title, examined: examined, reason: reason, details: bounded(details), evidence: references)
    )
  }

  func failed(_ reason: String, details: some Sequence<String> = [], remedy: String) -> CheckReport {
    stamped(
      .failed(
        item.id, title: item.title, examined: examined, reason: reason, details: bounded(details), remedy: remedy,
        evidence: references))
  }

  func undecided(_ reason: String, details: some Sequence<String> = [], remedy: String) -> CheckReport {
    stamped(
      .inconclusive(
        item.id, title: item.title, examined: examined, reason: reason, details: bounded(details), remedy: remedy,
        evidence: references))
  }

  private func stamped(_ report: CheckReport) -> CheckReport {
    stamps.reduce(report.comparing(comparisons)) { $0.adding(detail: $1) }
  }

  private func bounded(_ details: some Sequence<String>) -> [String] {
    let all = Array(details)
    guard all.count > EvidenceDraft.shownDetails else { return all }
    return all.prefix(EvidenceDraft.shownDetails) + [
      "and \(Figures.count(all.count - EvidenceDraft.shownDetails)) more lines"
    ]
  }
}

extension SortedEvidence {
  /// The comparison that reports which do not count leave a line open.
  var allCount: Comparison {
    .none(
      "reports-not-counted", faults.count, of: Noun("report that does not count", "reports that do not count"),
      otherwise: .inconclusive)
  }
}
