import Checklist
import Core
import OpenSSL
import Release
import Store

/// What the store holds of one run, read and held against itself.
struct RecordedRun: Sendable {
  let run: RunID
  let summary: RunStore.Summary?
  /// The verdict's document as it was stored.
  let checklist: JSON?
  /// `nil` for a run without a checklist.
  private(set) var explanation: Explanation?
  /// The journal of a release, each record with the state after it; empty for a run that only decided.
  let steps: [(record: RunRecord, state: RunState)]
  /// The text of the policy that judged it.
  let policyText: JSON?

  /// The journal folded; `nil` when there is none.
  var state: RunState? { steps.last?.state }

  init(_ run: RunID, in runs: RunStore, folder: String) async throws {
    self.run = run
    summary = try await runs.summary(of: run)
    checklist = try await runs.checklist(of: run)
    policyText = try await runs.policyText(of: run)
    let records = try await runs.records(of: run)
    var steps: [(record: RunRecord, state: RunState)] = []
    for record in records {
      if var state = steps.last?.state {
        try state.apply(record)
        steps.append((record, state))
      } else {
        steps.append((record, try RunState(first: record)))
      }
    }
    self.steps = steps
    guard let checklist else {
      guard !records.isEmpty else {
        throw Problem(
          "run.unknown", "nothing is kept of what run \(run) decided", place: runs.store.place,
          remedy: "see gatehouse status")
      }
      return
    }
    guard let recorded = RecordedChecklist(json: checklist) else {
      throw Problem(
        "check.record-altered", "the verdict of run \(run) cannot be read", place: runs.store.place,
        why: "what is stored is no document of gatehouse check",
        remedy: "trust neither it nor what stands on it; run gatehouse check again")
    }
    var replay = Replay(recorded)
    for difference in try await contradictions(recorded, checklist, runs) { replay.differ(nil, difference) }
    explanation = Explanation(
      run: run, verb: summary?.verb ?? (state == nil ? nil : "deploy"), at: summary?.startedAt ?? state?.plannedAt,
      checklist: recorded, replay: replay, policyTextIsKept: policyText != nil,
      evidence: try EvidenceNow.standings(of: recorded.lines.flatMap(\.evidence), below: folder))
  }

  /// Where other records of the same run say something else.
  private func contradictions(
    _ recorded: RecordedChecklist, _ checklist: JSON, _ runs: RunStore
  ) async throws(Problem) -> [String] {
    var found: [String] = []
    if recorded.run != run { found.append("it is recorded as the verdict of run \(recorded.run?.text ?? "nothing")") }
    if let digest = try await runs.checklistDigest(of: run), digest != RunStore.digest(of: checklist) {
      found.append("it is not the document that was written down then")
    }
    if let plan = state?.plan {
      let lines = checklist["checks"] ?? .array([])
      if plan.evidenceDigest != RunStore.digest(of: lines) {
        found.append("its lines are not those that the plan of the release was made from")
      }
      if plan.commit != recorded.commit { found.append("the plan of the release is for \(plan.commit.short)") }
      if plan.policyDigest != recorded.policyDigest {
        found.append("the plan of the release names policy \(plan.policyDigest.prefix(7))")
      }
    }
    if let policyText, let list = policyText["files"]?.array {
      let record = JSON.array(list.map { ["path": $0["path"] ?? .null, "sha256": $0["sha256"] ?? .null] })
      let hasText = list.allSatisfy { file in
        guard let text = file["text"]?.string else { return false }
        // Bytes that were no UTF-8 are kept as a reader sees them.
        return text.contains("\u{FFFD}") || file["sha256"]?.string == Digest.hex(Digest.sha256(Array(text.utf8)))
      }
      if policyText["text"]?.string != RunStore.digest(of: record) || !hasText {
        found.append("the text of the policy that judged it was changed")
      }
    }
    return found
  }

  /// The code that explaining it ends with: what does not follow from its own record decides nothing.
  var exit: ExitCode {
    guard let explanation, explanation.replay.outcome == .differs else { return .done }
    return state?.productionBegan == true ? .needsPerson : .inconclusive
  }

  /// The problem that goes with ``exit``.
  var problem: Problem? {
    guard exit != .done, let first = explanation?.replay.differences.first else { return nil }
    return Problem(
      "check.record-altered", "the record of run \(run) does not bear its verdict",
      why: (first.line.map { "line \($0): " } ?? "") + first.what,
      remedy: "trust neither it nor what stands on it; see who can write to the store, and run gatehouse check again")
  }
}
