import Core

/// What a report says, whatever its format.
package enum EvidenceFacts: Hashable, Sendable {
  case tests(TestFacts)
  case coverage(CoverageFacts)
  case findings(FindingFacts)
  case benchmarks(BenchmarkFacts)
  case licences(LicenceFacts)

  /// What kind of evidence it is, as people call it.
  package var kind: String {
    switch self {
    case .tests: "tests"
    case .coverage: "coverage"
    case .findings: "findings"
    case .benchmarks: "benchmarks"
    case .licences: "licences"
    }
  }
}

/// A report that was read to its end, with what it says of itself.
package struct ReadEvidence: Hashable, Sendable {
  package var path: String
  package var facts: EvidenceFacts
  package var format: EvidenceFormat
  /// Lower-case hexadecimal SHA-256 of the bytes that were read.
  package var sha256: String
  /// In bytes.
  package var size: Int
  /// Every commit that the report itself names; mostly none.
  package var statedCommits: [CommitID]
  /// When the report itself says it was made, where it says so with a time zone.
  package var statedTime: Timestamp?
  /// Oddities that do not change the figures, in words.
  package var warnings: [String]

  package init(
    path: String, facts: EvidenceFacts, format: EvidenceFormat, sha256: String, size: Int,
    statedCommits: [CommitID] = [], statedTime: Timestamp? = nil, warnings: [String] = []
  ) {
    self.path = path
    self.facts = facts
    self.format = format
    self.sha256 = sha256
    self.size = size
    self.statedCommits = statedCommits
    self.statedTime = statedTime
    self.warnings = warnings
  }
}
