import Core
import Evidence
import Testing

/// The totals of real coverage reports are those that were worked out for them by other means.
@Suite(.enabled(if: SharedSamples.isHere, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct SharedCoverageTests {
  private func coverage(_ folder: String, _ name: String) throws -> CoverageFacts {
    let read = try EvidenceReader.read(SharedSamples.path("\(folder)/\(name)"), shown: name)
    #expect(read.format.rawValue.hasPrefix(folder), "\(name)")
    guard case .coverage(let facts) = read.facts else { throw NoCoverage() }
    return facts
  }

  private struct NoCoverage: Error {}

  private func share(_ json: JSON?) -> Share? {
    guard let part = json?[0]?.integer, let whole = json?[1]?.integer else { return nil }
    return Share(Int(part), of: Int(whole))
  }

  private func share(_ json: JSON?, _ part: String, _ whole: String) -> Share? {
    func number(_ json: JSON?) -> Int? { json?.integer.map { Int($0) } ?? json?.string.flatMap { Int($0) } }
    guard let part = number(json?[part]), let whole = number(json?[whole]) else { return nil }
    return Share(part, of: whole)
  }

  @Test func `JaCoCo reports give the counters of the report`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("jacoco") where name.hasSuffix(".xml") {
      let facts = try coverage("jacoco", name)
      let counters = entry["facts"]?["root_counters_covered_total"]
      #expect(facts.lines == share(counters?["LINE"]), "\(name)")
      #expect(facts.branches == share(counters?["BRANCH"]) ?? Share(), "\(name)")
      #expect(facts.functions == share(counters?["METHOD"]), "\(name)")
      compared += 1
    }
    #expect(compared == 4)
  }

  /// The fixture of Istanbul was cut: its project says more than its files, and no more than those are counted.
  @Test func `Clover reports give the metrics of their files`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("clover") {
      let facts = try coverage("clover", name)
      let metrics = entry["facts"]?["project_metrics"]
      if name == "istanbul.xml" {
        #expect(facts.statements == share(entry["facts"]?["stmt_lines"]))
        #expect(facts.branches == Share())
      } else {
        #expect(facts.statements == share(metrics, "coveredstatements", "statements"), "\(name)")
        #expect(facts.branches == share(metrics, "coveredconditionals", "conditionals"), "\(name)")
        #expect(facts.functions == share(metrics, "coveredmethods", "methods"), "\(name)")
      }
      #expect(facts.lines == facts.statements)
      #expect(facts.files.count == Int(entry["facts"]?["files"]?.integer ?? -1), "\(name)")
      compared += 1
    }
    #expect(compared == 4)
  }

  @Test func `Istanbul's summary and detail give the same`() throws {
    let files = Dictionary(uniqueKeysWithValues: try SharedSamples.files("istanbul"))
    let final = try coverage("istanbul", "coverage-final.nyc.json")
    let summary = try coverage("istanbul", "coverage-summary.nyc.json")
    for measure in CoverageMeasure.allCases {
      let expected = files["coverage-final.nyc.json"]?["facts"]?[measure.rawValue]
      #expect(final.share(of: measure) == share(expected))
      let total = files["coverage-summary.nyc.json"]?["facts"]?["total"]?[measure.rawValue]
      #expect(summary.share(of: measure) == share(total, "covered", "total"))
    }
    #expect(final.files.count == 3 && summary.files.count == 3)
    let both = CoverageFacts.joined([final, summary], root: "/")
    #expect(both.lines == final.lines && !both.branchesAreUncertain)
  }

  @Test func `llvm-cov exports give their totals, and those of our own files`() throws {
    let entry = Dictionary(uniqueKeysWithValues: try SharedSamples.files("llvm-cov"))["swift-test.json"]?["facts"]
    let facts = try coverage("llvm-cov", "swift-test.json")
    #expect(facts.lines == share(entry?["totals"]?["lines"], "covered", "count"))
    #expect(facts.functions == share(entry?["totals"]?["functions"], "covered", "count"))
    #expect(facts.branches == Share())
    let own = JoinedCoverage(
      [(facts, "x.json")], root: "/builds/sample/swift", tree: nil, excluding: [try Glob("{Tests,.build}/**")]
    ).facts
    let expected = entry?["totals_excluding_Tests_and_build_dirs"]
    #expect(own.lines == share(expected?["lines"]))
    #expect(own.functions == share(expected?["functions"]))
    // The lines out of the segments are those that llvm-cov itself writes into its LCOV of the same run.
    let lcov = try coverage("lcov", "swift-llvm-cov.lcov")
    let distinct = facts.files.values.reduce(Share()) { $0 + $1.lines.share }
    #expect(distinct == lcov.lines)
  }

  @Test func `Go's profiles give the statements of go tool cover`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("go-coverprofile") {
      let facts = try coverage("go-coverprofile", name)
      #expect(facts.statements == share(entry["facts"]?["statements_dedup"]), "\(name)")
      #expect(facts.lines == facts.statements)
      #expect(facts.files.count == Int(entry["facts"]?["files"]?.integer ?? -1), "\(name)")
      compared += 1
    }
    #expect(compared == 3)
  }

  @Test func `coverage.py's reports give their totals`() throws {
    var compared = 0
    for (name, entry) in try SharedSamples.files("coverage-py") {
      let facts = try coverage("coverage-py", name)
      let totals = entry["facts"]?["totals"]
      #expect(facts.lines == share(totals, "covered_lines", "num_statements"), "\(name)")
      #expect(facts.statements == facts.lines)
      #expect(facts.branches == share(totals, "covered_branches", "num_branches") ?? Share(), "\(name)")
      #expect(facts.functions == Share(2, of: 4), "\(name)")
      compared += 1
    }
    #expect(compared == 2)
  }

  @Test func `SimpleCov's result sets are joined by line, and its percentages alone are refused`() throws {
    let files = Dictionary(uniqueKeysWithValues: try SharedSamples.files("simplecov"))
    let set = try coverage("simplecov", "resultset-two-commands.json")
    #expect(set.lines == share(files["resultset-two-commands.json"]?["facts"]?["lines_merged_by_sum"]))
    #expect(set.branches == Share(2, of: 4))
    let report = try coverage("simplecov", "coverage-json-formatter.json")
    let total = files["coverage-json-formatter.json"]?["facts"]?["total"]
    #expect(report.lines == share(total?["lines"], "covered", "total"))
    #expect(report.branches == share(total?["branches"], "covered", "total"))
    let fault = #expect(throws: EvidenceFault.self) {
      try EvidenceReader.read(SharedSamples.path("simplecov/last_run.json"))
    }
    #expect(fault?.kind == .unreadable)
    #expect(fault?.remedy.contains(".resultset.json") == true)
  }
}
