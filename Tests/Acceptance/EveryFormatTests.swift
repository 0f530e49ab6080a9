import Core
import JSONText
import TestSupport
import Testing

/// Law L1 over every format at once: a set of reports that passes, and nothing taken from it leaves it passing.
@Suite struct EveryFormatTests {
  /// The path below `reports/`, and a report that passes; `@NOW@` is the time in seconds.
  private static let reports: [(path: String, text: String)] = [
    (
      "tests/junit.xml",
      #"<testsuite name="s" tests="1"><testcase name="a"/></testsuite>"#
    ),
    (
      "tests/run.tap",
      #"TAP version 13\#n1..1\#nok 1 - a\#n"#
    ),
    (
      "tests/go.json",
      #"{"Action":"run","Package":"p","Test":"A"}\#n{"Action":"pass","Package":"p","Test":"A"}\#n{"Action":"pass","Package":"p"}\#n"#
    ),
    (
      "tests/jest.json",
      #"{"numTotalTests":1,"numFailedTests":0,"success":true,"testResults":[{"name":"a","status":"passed","assertionResults":[{"fullName":"t","status":"passed"}]}]}"#
    ),
    (
      "tests/mocha.json",
      #"{"stats":{"tests":1,"passes":1,"pending":0,"failures":0},"tests":[{"fullTitle":"t","err":{}}],"pending":[],"failures":[],"passes":[{"fullTitle":"t"}]}"#
    ),
    (
      "coverage/lcov.info",
      #"SF:a.js\#nDA:1,1\#nDA:2,1\#nend_of_record\#n"#
    ),
    (
      "coverage/cobertura.xml",
      #"<coverage line-rate="1"><packages><package><classes><class filename="a.js"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>"#
    ),
    (
      "coverage/jacoco.xml",
      #"<report name="r"><package name="p"><sourcefile name="A.java"><line nr="1" mi="0" ci="1" mb="0" cb="0"/><counter type="LINE" missed="0" covered="1"/></sourcefile><counter type="LINE" missed="0" covered="1"/></package><counter type="LINE" missed="0" covered="1"/></report>"#
    ),
    (
      "coverage/clover.xml",
      #"<coverage clover="4" generated="@NOW@"><project><metrics statements="1" coveredstatements="1"/><file name="a.php"><line num="1" type="stmt" count="1"/><metrics statements="1" coveredstatements="1"/></file></project></coverage>"#
    ),
    (
      "coverage/istanbul.json",
      #"{"/app/a.js":{"path":"/app/a.js","statementMap":{"0":{"start":{"line":1,"column":0},"end":{"line":1,"column":9}}},"s":{"0":1},"fnMap":{},"f":{},"branchMap":{},"b":{}}}"#
    ),
    (
      "coverage/summary.json",
      #"{"total":{"lines":{"total":1,"covered":1,"skipped":0,"pct":100},"statements":{"total":1,"covered":1,"skipped":0,"pct":100},"functions":{"total":0,"covered":0,"skipped":0,"pct":100},"branches":{"total":0,"covered":0,"skipped":0,"pct":100}},"/app/a.js":{"lines":{"total":1,"covered":1,"skipped":0,"pct":100},"statements":{"total":1,"covered":1,"skipped":0,"pct":100},"functions":{"total":0,"covered":0,"skipped":0,"pct":100},"branches":{"total":0,"covered":0,"skipped":0,"pct":100}}}"#
    ),
    (
      "coverage/llvm.json",
      #"{"type":"llvm.coverage.json.export","version":"3.0.1","data":[{"files":[{"filename":"/app/a.swift","segments":[[1,1,1,true,true,false],[2,1,0,false,false,false]],"summary":{"lines":{"count":1,"covered":1,"percent":100}}}],"functions":[],"totals":{"lines":{"count":1,"covered":1,"percent":100}}}]}"#
    ),
    (
      "coverage/go.out",
      #"mode: set\#nexample.com/a/a.go:1.1,2.2 1 1\#n"#
    ),
    (
      "coverage/coverage.json",
      #"{"meta":{"format":3,"version":"7.6","branch_coverage":false,"show_contexts":false},"files":{"a.py":{"executed_lines":[1],"missing_lines":[],"excluded_lines":[],"summary":{"covered_lines":1,"num_statements":1,"percent_covered":100.0,"missing_lines":0,"excluded_lines":0}}},"totals":{"covered_lines":1,"num_statements":1,"percent_covered":100.0,"missing_lines":0,"excluded_lines":0}}"#
    ),
    (
      "coverage/resultset.json",
      #"{"unit":{"coverage":{"/app/a.rb":{"lines":[1,null]}},"timestamp":@NOW@}}"#
    ),
    (
      "scan/sarif.json",
      #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":[]}]}"#
    ),
    (
      "scan/trivy.json",
      #"{"SchemaVersion":2,"ArtifactName":"a","ArtifactType":"filesystem","Results":[{"Target":"package-lock.json","Class":"lang-pkgs","Type":"npm"}]}"#
    ),
    (
      "scan/grype.json",
      #"{"matches":[],"source":{"type":"image","target":{"userInput":"a"}},"descriptor":{"name":"grype","version":"0.75.0"}}"#
    ),
    (
      "scan/npm.json",
      #"{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"vulnerabilities":{"info":0,"low":0,"moderate":0,"high":0,"critical":0,"total":0},"dependencies":{"prod":3,"dev":0,"optional":0,"peer":0,"peerOptional":0,"total":3}}}"#
    ),
    (
      "scan/pip.json",
      #"{"dependencies":[{"name":"flask","version":"3.0","vulns":[]}],"fixes":[]}"#
    ),
    (
      "scan/osv.json",
      #"{"results":[{"source":{"path":"package-lock.json","type":"lockfile"},"packages":[{"package":{"name":"a","version":"1","ecosystem":"npm"},"groups":[],"vulnerabilities":[]}]}]}"#
    ),
    (
      "scan/snyk.json",
      #"{"vulnerabilities":[],"ok":true,"dependencyCount":3,"projectName":"a","packageManager":"npm","uniqueCount":0}"#
    ),
    (
      "scan/semgrep.json",
      #"{"version":"1.0","results":[],"errors":[],"paths":{"scanned":["a.py"]}}"#
    ),
    (
      "scan/eslint.json",
      #"[{"filePath":"/app/a.js","messages":[],"errorCount":0,"warningCount":0}]"#
    ),
    (
      "scan/checkstyle.xml",
      #"<checkstyle version="8"><file name="a"/></checkstyle>"#
    ),
    (
      "scan/zap.json",
      #"{"@version":"2.15","@generated":"x","site":[{"@name":"https://a.example","alerts":[]}]}"#
    ),
    (
      "bench/k6.json",
      #"{"metrics":{"http_req_duration":{"avg":1,"p(95)":640},"iterations":{"count":10,"rate":1}},"root_group":{}}"#
    ),
    (
      "bench/lighthouse.json",
      #"{"lighthouseVersion":"12.0.0","requestedUrl":"https://a.example/","categories":{"performance":{"score":0.91}},"audits":{}}"#
    ),
    (
      "bench/hyperfine.json",
      #"{"results":[{"command":"x","mean":0.5,"stddev":0.1,"median":0.4,"min":0.3,"max":0.9,"times":[0.5],"exit_codes":[0]}]}"#
    ),
    (
      "bench/pytest.json",
      #"{"machine_info":{},"commit_info":{},"benchmarks":[{"name":"t","fullname":"t.py::t","stats":{"mean":0.001,"rounds":5}}]}"#
    ),
    (
      "bench/autocannon.json",
      #"{"latency":{"p99":12},"requests":{"average":100},"throughput":{"average":1},"errors":0,"timeouts":0,"non2xx":0,"2xx":98}"#
    ),
  ]

  private static let limits = [
    "bench/k6.json": #"k6.http_req_duration.p95: "<= 1s""#,
    "bench/lighthouse.json": #"lighthouse.performance: ">= 0.5""#,
    "bench/hyperfine.json": #"hyperfine.mean: "<= 1s""#,
    "bench/pytest.json": #"pytest-benchmark.mean: "<= 1s""#,
    "bench/autocannon.json": #"autocannon.latency.p99: "<= 1s""#,
  ]

  private static var policy: String {
    var lines = "evidence: { max-age: 1h, bind-to: commit }\nchecklist:\n"
    for (number, report) in reports.enumerated() {
      let rules =
        switch report.path.prefix(4) {
        case "test": "check: tests"
        case "cove": #"check: coverage, lines: ">= 50%""#
        case "scan": #"check: findings, limits: { any: "<= 0" }"#
        default: "check: benchmarks, limits: { \(limits[report.path] ?? "") }"
        }
      lines += "  - { id: line-\(number), \(rules), reports: [\"reports/\(report.path)\"] }\n"
    }
    return lines
  }

  private func workplace() async throws -> Workplace {
    let workplace = try await Workplace(policy: Self.policy, files: ["a.js": "1\n2\n"])
    for report in Self.reports { try workplace.write(report.text, to: "kept/" + report.path) }
    let collected = try await workplace.gatehouse(
      "collect", "--command",
      #"mkdir -p reports && cp -r kept/. reports/ && sed -i "s/@NOW@/$(date +%s)/" reports/coverage/*"#, "reports/**/*")
    #expect(collected.exit == 0, "\(collected.talk)")
    return workplace
  }

  @Test func `a whole set passes, and is read in as many formats`() async throws {
    let checked = try await workplace().asked("check")
    #expect(checked["exit"] == 0)
    var formats: Set<String> = []
    for (number, report) in Self.reports.enumerated() {
      let line = try #require(checked.line("line-\(number)"))
      #expect(line["status"] == "pass", "\(report.path): \(line.told)")
      if let format = line["evidence"]?[0]?["format"]?.string { formats.insert(format) }
    }
    #expect(formats.count == Self.reports.count)
  }

  /// Gone, emptied, cut in half, or of another commit: never a pass, and the file is named.
  @Test(arguments: ["rm", ": >", "truncate -s -9"])
  func `no file can be taken away or cut`(taking: String) async throws {
    let workplace = try await workplace()
    try await workplace.shell("cp -a reports all")
    for (number, report) in Self.reports.enumerated() {
      let path = "reports/" + report.path
      let left = try await workplace.shell(
        "cp -a all/. reports/ && \(taking) \(path) && gatehouse check --format json")
      #expect(left.exit == 3, "\(taking) \(path): \(left.talk)")
      let line = try #require(try left.document().line("line-\(number)"))
      #expect(line["status"] == "inconclusive", "\(taking) \(path)")
      #expect(line["reason"]?.string?.contains(path) == true, "\(taking) \(path): \(line.told)")
    }
  }
}
