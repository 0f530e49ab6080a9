import Core
import Evidence
import Testing

@Suite struct JaCoCoReaderTests {
  private func report(_ body: String, after: String = "") -> String {
    """
    <?xml version="1.0" standalone="yes"?><!DOCTYPE report PUBLIC "-//JACOCO//DTD Report 1.1//EN" "report.dtd">
    <report name="app"><sessioninfo id="a" start="1763690000000" dump="1763690001000"/>\(body)\(after)</report>
    """
  }

  private let package = """
    <package name="org/example"><class name="org/example/A" sourcefilename="A.java"><method name="f" desc="()V" line="1">
    <counter type="METHOD" missed="0" covered="1"/></method><method name="g" desc="()V" line="2">
    <counter type="METHOD" missed="1" covered="0"/></method></class><sourcefile name="A.java">
    <line nr="1" mi="0" ci="2" mb="1" cb="1"/><line nr="2" mi="3" ci="0"/><line nr="3" mi="1" ci="1"/>
    <counter type="LINE" missed="1" covered="2"/></sourcefile></package>
    """

  @Test func `lines, branches and methods are counted below their file`() throws {
    let read = try read(report(package, after: #"<counter type="LINE" missed="1" covered="2"/>"#))
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(read.format == .jacoco)
    #expect(Array(facts.files.keys) == ["org/example/A.java"])
    #expect(facts.lines == Share(2, of: 3))
    #expect(facts.branches == Share(1, of: 2))
    #expect(facts.functions == Share(1, of: 2))
    #expect(facts.files["org/example/A.java"]?.lines.ran(2) == false)
    #expect(facts.files["org/example/A.java"]?.lines.ran(4) == nil)
    #expect(read.statedTime == Timestamp(seconds: 1_763_690_001))
  }

  @Test func `the same package in two groups is two files`() throws {
    let facts = try coverage(report("<group name='core'>\(package)</group><group name='web'>\(package)</group>"))
    #expect(facts.files.keys.sorted() == ["core/org/example/A.java", "web/org/example/A.java"])
    #expect(facts.lines == Share(4, of: 6))
    #expect(facts.functions == Share(2, of: 4))
  }

  @Test func `counters that are better than the lines are refused`() {
    let better = #"<counter type="LINE" missed="0" covered="3"/>"#
    #expect(fault(report(package, after: better))?.why.contains("contradicts itself") == true)
    let file = "<package name='p'><sourcefile name='A'><line nr='1' mi='1' ci='0'/>\(better)</sourcefile></package>"
    #expect(fault(report(file))?.why.contains("contradicts itself") == true)
    #expect(throws: Never.self) {
      try read(report(package, after: #"<counter type="LINE" missed="2" covered="1"/>"#))
    }
  }

  @Test(arguments: [
    "<package name='p'><sourcefile/></package>",
    "<package name='p'><sourcefile name='A'><line mi='1' ci='0'/></sourcefile></package>",
    "<package name='p'><sourcefile name='A'><line nr='0' mi='1' ci='0'/></sourcefile></package>",
    "<package name='p'><sourcefile name='A'><line nr='1' mi='-1' ci='0'/></sourcefile></package>",
    "<package name='p'><sourcefile name='A'><line nr='1' mi='x' ci='0'/></sourcefile></package>",
    "<counter type='LINE' missed='-1' covered='0'/>", "<counter type='LINE' missed='1'/>",
  ])
  func `what cannot be counted is refused`(body: String) {
    #expect(fault(report(body))?.kind == .unreadable)
  }

  @Test func `another report is none of JaCoCo`() {
    #expect(fault("<report name='x'><row/></report>")?.kind == .unrecognised)
  }
}

@Suite struct CloverReaderTests {
  private func report(_ body: String, root: String = "generated='1763690000000' clover='4.5'") -> String {
    "<coverage \(root)><project timestamp='1'>\(body)</project></coverage>"
  }

  @Test func `several statements on a line count as the metrics say`() throws {
    let facts = try coverage(
      report(
        """
        <metrics statements="3" coveredstatements="2"/><package name="p"><file name="a.java" path="C:\\src\\a.java">
        <metrics statements="3" coveredstatements="2" conditionals="2" coveredconditionals="1" methods="1" coveredmethods="1"/>
        <line num="1" type="method" count="1" signature="f()"/><line num="2" type="stmt" count="1"/>
        <line num="2" type="cond" truecount="1" falsecount="0"/><line num="3" type="stmt" count="0"/></file></package>
        """))
    #expect(Array(facts.files.keys) == ["C:/src/a.java"])
    #expect(facts.statements == Share(2, of: 3) && facts.lines == facts.statements)
    #expect(facts.branches == Share(1, of: 2) && facts.functions == Share(1, of: 1))
    let lines = facts.files["C:/src/a.java"]?.lines
    #expect([1, 2, 3, 4].map { lines?.ran($0) } == [true, true, false, nil])
  }

  /// PHPUnit lists a method of one line as a method, and its statement not at all.
  @Test func `a statement that is missing from the lines is missing`() throws {
    let read = try read(
      report(
        """
        <file name="/src/a.php"><line num="1" type="method" name="f" count="0"/><line num="2" type="stmt" count="3"/>
        <metrics statements="2" coveredstatements="1"/></file>
        """, root: "generated='1763690000'"))
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.statements == Share(1, of: 2))
    #expect(read.statedTime == Timestamp(seconds: 1_763_690_000))
  }

  @Test func `Istanbul's conditions are lines with branches`() throws {
    let facts = try coverage(
      report(
        """
        <file name="a.ts" path="/src/a.ts"><metrics statements="2" coveredstatements="1" conditionals="4"
        coveredconditionals="1" methods="2" coveredmethods="1"/><line num="1" count="1" type="cond" truecount="1"
        falsecount="3"/><line num="2" count="0" type="stmt"/></file>
        """, root: "generated='1763690000000' clover='3.2.0'"))
    #expect(facts.statements == Share(1, of: 2) && facts.branches == Share(1, of: 4))
    #expect(facts.functions == Share(1, of: 2))
  }

  @Test func `the tests' own coverage is not the project's`() throws {
    let facts = try coverage(
      "<coverage clover='4'><project><file name='a'><line num='1' type='stmt' count='0'/></file></project><testproject>"
        + "<file name='t'><line num='1' type='stmt' count='1'/></file></testproject></coverage>")
    #expect(facts.statements == Share(0, of: 1))
  }

  @Test(arguments: [
    "<metrics statements='2' coveredstatements='2'/>", "<metrics statements='9' coveredstatements='8'/>",
  ])
  func `metrics that are better than the lines are refused`(metrics: String) {
    let lines = "<line num='1' type='stmt' count='1'/><line num='2' type='stmt' count='0'/>"
    #expect(fault(report("<file name='a'>\(metrics)\(lines)</file>"))?.why.contains("contradicts itself") == true)
    #expect(fault(report("\(metrics)<file name='a'>\(lines)</file>"))?.why.contains("contradicts itself") == true)
  }

  @Test(arguments: [
    "<file/>", "<file name='a'><line num='1' type='stmt'/></file>",
    "<file name='a'><line type='stmt' count='1'/></file>",
    "<file name='a'><line num='1' type='stmt' count='-1'/></file>",
    "<file name='a'><metrics statements='1' coveredstatements='2'/></file>",
    "<file name='a'><metrics statements='x' coveredstatements='2'/></file>",
    "<file name='a'><line num='1' type='cond' count='1'/></file>",
  ])
  func `what cannot be counted is refused`(body: String) {
    #expect(fault(report(body))?.kind == .unreadable)
  }

  @Test func `a root without a project is no Clover`() {
    #expect(fault("<coverage clover='4'/>")?.kind == .unrecognised)
  }
}

@Suite struct IstanbulReaderTests {
  static let file =
    #"{"path":"/src/a.ts","statementMap":{"0":{"start":{"line":1,"column":0},"end":{"line":1,"column":9}},"1":"#
    + #"{"start":{"line":1,"column":10}},"2":{"start":{"line":4}}},"fnMap":{"0":{"name":"f"}},"branchMap":{"0":{}},"#
    + #""s":{"0":0,"1":3,"2":0},"f":{"0":1},"b":{"0":[1,0]}}"#

  @Test(arguments: [
    #"{"/src/a.ts":\#(file)}"#, #"{"/src/a.ts":{"data":\#(file)}}"#, #"{"data":{"/src/a.ts":\#(file)}}"#,
  ])
  func `the detail is counted, whatever it is wrapped in`(text: String) throws {
    let read = try read(text)
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(read.format == .istanbul)
    #expect(Array(facts.files.keys) == ["/src/a.ts"])
    #expect(facts.statements == Share(1, of: 3))
    #expect(facts.lines == Share(1, of: 2))
    #expect(facts.functions == Share(1, of: 1) && facts.branches == Share(1, of: 2))
  }

  @Test(arguments: [
    #"{"a":{"path":"a","statementMap":{"0":{"start":{"line":1}}},"s":{}}}"#,
    #"{"a":{"path":"a","statementMap":{},"s":{"0":1}}}"#, #"{"a":{"path":"a","statementMap":{}}}"#,
    #"{"a":{"path":"a","statementMap":{"0":{"start":{"line":-1}}},"s":{"0":1}}}"#,
    #"{"a":{"path":"a","statementMap":{"0":{"start":{"line":1}}},"s":{"0":-1}}}"#,
    #"{"a":{"path":"a","statementMap":{"0":{"start":{"line":1}}},"s":{"0":"1"}}}"#,
    #"{"a":{"path":"a","statementMap":{},"s":{}},"b":1}"#, #"{"a":{"path":"a","statementMap":{},"s":{}},"b":[]}"#,
    #"{"a":{"path":"a","statementMap":{},"s":{}},"b":{"path":"a","statementMap":{},"s":{}}}"#,
  ])
  func `what cannot be counted is refused`(text: String) {
    #expect(fault(text)?.kind == .unreadable)
  }

  private static func entry(_ covered: Int, _ total: Int, pct: String) -> String {
    let numbers = #"{"total":\#(total),"covered":\#(covered),"skipped":0,"pct":\#(pct)}"#
    return #"{"lines":\#(numbers),"statements":\#(numbers),"functions":\#(numbers),"branches":\#(numbers)}"#
  }

  @Test func `a summary counts, and nothing of nothing is unknown`() throws {
    let read = try read(
      #"{"total":\#(Self.entry(1, 3, pct: "33.33")),"/src/a.ts":\#(Self.entry(1, 3, pct: "33.33")),"#
        + #""/src/empty.ts":\#(Self.entry(0, 0, pct: "100"))}"#)
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(read.format == .istanbulSummary)
    #expect(facts.lines == Share(1, of: 3) && facts.branches == Share(1, of: 3))
    let none = try coverage(
      #"{"total":\#(Self.entry(0, 0, pct: #""Unknown""#)),"/a.ts":\#(Self.entry(0, 0, pct: #""Unknown""#))}"#)
    #expect(none.lines == Share())
    #expect(fault(#"{"total":\#(Self.entry(0, 0, pct: #""Unknown""#))}"#)?.kind == .empty)
  }

  @Test func `a summary that contradicts itself is refused`() {
    let texts = [
      #"{"total":\#(Self.entry(3, 3, pct: "100")),"/a":\#(Self.entry(1, 3, pct: "33.33"))}"#,
      #"{"total":\#(Self.entry(1, 3, pct: "99.9")),"/a":\#(Self.entry(1, 3, pct: "33.33"))}"#,
      #"{"total":\#(Self.entry(4, 3, pct: "100"))}"#, #"{"total":\#(Self.entry(1, 3, pct: "null"))}"#,
      #"{"/a":\#(Self.entry(1, 3, pct: "33.33"))}"#,
    ]
    for text in texts { #expect(fault(text)?.kind == .unreadable, "\(text)") }
  }
}

@Suite struct LLVMCovReaderTests {
  private func export(
    segments: String =
      "[[1,5,2,true,true,false],[3,2,0,false,false,false],[5,1,0,true,true,false],[6,2,0,false,false,false]]",
    lines: (Int, Int) = (3, 5), totals: (Int, Int) = (3, 5), version: String = "3.0.1", more: String = ""
  ) -> String {
    let summary = #"{"lines":{"count":\#(lines.1),"covered":\#(lines.0)},"branches":{"count":0,"covered":0}}"#
    return #"{"data":[{"files":[{"filename":"/w/a.swift","segments":\#(segments),"summary":\#(summary)}],"#
      + #""totals":{"lines":{"count":\#(totals.1),"covered":\#(totals.0)}}}\#(more)],"#
      + #""type":"llvm.coverage.json.export","version":"\#(version)"}"#
  }

  @Test func `lines come from the segments and totals from the summary`() throws {
    let facts = try coverage(export())
    #expect(facts.lines == Share(3, of: 5))
    #expect(facts.branches == Share())
    let lines = facts.files["/w/a.swift"]?.lines
    #expect((1...7).map { lines?.ran($0) } == [true, true, true, nil, false, false, nil])
  }

  @Test func `a summary that is better than its segments does not count`() throws {
    #expect(try coverage(export(lines: (5, 5))).lines == Share(3, of: 5))
    #expect(fault(export(totals: (5, 5)))?.why.contains("contradicts itself") == true)
  }

  @Test func `several exports in one and other versions are refused`() {
    #expect(fault(export(more: #",{"files":[],"totals":{}}"#))?.why.contains("one export") == true)
    #expect(fault(export(version: "9.0"))?.kind == .unrecognised)
  }

  @Test(arguments: [
    "[[1]]", "[[0,1,1,true,true]]", #"[["1",1,1,true,true]]"#, "[[2,1,1,true,true],[1,1,1,true,true]]", "7",
  ])
  func `segments that cannot be are refused`(segments: String) {
    #expect(fault(export(segments: segments))?.kind == .unreadable)
  }

  @Test func `a segment far away does not fill the memory`() {
    let segments = "[[1,1,1,true,true,false],[2000000000,1,0,false,false,false]]"
    #expect(fault(export(segments: segments))?.why.contains("more lines than can be held") == true)
  }
}

@Suite struct GoCoverprofileReaderTests {
  @Test func `a block counts once, and ran when it ran anywhere`() throws {
    let facts = try coverage(
      "mode: atomic\nm/a.go:1.2,3.4 2 0\nm/b.go:1.1,2.2 1 0\nm/a.go:1.2,3.4 2 18446744073709551999\nm/a.go:5.1,5.9 3 0\n"
    )
    #expect(facts.statements == Share(2, of: 6) && facts.lines == facts.statements)
    #expect(facts.files.keys.sorted() == ["m/a.go", "m/b.go"])
    let lines = facts.files["m/a.go"]?.lines
    #expect((1...5).map { lines?.ran($0) } == [true, true, true, nil, false])
  }

  @Test(arguments: [
    ("mode: set\na.go:1.2,3.4 2 0\nmode: set\n", "a second time"),
    ("mode: set\na.go:1.2,3.4 2 0\na.go:1.2,3.4 3 1\n", "another number"), ("mode: set\nx\n", "no block"),
    ("mode: set\na.go:1.2 2 1\n", "no block"), ("mode: set\na.go:3.2,1.4 2 1\n", "no block"),
    ("mode: set\na.go:1.2,3.4 -2 1\n", "no block"), ("mode: set\na.go:1.2,3.4 2 -1\n", "no block"),
    ("mode: set\n:1.2,3.4 2 1\n", "no block"), ("mode: count\n", "holds no block"),
    ("mode: set\na.go:1.2,2000000000.4 2 1\n", "can be held"),
  ])
  func `what go tool cover refuses is refused`(text: String, words: String) {
    let fault = fault(text)
    #expect(fault?.why.contains(words) == true, "\(fault?.why ?? "")")
  }

  @Test func `no mode is no profile`() {
    #expect(fault("a.go:1.2,3.4 2 0\n")?.kind == .unrecognised)
    #expect(fault("mode: fast\na.go:1.2,3.4 2 0\n")?.kind == .unrecognised)
  }
}

@Suite struct CoveragePyReaderTests {
  private func report(
    lines: String = #""executed_lines":[1,2],"missing_lines":[4]"#,
    summary: String = #""covered_lines":2,"num_statements":3"#,
    totals: String = #""covered_lines":2,"num_statements":3,"percent_covered":66.67"#
  ) -> String {
    #"{"meta":{"version":"5.5","timestamp":"2026-11-21T01:54:07","branch_coverage":false,"show_contexts":false},"#
      + #""files":{"src\\a.py":{\#(lines),"summary":{\#(summary)}}},"totals":{\#(totals)}}"#
  }

  @Test func `lines are counted from the lists`() throws {
    let facts = try coverage(report())
    #expect(facts.lines == Share(2, of: 3) && facts.statements == facts.lines)
    #expect(Array(facts.files.keys) == ["src/a.py"])
    #expect(facts.branches == Share())
  }

  @Test func `branches are read from their lists, or from totals before there were lists`() throws {
    let summary = #""covered_lines":2,"num_statements":3,"num_branches":2,"covered_branches":1"#
    let listed = #""executed_lines":[1,2],"missing_lines":[4],"executed_branches":[[1,2]],"missing_branches":[[1,-1]]"#
    let totals = #""covered_lines":2,"num_statements":3,"percent_covered":60.0"#
    #expect(try coverage(report(lines: listed, summary: summary, totals: totals)).branches == Share(1, of: 2))
    #expect(try coverage(report(summary: summary, totals: totals)).branches == Share(1, of: 2))
  }

  @Test func `totals that are better than the lists are refused`() {
    let reports = [
      report(summary: #""covered_lines":3,"num_statements":3"#),
      report(totals: #""covered_lines":3,"num_statements":3,"percent_covered":66.67"#),
      report(totals: #""covered_lines":2,"num_statements":3,"percent_covered":100.0"#),
      report(lines: #""executed_lines":[],"missing_lines":[]"#),
      report(lines: #""executed_lines":[0],"missing_lines":[]"#), report(lines: #""executed_lines":[1]"#),
      report(summary: "\"covered_lines\":2"),
    ]
    for text in reports { #expect(fault(text)?.kind == .unreadable, "\(text)") }
  }
}

@Suite struct SimpleCovReaderTests {
  @Test func `commands are joined by line, old lists among them`() throws {
    let read = try read(
      #"{"unit":{"coverage":{"/w/a.rb":{"lines":[1,0,null,"ignored"],"branches":{"[:if, 0]":{"[:then, 1]":0}}}},"#
        + #""timestamp":1763690009},"old":{"coverage":{"/w/a.rb":[0,2,null],"/w/b.rb":[0]},"timestamp":1763690000}}"#)
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.lines == Share(2, of: 3))
    #expect(facts.branches == Share(0, of: 1))
    #expect(read.statedTime == Timestamp(seconds: 1_763_690_000))
  }

  @Test func `the report says its commit, and its totals are held against the lines`() throws {
    func report(_ covered: Int) -> String {
      #"{"meta":{"simplecov_version":"1.0","commit":"\#(String(repeating: "a", count: 40))"},"#
        + #""total":{"lines":{"covered":\#(covered),"total":2}},"coverage":{"a.rb":{"lines":[1,0],"branches":"#
        + #"[{"type":"then","start_line":1,"coverage":1},{"type":"else","start_line":2,"coverage":"ignored"}]}}}"#
    }
    let read = try read(report(1))
    #expect(read.statedCommits == [CommitID(String(repeating: "a", count: 40))])
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(facts.lines == Share(1, of: 2) && facts.branches == Share(1, of: 1))
    #expect(fault(report(2))?.why.contains("contradicts itself") == true)
  }

  @Test(arguments: [#"{"result":{"line":45.45,"branch":50.0}}"#, #"{"result":{"covered_percent":99.1}}"#])
  func `percentages alone are no evidence`(text: String) {
    let fault = fault(text)
    #expect(fault?.kind == .unreadable)
    #expect(fault?.remedy.contains(".resultset.json") == true)
  }

  @Test(arguments: [
    #"{"u":{"coverage":{"a":[-1]},"timestamp":1}}"#, #"{"u":{"coverage":{"a":["x"]},"timestamp":1}}"#,
    #"{"u":{"coverage":{"a":[1],"b":{}},"timestamp":1}}"#, #"{"u":{"coverage":{"a":[1],"b":7},"timestamp":1}}"#,
  ])
  func `what cannot be counted is refused`(text: String) {
    #expect(fault(text)?.kind == .unreadable)
  }

  @Test func `a result set without files is empty`() {
    #expect(fault(#"{"u":{"coverage":{},"timestamp":1763690000}}"#)?.kind == .empty)
  }
}
