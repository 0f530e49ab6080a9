import Core

/// All that is known of a recorded verdict: the record, what it comes to when judged again, and how its evidence stands now.
package struct Explanation: Sendable {
  /// How a file that was read then stands now.
  package enum Standing: String, Sendable, CaseIterable {
    case asItWas = "as-it-was"
    case changed, gone, unreadable
    /// It was not read then, or it is no file of this folder.
    case notCompared = "not-compared"
  }

  package var run: RunID
  /// The verb that decided it, such as `check`.
  package var verb: String?
  package var at: Timestamp?
  package var checklist: RecordedChecklist
  package var replay: Replay
  /// Whether the store holds the text of the policy that judged it.
  package var policyTextIsKept: Bool
  package var evidence: [RecordedEvidence: Standing]

  package init(
    run: RunID, verb: String?, at: Timestamp?, checklist: RecordedChecklist, replay: Replay, policyTextIsKept: Bool,
    evidence: [RecordedEvidence: Standing]
  ) {
    self.run = run
    self.verb = verb
    self.at = at
    self.checklist = checklist
    self.replay = replay
    self.policyTextIsKept = policyTextIsKept
    self.evidence = evidence
  }

  func standing(_ evidence: RecordedEvidence) -> Standing { self.evidence[evidence] ?? .notCompared }

  /// Each file once, however many lines stood on it.
  func count(_ standing: Standing) -> Int {
    Set(evidence.filter { $0.value == standing }.map(\.key.path)).count
  }
}

extension Explanation {
  /// Members of `gatehouse explain --format json`; see docs/reference/explain.md.
  ///
  /// - Parameter only: leaves the other lines out.
  package func members(only: CheckID? = nil) -> [(String, JSON?)] {
    [
      ("verb", verb.map { .string($0) } ?? .null), ("environment", .string(checklist.environment)),
      ("at", at.map { .string($0.description) } ?? .null),
      ("commit", checklist.commit.map { .string($0.text) } ?? .null),
      (
        "policy",
        [
          "name": .string(checklist.policyName), "digest": .string(checklist.policyDigest),
          "textKept": .bool(policyTextIsKept),
        ]
      ),
      (
        "verdict",
        ["decision": .string(checklist.decision), "exit": checklist.exit.map { .integer($0) } ?? .null]
      ),
      (
        "replay",
        [
          "outcome": .string(replay.outcome.rawValue), "differences": .array(replay.differences.map(\.json)),
          "withoutFigures": .strings(replay.withoutFigures),
        ]
      ),
      ("lines", .array(checklist.lines.filter { only == nil || $0.id == only }.map(json))),
      (
        "evidence",
        .object(Standing.allCases.map { .init($0.rawValue, .integer(Int64(count($0)))) })
      ),
    ]
  }

  private func json(_ line: RecordedLine) -> JSON {
    let replayed: JSON
    if replay.withoutFigures.contains(line.id) {
      replayed = .string(Replay.Outcome.notRecorded.rawValue)
    } else {
      let differs = replay.differences.contains { $0.line == line.id }
      replayed = .string((differs ? Replay.Outcome.differs : .same).rawValue)
    }
    func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    let figures: JSON = line.figures == nil ? .null : .array(line.comparisons.map(\.json))
    let members: [(String, JSON?)] = [
      ("id", text(line.id.text)), ("title", text(line.title)), ("status", text(line.statusText)),
      ("severity", line.onlyWarns ? "warning" : "critical"), ("reason", text(line.reason)),
      ("remedy", text(line.remedy)), ("replay", replayed), ("examined", .object(line.examined)),
      ("comparisons", figures), ("toPass", .array(line.toPass.map(\.json))),
      ("toTurn", .array(line.toTurn.map(\.json))), ("evidence", .array(line.evidence.map(json))),
    ]
    return .dictionary(members)
  }

  private func json(_ file: RecordedEvidence) -> JSON {
    func text(_ text: String?) -> JSON { text.map { .string($0) } ?? .null }
    let members: [(String, JSON?)] = [
      ("path", text(file.path)), ("sha256", text(file.sha256)), ("format", text(file.format)),
      ("commit", text(file.commit?.text)), ("age", file.age.map { .integer($0.milliseconds / 1000) } ?? .null),
      ("now", text(standing(file).rawValue)),
    ]
    return .dictionary(members)
  }
}
