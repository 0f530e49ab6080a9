import Core

/// What `mocha --reporter json` writes. A hook that died is a failure that is no test.
///
/// Source: https://mochajs.org/#json
final class MochaJSONReader: JSONReportReader {
  static let format = EvidenceFormat.mochaJSON

  static let shape = JSONShape.object([
    "stats": .object([
      "tests": .all, "passes": .all, "pending": .all, "failures": .all, "start": .all, "suites": .all,
    ]),
    "tests": .array(
      .emit("test", .object(["fullTitle": .all, "currentRetry": .all, "err": .object(["message": .all])])), atMost: .max
    ),
    "passes": .array(.emit("pass", .object(["currentRetry": .all])), atMost: .max),
    "pending": .array(.emit("pending", .object([:])), atMost: .max),
    "failures": .array(.emit("failure", .object(["fullTitle": .all])), atMost: .max),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool {
    // The list of all tests may be longer than what is looked at, so that nothing behind it is waited for.
    looks["tests"]?.isList == true && looks["stats"]?.has("tests", "passes", "failures") == true
  }

  private var facts = TestFacts()
  private var listed = 0
  private var passes = 0
  private var pending = 0
  private var flaky = 0
  private var failures: [String] = []
  private var failureCount = 0

  init() {}

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard value.members != nil else { throw ReadingFault(why: "has a test that is no object") }
    switch part {
    case "test": listed += 1
    case "pass":
      passes += 1
      if (value["currentRetry"]?.integer ?? 0) > 0 { flaky += 1 }
    case "pending": pending += 1
    default:
      failureCount += 1
      if failures.count < TestFacts.shownFailures {
        failures.append(value["fullTitle"]?.string ?? "a test without a name")
      }
    }
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    for list in ["tests", "passes", "pending", "failures"] where root[list]?.array == nil {
      // Old versions wrote no list of what is pending.
      if list != "pending" { throw ReadingFault(why: "has no list `\(list)`") }
    }
    // What is neither passed nor pending has failed, or never ended; failures beyond those are of hooks.
    let bad = max(0, listed - passes - pending)
    for index in 0..<passes { facts.count(.passed, name: "", flaky: index < flaky) }
    for _ in 0..<pending { facts.count(.skipped, name: "") }
    for index in 0..<bad {
      facts.count(.failed, name: index < failures.count ? failures[index] : "a test that never ended")
    }
    for index in bad..<max(bad, failureCount) {
      facts.countSuiteError(index < failures.count ? failures[index] : "a hook")
    }
    guard listed >= passes, listed >= pending else { throw ReadingFault(why: "lists more results than tests") }
    let stats = root["stats"]
    func claimed(_ key: String) -> Int? { stats?[key]?.integer.flatMap { Int(exactly: $0) } }
    facts.compare(claimedTests: claimed("tests"), claimedFailures: claimed("failures"))
    facts.suites = claimed("suites").map { min(max(0, $0), 1 << 20) } ?? 0
    return Reading(
      facts: .tests(facts), format: .mochaJSON, time: stats?["start"]?.string.flatMap { Timestamp($0) })
  }
}
