import Core

/// What Jest and Vitest write as JSON, and Jest's own aggregate, which reporters hand on and which names things otherwise.
///
/// Source: https://jestjs.io/docs/cli (`--json`), https://vitest.dev/guide/reporters (`json`).
final class JestJSONReader: JSONReportReader {
  static let format = EvidenceFormat.jestJSON

  private static let test = JSONShape.object([
    "status": .all, "fullName": .all, "title": .all, "invocations": .all, "retryReasons": .array(.all, atMost: 1),
  ])

  static let shape = JSONShape.object([
    "numTotalTests": .all, "numFailedTests": .all, "numRuntimeErrorTestSuites": .all, "numFailedTestSuites": .all,
    "success": .all, "wasInterrupted": .all, "startTime": .all,
    "testResults": .array(
      .emit(
        "file",
        .object([
          "name": .all, "testFilePath": .all, "status": .all, "skipped": .all,
          "testExecError": .object([:]), "assertionResults": .array(test, atMost: .max),
          "testResults": .array(test, atMost: .max),
        ])), atMost: .max),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool { looks.has("numTotalTests", "testResults") }

  private var facts = TestFacts()
  private var warnings = Warnings()
  private var isAggregate = false

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has a test file that is no object") }
    let name = value["name"]?.string ?? value["testFilePath"]?.string ?? "a test file"
    if value["testResults"] != nil { isAggregate = true }
    guard let tests = (value["assertionResults"] ?? value["testResults"])?.array else {
      throw ReadingFault(why: "has a test file without a list of results")
    }
    facts.suites += 1
    let failedBefore = facts.failed
    for test in tests {
      let title = test["fullName"]?.string ?? test["title"]?.string ?? "a test without a name"
      let tries = test["invocations"]?.integer ?? 1
      let isFlaky = tries > 1 || test["retryReasons"]?.array?.isEmpty == false
      switch test["status"]?.string {
      case "passed": facts.count(.passed, name: title, flaky: isFlaky)
      case "failed": facts.count(.failed, name: title)
      case "pending", "skipped", "todo", "disabled", "focused": facts.count(.skipped, name: title)
      // Vitest names so what was queued or running when it stopped.
      default: facts.count(.errored, name: title)
      }
    }
    let hasError = value["testExecError"].map { $0 != .null } ?? false
    if facts.failed == failedBefore, hasError || value["status"]?.string == "failed" {
      facts.countSuiteError("\(name) (the file itself)")
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["testResults"]?.array != nil else { throw ReadingFault(why: "has no list of test files") }
    func claimed(_ key: String) -> Int { TestFacts.believed(root[key]?.integer.flatMap { Int(exactly: $0) }) }
    let unloaded = max(0, claimed("numRuntimeErrorTestSuites") - facts.suiteErrors)
    for _ in 0..<min(unloaded, 1000) { facts.countSuiteError("a test file that did not load") }
    facts.compare(
      claimedTests: claimed("numTotalTests"), claimedFailures: claimed("numFailedTests") + facts.suiteErrors)
    if claimed("numFailedTestSuites") > 0, facts.failed == 0 {
      facts.countSuiteError("a test file that failed as a whole")
    }
    if root["wasInterrupted"]?.bool == true { facts.countSuiteError("the run, which was interrupted") }
    if root["success"]?.bool == false, facts.failed == 0 {
      if isAggregate {
        // Reporters are handed it before Jest has made up its mind.
        warnings.add("`success` is not set yet in the form that Jest hands to its reporters")
      } else {
        facts.countSuiteError("the run, which says that it did not succeed")
      }
    }
    var time: Timestamp?
    if let start = root["startTime"]?.integer, start > 946_684_800_000, start < 1 << 50 {
      time = Timestamp(milliseconds: start)
    }
    return Reading(facts: .tests(facts), format: .jestJSON, time: time, warnings: warnings)
  }
}
