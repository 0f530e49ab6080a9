import Evidence
import TestSupport
import Testing

/// Reads a text as if it were a report in a file.
func read(_ text: String, name: String = "report") throws -> ReadEvidence {
  let folder = try TemporaryFolder()
  return try EvidenceReader.read(folder.write(text, to: name), shown: name)
}

func tests(_ text: String) throws -> TestFacts {
  guard case .tests(let facts) = try read(text).facts else { throw Unexpected() }
  return facts
}

func coverage(_ text: String) throws -> CoverageFacts {
  guard case .coverage(let facts) = try read(text).facts else { throw Unexpected() }
  return facts
}

func findings(_ text: String) throws -> FindingFacts {
  guard case .findings(let facts) = try read(text).facts else { throw Unexpected() }
  return facts
}

/// The fault that reading a text ends in.
func fault(_ text: String) -> EvidenceFault? {
  #expect(throws: EvidenceFault.self) { try read(text) }
}

struct Unexpected: Error {}
