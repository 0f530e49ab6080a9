import Evidence
import FoundationEssentials
import Testing

/// No reader claims a real report of another tool.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedFormatsTests {
  /// What the samples of a folder may be read as; the folder's own name where it is not named here.
  private static let formats: [String: Set<EvidenceFormat>] = [
    "npm-audit": [.npmAudit], "lighthouse": [.lighthouse, .lighthouseCI], "istanbul": [.istanbul, .istanbulSummary],
    "jest-json": [.jestJSON, .mochaJSON], "snyk": [.snyk, .sarif], "cyclonedx-vex": [.cyclonedx],
    "cyclonedx": [.cyclonedx, .trivy],
    "csaf": [], "openvex": [], "in-toto": [], "github-reviews": [],
  ]

  @Test func `every sample is read as what it is or not at all`() throws {
    let root = SharedSamples.path("")
    var read = 0
    for folder in try FileManager.default.contentsOfDirectory(atPath: root).sorted() {
      let allowed = SharedFormatsTests.formats[folder] ?? Set(EvidenceFormat(rawValue: folder).map { [$0] } ?? [])
      for name in try FileManager.default.contentsOfDirectory(atPath: root + folder).sorted()
      where name != "EXPECTED.json" && name != "SOURCE.md" {
        let path = "\(folder)/\(name)"
        do {
          let format = try EvidenceReader.read(root + path, shown: path).format
          #expect(allowed.contains(format), "\(path) is taken for \(format.words)")
          read += 1
        } catch {
          #expect(!error.why.contains(" and like "), "\(error)")
        }
      }
    }
    #expect(read > 50)
  }
}
