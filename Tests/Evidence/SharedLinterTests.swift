import Core
import Evidence
import Testing

/// The totals of every real report of a linter or a scanner for secrets are those that were worked out for it by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedLinterTests {
  private func facts(_ path: String) throws -> FindingFacts {
    guard case .findings(let facts) = try EvidenceReader.read(SharedSamples.path(path), shown: path).facts else {
      throw Unexpected()
    }
    return facts
  }

  private func count(_ json: JSON?, _ key: String) -> Int { Int(json?[key]?.integer ?? 0) }

  @Test func `ESLint`() throws {
    let files = try SharedSamples.files("eslint")
    for (name, entry) in files {
      let facts = try facts("eslint/" + name)
      let expected = entry["facts"]
      #expect(facts.targets == count(expected, "files"), "\(name)")
      let listed = ["messages_sev2", "messages_sev1", "messages_without_severity"].reduce(0) {
        $0 + count(expected, $1)
      }
      #expect(facts.results == listed, "\(name)")
      // Never less than the tool's own totals, which are of the whole file where a sample was cut.
      #expect(facts.standing >= count(expected, "errorCount") + count(expected, "warningCount"), "\(name)")
      #expect(facts.unknown == count(expected, "messages_without_severity"), "\(name)")
      #expect(facts.incomplete.isEmpty == (count(expected, "fatal") == 0), "\(name)")
    }
    #expect(files.count == 3)
  }

  @Test func `Checkstyle`() throws {
    let files = try SharedSamples.files("checkstyle")
    for (name, entry) in files {
      let facts = try facts("checkstyle/" + name)
      #expect(facts.targets == count(entry["facts"], "files"), "\(name)")
      #expect(facts.results == count(entry["facts"], "errors"), "\(name)")
      let severities = entry["facts"]?["by_severity"]
      for (word, severity) in [("error", Severity.high), ("warning", .medium), ("info", .low)] {
        #expect((facts.counts[severity] ?? 0) == count(severities, word), "\(name) \(word)")
      }
    }
    #expect(files.count == 4)
  }

  @Test func `GitLab code quality, tsc and Gitleaks`() throws {
    #expect(try facts("gitlab-codequality/ruff.json").counts == [.high: 37])
    #expect(try facts("gitlab-codequality/trivy.json").counts == [.medium: 4])
    let tsc = try facts("tsc/plain.txt")
    #expect(tsc.counts == [.high: 1])
    #expect(tsc.findings.map(\.rule) == ["TS1136"])
    #expect(try facts("gitleaks/v8-many.json").unknown == 4)
    #expect(try facts("gitleaks/v7.json").unknown == 8)
    let none = #expect(throws: EvidenceFault.self) { try facts("gitleaks/null.json") }
    #expect(none?.kind == .unrecognised)
  }
}
