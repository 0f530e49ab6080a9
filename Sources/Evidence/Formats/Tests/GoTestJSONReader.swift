import Core
import JSONText

/// The event stream of `go test -json` (test2json, https://pkg.go.dev/cmd/test2json), runs repeated by gotestsum among them.
///
/// Counted as Go counts: every test and subtest by its last verdict in its package. A package may fail without any of its
/// tests (a panic, a race, a build), and a test that began and never ended has failed.
final class GoTestJSONReader: LineReportReader {
  static let format = EvidenceFormat.goTestJSON

  static func recognises(_ looks: TextLooks) -> Bool {
    // Up to Go 1.23 a failed build stands in plain words before or among the events.
    guard let line = looks.lines.lazy.map(TextLooks.trimmed).first(where: { $0.hasPrefix("{") }),
      let event = try? JSON(parsing: String(line))
    else { return false }
    guard let action = event["Action"]?.string else { return false }
    return event["Package"]?.string != nil || event["ImportPath"]?.string != nil
      // `go tool test2json` names no package unless it is told one.
      || actions.contains(action) && (event["Test"]?.string != nil || event["Output"]?.string != nil)
  }

  private static let actions: Set<String> = ["run", "output", "pass", "fail", "skip"]
  /// The package of events that name none.
  private static let unnamed = "(no package named)"

  private enum Verdict: UInt8 { case running, passed, failed, skipped }

  private struct Status {
    var verdict = Verdict.running
    var everFailed = false
  }

  private struct TestName: Hashable {
    var package: String
    var test: String
  }

  private static let mostTests = 2_000_000
  private static let longestName = 4096
  /// Of all names together, in bytes.
  private static let mostNamed = 256 << 20

  private var tests: [TestName: Status] = [:]
  private var packages: [String: Status] = [:]
  private var warnings = Warnings()
  private var time: Timestamp?
  private var retries = 0
  private var named = 0

  func take(_ bytes: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    guard let first = bytes.first else { return }
    guard first == UInt8(ascii: "{") else { return try takePlain(String(decoding: bytes.prefix(4096), as: UTF8.self)) }
    // Most of a stream is what the tests wrote. Within a string of JSON the quotes would be escaped.
    if GoTestJSONReader.holdsOutput(bytes) { return }
    let event: JSON
    do {
      event = try JSON(parsing: Array(bytes), maximumDepth: 8)
    } catch {
      throw ReadingFault(line: number, column: error.column, why: "is no readable JSON: \(error.message)")
    }
    guard let action = event["Action"]?.string else { throw ReadingFault(why: "is an event without an action") }
    if time == nil { time = event["Time"]?.string.flatMap { Timestamp($0) } }
    let verdict: Verdict
    switch action {
    case "run": verdict = .running
    case "start": verdict = .running
    case "pass": verdict = .passed
    case "fail", "build-fail": verdict = .failed
    case "skip": verdict = .skipped
    default: return
    }
    let package = event["Package"]?.string ?? event["ImportPath"]?.string ?? GoTestJSONReader.unnamed
    // What one test binary came to must not be overwritten by the next one.
    if package == GoTestJSONReader.unnamed, let known = packages[GoTestJSONReader.package(package)],
      known.verdict != .running
    {
      throw ReadingFault(
        why: "holds the output of several test binaries that name no package: give `go tool test2json` -p")
    }
    if let test = event["Test"]?.string {
      let name = TestName(package: package, test: test)
      if let known = tests[name] {
        if known.verdict != .running, verdict == .running { retries += 1 }
      } else {
        try makeRoom(package.utf8.count + test.utf8.count)
      }
      GoTestJSONReader.note(verdict, in: &tests[name, default: Status()])
    } else {
      try note(verdict, ofPackage: package)
    }
  }

  private func note(_ verdict: Verdict, ofPackage package: String) throws(ReadingFault) {
    let name = GoTestJSONReader.package(package)
    if packages[name] == nil { try makeRoom(name.utf8.count) }
    GoTestJSONReader.note(verdict, in: &packages[name, default: Status()])
  }

  /// Memory may grow with the tests, but not with whatever a stream says they are called.
  private func makeRoom(_ length: Int) throws(ReadingFault) {
    guard length <= GoTestJSONReader.longestName else { throw ReadingFault(why: "has a name longer than 4 KB") }
    named += length
    guard tests.count + packages.count < GoTestJSONReader.mostTests, named <= GoTestJSONReader.mostNamed else {
      throw ReadingFault(why: "holds more tests than can be kept")
    }
  }

  private static func note(_ verdict: Verdict, in status: inout Status) {
    status.verdict = verdict
    if verdict == .failed { status.everFailed = true }
  }

  func finish() throws(ReadingFault) -> Reading {
    var facts = TestFacts()
    var failing: Set<String> = []
    for (name, status) in tests.sorted(by: { ($0.key.package, $0.key.test) < ($1.key.package, $1.key.test) }) {
      let shown = "\(name.package) \(name.test)"
      switch status.verdict {
      case .passed: facts.count(.passed, name: shown, flaky: status.everFailed)
      case .skipped: facts.count(.skipped, name: shown)
      case .failed: facts.count(.failed, name: shown)
      case .running: facts.count(.errored, name: shown + " (never ended)")
      }
      if status.verdict == .failed || status.verdict == .running { failing.insert(name.package) }
    }
    for (package, status) in packages.sorted(by: { $0.key < $1.key }) {
      switch status.verdict {
      case .failed where !failing.contains(package): facts.countSuiteError("\(package) (the package itself)")
      case .running: facts.countSuiteError("\(package) (the package has no verdict)")
      default: break
      }
    }
    for package in Set(tests.keys.map(\.package)).subtracting(packages.keys).sorted() where !failing.contains(package) {
      facts.countSuiteError("\(package) (the package has no verdict)")
    }
    facts.suites = packages.count
    facts.retries = retries
    return Reading(facts: .tests(facts), format: .goTestJSON, time: time, warnings: warnings)
  }

  /// Up to Go 1.23: `FAIL	example.com/clinic [build failed]`.
  private func takePlain(_ line: String) throws(ReadingFault) {
    let parts = line.split { $0 == "\t" || $0 == " " }
    if parts.first == "FAIL", parts.count >= 2 {
      try note(.failed, ofPackage: String(parts[1]))
    } else if !parts.isEmpty {
      warnings.add("a line that is no JSON")
    }
  }

  /// Events of a build name the package with its test binary: `example.com/clinic [example.com/clinic.test]`.
  private static func package(_ name: String) -> String {
    name == unnamed ? name : String(name.prefix { $0 != " " })
  }

  private static let output = Array("\"Action\":\"output\"".utf8)

  /// The action stands near the beginning, behind the time.
  private static func holdsOutput(_ bytes: UnsafeRawBufferPointer) -> Bool {
    // An output that is cut short is still the end of a stream that was cut short.
    guard bytes.last == UInt8(ascii: "}") else { return false }
    let head = bytes.prefix(200)
    return head.indices.dropLast(output.count - 1).contains { start in
      bytes[start] == output[0] && bytes[start..<(start + output.count)].elementsEqual(output)
    }
  }
}
