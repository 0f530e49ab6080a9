import Core
import Evidence
import Testing

@Suite struct SARIFReaderTests {
  private func log(_ run: String) -> String { #"{"version":"2.1.0","runs":[{"# + run + "}]}" }
  private func results(_ results: String, rules: String = "", more: String = "") -> String {
    log(#""tool":{"driver":{"name":"T","rules":["# + rules + #"]}},"results":["# + results + "]" + more)
  }

  @Test(arguments: [
    (#"{"level":"error"}"#, Severity.high), (#"{"level":"warning"}"#, .medium), (#"{"level":"note"}"#, .low),
    ("{}", .medium), (#"{"ruleId":"R"}"#, .high), (#"{"ruleIndex":0}"#, .high), (#"{"ruleId":"R/sub/x"}"#, .high),
    (#"{"rule":{"id":"R"}}"#, .high), (#"{"rule":{"guid":"G"}}"#, .high),
    (#"{"ruleId":"S","level":"note"}"#, .critical),
    (#"{"ruleId":"N"}"#, .high), (#"{"ruleId":"Z","level":"error"}"#, .high), (#"{"level":"fatal"}"#, .high),
    (#"{"ruleId":"X","ruleIndex":99}"#, .medium), (#"{"ruleId":"E"}"#, .low),
    (#"{"rule":{"index":0,"toolComponent":{"index":0}}}"#, .low),
    (#"{"rule":{"index":9223372036854775807,"toolComponent":{"index":9223372036854775807}}}"#, .medium),
    (#"{"ruleId":"O"}"#, .high),
  ])
  func `severity comes from the score, else from the level, wherever that stands`(result: String, expected: Severity)
    throws
  {
    let text = """
      {"version":"2.1.0","runs":[{"results":[\(result)],"tool":{"driver":{"name":"T","rules":[
        {"id":"R","guid":"G","defaultConfiguration":{"level":"error"}},
        {"id":"S","properties":{"security-severity":"9.8"}},
        {"id":"N","properties":{"security-severity":7}},
        {"id":"Z","properties":{"security-severity":"0.0"}},
        {"id":"O","defaultConfiguration":{"level":"note"}}
      ]},"extensions":[{"name":"E","rules":[{"id":"E","defaultConfiguration":{"level":"note"}}]}]},
      "invocations":[{"executionSuccessful":true,
        "ruleConfigurationOverrides":[{"descriptor":{"id":"O"},"configuration":{"level":"error"}}]}]}]}
      """
    let facts = try findings(text)
    #expect(facts.counts == [expected: 1])
    #expect(facts.incomplete.isEmpty)
  }

  @Test(arguments: ["9.0", "8.9", "7.0", "6.9", "4.0", "3.9", "0.1"])
  func `scores fall into GitHub's classes`(score: String) throws {
    let rule = #"{"id":"R","properties":{"security-severity":"\#(score)"}}"#
    let facts = try findings(results(#"{"ruleId":"R"}"#, rules: rule))
    let expected: Severity =
      switch score {
      case "9.0": .critical
      case "8.9", "7.0": .high
      case "6.9", "4.0": .medium
      default: .low
      }
    #expect(facts.counts == [expected: 1])
  }

  @Test(arguments: [#""MEDIUM""#, #""""#, "-1", "11", #""NaN""#, "[]", "true"])
  func `a score that nobody can read is unknown and counts as critical`(score: String) throws {
    let facts = try findings(
      results(#"{"ruleId":"R"}"#, rules: #"{"id":"R","properties":{"security-severity":\#(score)}}"#))
    #expect(facts.unknown == 1)
    #expect(facts.count(.critical) == 1)
  }

  @Test(arguments: [
    (#""suppressions":[]"#, 1), (#""suppressions":[{"kind":"inSource"}]"#, 0),
    (#""suppressions":[{"status":"accepted"}]"#, 0), (#""suppressions":[{"status":"underReview"}]"#, 1),
    (#""suppressions":[{"kind":"inSource"},{"status":"rejected"}]"#, 1), (#""suppressions":[{"status":7}]"#, 1),
    (#""baselineState":"absent""#, 0), (#""baselineState":"unchanged""#, 1), (#""baselineState":"new""#, 1),
    (#""kind":"pass""#, 0), (#""kind":"fail""#, 1), (#""level":"none""#, 0),
  ])
  func `only what stands counts`(member: String, standing: Int) throws {
    let facts = try findings(results("{\(member)}"))
    #expect(facts.standing == standing)
    #expect(facts.results == 1)
    #expect(facts.standing + facts.suppressed + facts.absent + facts.ignored == 1)
  }

  @Test(arguments: [
    ("", "no list of results"), (#","results":null"#, "no list of results"), (#","results":{}"#, "no list of results"),
    (#","results":[],"invocations":[{"executionSuccessful":false}]"#, "did not succeed"),
    (#","results":[],"invocations":[{"toolExecutionNotifications":[{"level":"error"},{"level":"note"}]}]"#, "1 error"),
    (#","results":[],"externalPropertyFileReferences":{"results":[{"location":{}}]}"#, "another file"),
  ])
  func `a run that did not look is no clean run`(rest: String, words: String) throws {
    let facts = try findings(log(#""tool":{"driver":{"name":"T"}}"# + rest))
    #expect(facts.incomplete.first?.contains(words) == true, "\(facts.incomplete)")
  }

  @Test(arguments: [
    (#"{"version":"2.1.0","runs":[]}"#, EvidenceFault.Kind.empty), (#"{"version":"2.0.0","runs":[{}]}"#, .unrecognised),
    (#"{"runs":[{}]}"#, .unrecognised), (#"{"version":"2.1.0","runs":null}"#, .unreadable),
    (#"{"version":"2.1.0"}"#, .unrecognised), (#"{"version":"2.1.0","runs":[{"results":["#, .unreadable),
    (#"{"version":"2.1.0","runs":[7]}"#, .unreadable), (#"{"version":"2.1.0","runs":[{"results":[1]}]}"#, .unreadable),
    (#"{"version":"2.1.0","runs":[{}],"runs":[]}"#, .unreadable),
    ("{\"version\":\"2.1.0\",\"runs\":[{}]}x", .unreadable),
    (#"{"version":"2.1.0","runs":[{"results":[{"level":"none","level":"error"}]}]}"#, .unreadable),
  ])
  func `what is no log is refused`(text: String, kind: EvidenceFault.Kind) {
    #expect(fault(text)?.kind == kind)
  }

  @Test func `the place of a fault is told`() {
    #expect(fault("{\"version\":\"2.1.0\",\n\"runs\":[{]}")?.line == 2)
  }

  @Test func `the commit and the oldest time are read`() throws {
    let read = try read(
      log(
        #""results":[],"versionControlProvenance":[{"revisionId":"abc"}],"invocations":[{"executionSuccessful":true,"#
          + #""endTimeUtc":"2026-11-21T10:00:00Z"},{"executionSuccessful":true,"endTimeUtc":"2026-11-20T10:00:00Z"}]"#))
    #expect(read.statedCommits == ["abc"])
    #expect(read.statedTime?.description == "2026-11-20T10:00:00.000Z")
  }

  @Test func `the worst come first, by rule and place and never by message`() throws {
    let one = #"{"ruleId":"low","level":"note","message":{"text":"SECRET"}}"#
    let two =
      #"{"ruleId":"bad","level":"error","message":{"text":"SECRET"},"locations":[{"physicalLocation":"#
      + #"{"artifactLocation":{"uri":"a\nb.py"},"region":{"startLine":3}}},{}]}"#
    let facts = try findings(results("\(one),\(two)"))
    #expect(facts.worst.map(\.rule) == ["bad", "low"])
    #expect(facts.worst.map(\.path) == ["a·b.py", nil])
    #expect(facts.worst.map(\.line) == [3, nil])
    #expect(!"\(facts)".contains("SECRET"))
  }

  @Test func `many results are tallied without being kept`() throws {
    let many = Array(repeating: #"{"ruleId":"R","message":{"text":"x"}}"#, count: 5000).joined(separator: ",")
    let facts = try findings(results(many))
    #expect(facts.counts == [.medium: 5000])
    #expect(facts.findings.map(\.count) == [5000])
  }

  @Test func `what finds a result again, its other ids, its image and its fix are kept`() throws {
    let text = """
      {"version":"2.1.0","runs":[{"properties":{"imageName":"app:1"},"tool":{"driver":{"name":"T","semanticVersion":"2.0.1",
        "version":"2","rules":[{"id":"R","deprecatedIds":["OLD"],"properties":{"security-severity":"9.8",
        "tags":["security","CVE-2026-1","external/cwe/cwe-079","CWE-79","GHSA-a-b"]}}]}},
      "results":[{"ruleId":"R","partialFingerprints":{"a":"1","primaryLocationLineHash":"2"},"fixes":[{}]},
        {"ruleId":"R","fingerprints":{"b/v2":"4","b/v1":"3"},"partialFingerprints":{"primaryLocationLineHash":"2"}},
        {"ruleId":"R","partialFingerprints":{"x":7}}]}]}
      """
    let facts = try findings(text)
    let found = facts.findings.sorted { ($0.fingerprint ?? "") < ($1.fingerprint ?? "") }
    #expect(found.map(\.fingerprint) == [nil, "2", "3"])
    #expect(found.map(\.fix) == [.unknown, .available, .unknown])
    #expect(found.first?.aliases == ["OLD", "CVE-2026-1", "GHSA-a-b"])
    #expect(found.first?.word == "9.8")
    #expect(found.first?.target == "app:1")
    #expect(facts.tools == ["T 2.0.1"])
    #expect(facts.targets == 1)
  }

  @Test(arguments: [#""exitSignalName":"SIGKILL""#, #""exitSignalNumber":9"#, #""processStartFailureMessage":"x""#])
  func `a run whose process did not end by itself is no clean run`(member: String) throws {
    let facts = try findings(results("", more: #","invocations":[{"executionSuccessful":true,\#(member)}]"#))
    #expect(facts.incomplete.count == 1)
  }

  @Test func `a result that asks a person to look is told`() throws {
    let read = try read(results(#"{"kind":"review"},{"kind":"open"},{"kind":"pass"}"#))
    #expect(read.warnings == ["a result that asks a person to look (2 times)"])
  }

  @Test func `findings are kept in the order of the report`() throws {
    let rules = (0..<400).map { "R\($0)" }
    let results = (rules + rules.reversed()).map { #"{"ruleId":"\#($0)","message":{"text":"m"}}"# }
    let facts = try findings(
      #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[\#(results.joined(separator: ","))]}]}"#)
    #expect(facts.findings.map(\.rule) == rules)
    #expect(facts.findings.allSatisfy { $0.count == 2 })
  }

  @Test func `a rule is found by its GUID, and by the names above its own, however long they are`() throws {
    let long = String(repeating: "a/", count: 3000)
    let rules = [
      #"{"id":"R","guid":"g1","defaultConfiguration":{"level":"note"}}"#,
      #"{"id":"CA1","defaultConfiguration":{"level":"error"}}"#,
      #"{"id":"\#(long)1","defaultConfiguration":{"level":"error"}}"#,
    ]
    let results = [
      #"{"rule":{"guid":"g1"}}"#, #"{"rule":{"guid":"none"}}"#, #"{"ruleId":"CA1/2/3"}"#, #"{"ruleId":"\#(long)1"}"#,
      #"{"ruleId":"\#(long)2"}"#,
    ]
    let facts = try findings(
      #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t","rules":[\#(rules.joined(separator: ","))]}},"#
        + #""results":[\#(results.joined(separator: ","))]}]}"#)
    #expect(facts.findings.map(\.severity) == [.low, .medium, .high, .high, .medium])
  }
}
