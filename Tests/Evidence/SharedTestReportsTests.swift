import Core
import Evidence
import Testing

/// The totals of every real report of tests that is no JUnit XML are those that were worked out for it by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedTestReportsTests {
  private func facts(_ path: String) throws -> TestFacts {
    guard case .tests(let facts) = try EvidenceReader.read(SharedSamples.path(path), shown: path).facts else {
      throw Unexpected()
    }
    return facts
  }

  private func count(_ json: JSON?) -> Int { Int(json?.integer ?? 0) }

  @Test func `TAP streams`() throws {
    let files = try SharedSamples.files("tap")
    for (name, entry) in files {
      let facts = try facts("tap/" + name)
      let top = entry["facts"]?["top_level"]
      #expect(facts.rows.listed == count(top?["total"]), "\(name)")
      #expect(facts.passed == count(top?["ok"]), "\(name)")
      #expect(facts.failed == count(top?["not_ok"]), "\(name)")
      #expect(facts.skipped == count(top?["skip"]) + count(top?["todo_not_ok"]), "\(name)")
    }
    #expect(files.count == 4)
  }

  @Test func `the output of go test -json`() throws {
    let files = try SharedSamples.files("go-test-json")
    for (name, entry) in files {
      let facts = try facts("go-test-json/" + name)
      let last = entry["facts"]?["tests_last_action"]
      #expect(facts.rows.passed == count(last?["pass"]), "\(name)")
      #expect(facts.rows.failed == count(last?["fail"]), "\(name)")
      #expect(facts.rows.skipped == count(last?["skip"]), "\(name)")
      #expect(facts.rows.errored == count(entry["facts"]?["never_finished"]), "\(name)")
    }
    #expect(files.count == 4)
  }

  @Test func `Jest, Vitest and Mocha`() throws {
    let jest = try facts("jest-json/jest-results.json")
    #expect([jest.tests, jest.passed, jest.failed] == [6, 6, 0])
    let vitest = try facts("jest-json/vitest-results.json")
    #expect([vitest.tests, vitest.passed, vitest.failed] == [10, 10, 0])
    let mocha = try facts("jest-json/mocha.json")
    #expect([mocha.tests, mocha.passed, mocha.skipped, mocha.failed, mocha.suiteErrors] == [6, 3, 2, 2, 1])
    #expect(mocha.flaky == 1)
  }
}
