import Core
import Evidence
import Testing

/// The totals of every real report are those that were worked out for it by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedSamplesTests {
  @Test func `JUnit reports give the expected counts`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("junit") {
      let read = try EvidenceReader.read(SharedSamples.path("junit/" + name), shown: name)
      guard case .tests(let facts) = read.facts, let counts = entry["facts"]?["by_elements"] else {
        Issue.record("\(name): no tests")
        continue
      }
      func expected(_ key: String) -> Int { Int(counts[key]?.integer ?? 0) }
      #expect(facts.rows.listed == expected("testcases"), "\(name)")
      #expect(facts.rows.passed == expected("passed"), "\(name)")
      #expect(facts.rows.failed == expected("failure"), "\(name)")
      #expect(facts.rows.errored == expected("error"), "\(name)")
      #expect(facts.rows.skipped == expected("skipped"), "\(name)")
      #expect(facts.rows.failedToo == expected("both_failure_and_error"), "\(name)")
      #expect(facts.suites == Int(entry["facts"]?["suites"]?.integer ?? -1), "\(name)")
      #expect(
        facts.suiteErrors == Int(entry["facts"]?["failure_or_error_directly_under_testsuite"]?.integer ?? 0), "\(name)")
      compared += 1
    }
    #expect(compared == 17)
  }

  private func share(_ json: JSON?) -> Share? {
    guard let part = json?[0]?.integer, let whole = json?[1]?.integer else { return nil }
    return Share(Int(part), of: Int(whole))
  }

  @Test func `LCOV reports give the expected lines, branches and functions`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("lcov") {
      let read = try EvidenceReader.read(SharedSamples.path("lcov/" + name), shown: name)
      guard case .coverage(let facts) = read.facts else {
        Issue.record("\(name): no coverage")
        continue
      }
      let detail = entry["facts"]?["from_detail"]
      #expect(facts.lines == share(detail?["lines"]), "\(name)")
      #expect(facts.branches == share(detail?["branches"]), "\(name)")
      if name == "reportgenerator-docs.info" {
        // Two names hold commas, and the expected 25 counts each of them twice; the file itself declares 24.
        #expect(facts.functions == share(entry["facts"]?["declared"]?["functions"]), "\(name)")
      } else {
        #expect(facts.functions == share(detail?["functions"]), "\(name)")
      }
      #expect(facts.files.count == Int(entry["facts"]?["distinct_files"]?.integer ?? -1), "\(name)")
      compared += 1
    }
    #expect(compared == 7)
  }

  @Test func `Cobertura reports give the expected lines and branches`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("cobertura") {
      let read = try EvidenceReader.read(SharedSamples.path("cobertura/" + name), shown: name)
      guard case .coverage(let facts) = read.facts, let expected = entry["facts"] else {
        Issue.record("\(name): no coverage")
        continue
      }
      // Where classes have no lines of their own, those of their methods count.
      let own = share(expected["class_lines_dedup_by_file_and_line"])
      let lines = own?.whole == 0 ? share(expected["all_line_elements_incl_methods_dedup"]) : own
      #expect(facts.lines == lines, "\(name)")
      #expect(facts.branches == share(expected["conditions"]), "\(name)")
      #expect(facts.files.count == Int(expected["distinct_files"]?.integer ?? -1), "\(name)")
      compared += 1
    }
    #expect(compared == 9)
  }

  @Test func `SARIF logs give the expected findings`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("sarif") {
      let path = SharedSamples.path("sarif/" + name)
      if entry["verdict"]?.string == "error" {
        let fault = #expect(throws: EvidenceFault.self) { try EvidenceReader.read(path, shown: name) }
        #expect(fault?.kind == .empty, "\(name)")
        compared += 1
        continue
      }
      let read = try EvidenceReader.read(path, shown: name)
      guard case .findings(let facts) = read.facts, let runs = entry["facts"]?["runs"]?.array else {
        Issue.record("\(name): no findings")
        continue
      }
      func sum(_ key: String, _ inner: String) -> Int {
        runs.reduce(0) { $0 + Int($1[key]?[inner]?.integer ?? 0) }
      }
      #expect(facts.runs == runs.count, "\(name)")
      #expect(facts.results == runs.reduce(0) { $0 + Int($1["results"]?.integer ?? 0) }, "\(name)")
      for level in ["error", "warning", "note", "none"] {
        #expect((facts.levels[level] ?? 0) == sum("effective_level", level), "\(name) \(level)")
      }
      #expect(facts.suppressed == sum("suppressions", "effective"), "\(name)")
      #expect(facts.absent == sum("baselineState", "absent"), "\(name)")
      for severity in Severity.allCases {
        let expected = sum("security_severity_bucket_github", severity.rawValue)
        if expected > 0 { #expect(facts.counts[severity] == expected, "\(name)") }
      }
      let rules = runs.reduce(0) {
        $0 + Int($1["rules_in_driver"]?.integer ?? 0) + Int($1["rules_in_extensions"]?.integer ?? 0)
      }
      #expect(facts.rules == rules, "\(name)")
      let didNotRun = runs.contains {
        $0["invocation_executionSuccessful"]?.array?.contains(false) == true
          || ($0["tool_notifications_error"]?.integer ?? 0) > 0
      }
      #expect(facts.incomplete.isEmpty == !didNotRun, "\(name) \(facts.incomplete)")
      compared += 1
    }
    #expect(compared == 12)
  }
}
