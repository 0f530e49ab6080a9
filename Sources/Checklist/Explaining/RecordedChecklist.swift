import Core

/// A decided checklist as it was written down: what ``ChecklistDocument/json`` said then, read again.
///
/// Of a record nothing is believed: what cannot be read is told by ``Replay``, and nothing here ends the reader.
package struct RecordedChecklist: Hashable, Sendable {
  package var run: RunID?
  package var environment: String
  package var policyName: String
  package var policyDigest: String
  package var commit: CommitID?
  package var decision: String
  package var exit: Int64?
  package var lines: [RecordedLine]
  /// What the policy asked for and that version did not do.
  package var notYet: [String]

  /// `nil` when it is no document of `gatehouse check`.
  package init?(json: JSON) {
    guard json["schema"]?.string == "gatehouse.check/v1", let checks = json["checks"]?.array else { return nil }
    run = json["run"]?.string.map { RunID($0) }
    environment = json["environment"]?.string ?? ""
    policyName = json["policy"]?["name"]?.string ?? ""
    policyDigest = json["policy"]?["digest"]?.string ?? ""
    commit = json["commit"]?.string.map { CommitID($0) }
    decision = json["decision"]?.string ?? ""
    exit = json["exit"]?.integer
    lines = checks.map(RecordedLine.init(json:))
    notYet = (json["notYet"]?.array ?? []).map { $0["path"]?.string ?? "" }
  }

  package func line(_ id: CheckID) -> RecordedLine? { lines.first { $0.id == id } }
}

/// One line of it.
package struct RecordedLine: Hashable, Sendable {
  package struct Figure: Hashable, Sendable {
    /// `nil` when it cannot be read.
    package var comparison: Comparison?
    package var subject: String
    /// As it was judged then.
    package var held: Bool?
  }

  package var id: CheckID
  package var title: String
  /// `nil` when the word is none.
  package var status: CheckStatus?
  package var statusText: String
  package var onlyWarns: Bool
  package var examined: [JSON.Member]
  package var reason: String
  package var details: [String]
  package var remedy: String?
  /// `nil` when the version that wrote it kept none.
  package var figures: [Figure]?
  package var evidence: [RecordedEvidence]
  /// The ids of the waivers that let something off.
  package var waivers: [String]

  init(json: JSON) {
    id = CheckID(json["id"]?.string ?? "")
    title = json["title"]?.string ?? id.text
    statusText = json["status"]?.string ?? ""
    status = CheckStatus(rawValue: statusText)
    onlyWarns = json["severity"] == "warning"
    examined = json["examined"]?.members ?? []
    reason = json["reason"]?.string ?? ""
    details = (json["details"]?.array ?? []).compactMap(\.string)
    remedy = json["remedy"]?.string
    figures = json["comparisons"]?.array?.map { figure in
      Figure(
        comparison: Comparison(json: figure), subject: figure["subject"]?.string ?? "",
        held: figure["holds"]?.bool)
    }
    evidence = (json["evidence"]?.array ?? []).map(RecordedEvidence.init(json:))
    waivers = (json["waivers"]?.array ?? []).compactMap(\.string)
  }

  /// Those that can be read, in the order of the questions.
  package var comparisons: [Comparison] { (figures ?? []).compactMap(\.comparison) }
}

/// A file or an answer that a line stood on.
package struct RecordedEvidence: Hashable, Sendable {
  package var path: String
  package var sha256: String?
  package var format: String?
  package var commit: CommitID?
  /// In whole seconds, when it was judged.
  package var age: Duration?

  init(json: JSON) {
    path = json["path"]?.string ?? ""
    sha256 = json["sha256"]?.string
    format = json["format"]?.string
    commit = json["commit"]?.string.map { CommitID($0) }
    age = json["age"]?.integer.map { .seconds(max(0, min($0, 1 << 40))) }
  }
}
