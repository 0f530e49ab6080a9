import Core
import Evidence
import Testing

@Suite struct LinterReadersTests {
  @Test func `ESLint: severity, files that cannot be parsed, what is counted and not listed`() throws {
    let facts = try findings(
      #"[{"filePath":"/app/a.js","messages":[{"ruleId":"eqeqeq","severity":2,"line":3,"message":"SECRET"},"#
        + #"{"ruleId":"semi","severity":1,"fix":{"range":[1,2]}},{"ruleId":null,"severity":2,"fatal":true,"line":9}],"#
        + #""errorCount":4,"warningCount":1,"suppressedMessages":[]},{"filePath":"C:\\app\\b.js","messages":[]}]"#)
    #expect(facts.counts == [.high: 4, .medium: 1])
    #expect(facts.targets == 2)
    #expect(facts.incomplete == ["ESLint: one file could not be parsed"])
    #expect(facts.findings.first?.path == "/app/a.js")
    #expect(!"\(facts)".contains("SECRET"))
  }

  @Test func `ESLint with metadata`() throws {
    let facts = try findings(#"{"results":[{"filePath":"/a.js","messages":[]}],"metadata":{"rulesMeta":{}}}"#)
    #expect(facts.standing == 0)
    #expect(facts.targets == 1)
  }

  @Test func `Checkstyle: severity, and a tool that failed`() throws {
    let facts = try findings(
      """
      <?xml version="1.0"?><checkstyle version="8.36"><file name="a.sh"><error line="2" severity="warning" source="SC1"/>
      <error line="3" severity="ignore"/><error severity="odd"/></file><file name="b"><exception>boom</exception></file></checkstyle>
      """)
    #expect(facts.counts == [.medium: 1])
    #expect(facts.unknown == 1)
    #expect(facts.ignored == 1)
    #expect(facts.incomplete == ["Checkstyle: it failed at b"])
    #expect(try findings("<checkstyle version='4.3'></checkstyle>").standing == 0)
  }

  @Test(arguments: [
    (
      "src/a.ts(3,14): error TS2322: Type.\n  Type 'x'.\nsrc/b.ts(1,1): error TS7006: P.\n", 2,
      ["src/a.ts", "src/b.ts"]
    ),
    (
      "\u{1B}[96msrc/a.ts\u{1B}[0m:\u{1B}[93m3\u{1B}[0m:\u{1B}[93m14\u{1B}[0m - \u{1B}[91merror\u{1B}[0m\u{1B}[90m TS2322: \u{1B}[0mT\n",
      1, ["src/a.ts"]
    ),
    ("error TS5058: The specified path does not exist: 'x'.\n", 1, []),
    ("> app@1.0.0 type-check\n> tsc --noEmit\n\nC:\\app\\a.ts(1,2): error TS1005: ';' expected.\n", 1, ["C:/app/a.ts"]),
    ("a.ts(1,1): error TS2304: x\nFound 3 errors in 2 files.\n", 3, ["a.ts"]),
    ("10:00:00 AM - Found 0 errors. Watching for file changes.\n", 0, []),
  ])
  func `tsc, plain and pretty`(text: String, errors: Int, paths: [String]) throws {
    let facts = try findings(text)
    #expect(facts.count(.high) == errors)
    #expect(facts.findings.compactMap(\.path) == paths)
  }

  @Test func `tsc that stopped at a syntax error has checked no type`() throws {
    #expect(try findings("a.ts(1,1): error TS1136: Property expected.\n").incomplete.count == 1)
    #expect(try findings("a.ts(1,1): error TS2136: x\n").incomplete.isEmpty)
  }

  @Test func `GitLab code quality: severity, both shapes of a place, and what is told twice`() throws {
    let issue = #"{"check_name":"R","fingerprint":"f","severity":"major","location":{"path":"a","lines":{"begin":3}}}"#
    let other =
      #"{"check_name":"S","fingerprint":"g","severity":"blocker","location":{"path":"a","positions":{"begin":{"line":4,"column":1}}}}"#
    let facts = try findings("[\(issue),\(issue),\(other)]")
    #expect(facts.counts == [.high: 1, .critical: 1])
    #expect(Set(facts.findings.map(\.line)) == [3, 4])
  }
}

@Suite struct SecretAndSiteScannersTests {
  @Test func `Gitleaks of both ages, and never the secret`() throws {
    let new =
      #"[{"RuleID":"aws","File":"a.tf","StartLine":2,"Secret":"HIDDEN","Match":"HIDDEN","Fingerprint":"c:a.tf:aws:2"}]"#
    let old = #"[{"rule":"AWS","offender":"HIDDEN","line":"HIDDEN","file":"a.tf","lineNumber":2}]"#
    for text in [new, old] {
      let read = try read(text)
      #expect(!"\(read)".contains("HIDDEN"))
      guard case .findings(let facts) = read.facts else { throw Unexpected() }
      #expect(facts.unknown == 1)
      #expect(facts.findings.first?.path == "a.tf")
      #expect(facts.findings.first?.line == 2)
    }
  }

  @Test func `Semgrep: severity, what is ignored, and errors of its own`() throws {
    func result(_ severity: String, _ rest: String = "") -> String {
      #"{"check_id":"r","path":"a.py","start":{"line":1},"extra":{"severity":"\#(severity)"\#(rest)}}"#
    }
    let list = [
      result("ERROR"), result("WARNING"), result("INFO"), result("CRITICAL"), result("INVENTORY"),
      result("ERROR", #","is_ignored":true"#), result("odd"),
    ]
    let facts = try findings(
      #"{"version":"1.1","results":[\#(list.joined(separator: ","))],"errors":[{"level":"warn"},{"level":"error"}],"paths":{"scanned":["a.py"]}}"#
    )
    #expect(facts.counts == [.high: 1, .medium: 1, .low: 1, .critical: 1])
    #expect(facts.unknown == 1)
    #expect(facts.suppressed == 1)
    #expect(facts.ignored == 1)
    #expect(facts.incomplete == ["Semgrep: it reports 1 error of its own"])
    #expect(
      try findings(#"{"results":[],"errors":[],"paths":{"scanned":[]}}"#).incomplete == [
        "Semgrep: it looked at no file"
      ])
  }

  @Test(arguments: [
    (#""Syntax error""#, true), (#""Timeout""#, true), (#""Out of memory""#, true),
    (#"["PartialParsing",[{}]]"#, false),
    (#""SemgrepWarning""#, false), (#"{"odd":1}"#, false),
  ])
  func `Semgrep: files that it gave up on, whatever it calls that`(kind: String, isIncomplete: Bool) throws {
    let read = try read(
      #"{"results":[],"errors":[{"level":"warn","type":\#(kind)},{"level":"warn","type":\#(kind)}],"paths":{"scanned":["a.py"]}}"#
    )
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.incomplete == (isIncomplete ? ["Semgrep: it gave up on files 2 times (syntax, time or memory)"] : []))
    #expect(read.warnings.isEmpty == !kind.contains("PartialParsing"))
  }

  @Test(arguments: [true, false])
  func `ZAP: one or several sites, false positives, and no query of an address`(isList: Bool) throws {
    let alert =
      #"{"pluginid":"10","alertRef":"10-1","riskcode":"3","confidence":"2","count":"9","instances":[{"uri":"https://a.example/p?cpf=HIDDEN"}]}"#
    let wrong = #"{"pluginid":"11","riskcode":"2","confidence":"0","instances":[]}"#
    let site = #"{"@name":"https://a.example","alerts":[\#(alert),\#(wrong)]}"#
    let read = try read(
      #"{"@version":"2.15","@generated":"Sat, 21 Nov 2026 06:00:00","site":\#(isList ? "[\(site)]" : site)}"#)
    guard case .findings(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.counts == [.high: 1])
    #expect(facts.suppressed == 1)
    #expect(facts.targets == 1)
    #expect(facts.findings.first?.path == "https://a.example/p")
    #expect(!"\(read)".contains("HIDDEN"))
  }

  @Test func `ZAP that attacked nothing is no clean run`() throws {
    #expect(try findings(#"{"@programName":"ZAP","site":[]}"#).incomplete == ["ZAP: it looked at no site"])
  }
}
