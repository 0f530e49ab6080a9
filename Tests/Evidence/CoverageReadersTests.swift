import Core
import Evidence
import Testing

@Suite struct LCOVReaderTests {
  @Test func `counts come from the detail and not from the totals`() throws {
    let facts = try coverage(
      """
      TN:
      SF:src/a.ts
      FN:1,2,first
      FN:3,second
      FNDA:4,first
      FNDA:0,second
      DA:1,4
      DA:2,0
      DA:2,1
      BRDA:1,0,0,3
      BRDA:1,0,jump, to (1, 2),-
      LF:900
      LH:900
      end_of_record

      """)
    #expect(facts.lines == Share(2, of: 2))
    #expect(facts.branches == Share(1, of: 2))
    #expect(facts.functions == Share(1, of: 2))
  }

  @Test func `two records of one file are joined by line`() throws {
    let facts = try coverage(
      "SF:a\nDA:1,0\nDA:2,1\nend_of_record\nSF:b\nDA:9,1\nend_of_record\nSF:a\nDA:2,0\nDA:1,1\nDA:3,0\nend_of_record\n")
    #expect(facts.files.count == 2)
    #expect(facts.files["a"]?.lines.share == Share(2, of: 3))
    #expect(facts.lines == Share(3, of: 4))
  }

  /// lcov 2.2 and later write groups of aliases.
  @Test func `functions of lcov 2 are read`() throws {
    let facts = try coverage(
      "SF:a\nFNL:0,1,5\nFNA:0,3,f\nFNA:0,0,alias\nFNL:1,7\nFNA:1,0,g\nFNF:2\nFNH:1\nDA:1,1\nend_of_record\n")
    #expect(facts.functions == Share(1, of: 2))
  }

  /// bun writes totals of functions and no functions.
  @Test func `functions given as a total are marked as that`() throws {
    let facts = try coverage("TN:\nSF:a\nFNF:10\nFNH:7\nDA:1,1\nLF:1\nLH:1\nend_of_record\n")
    #expect(facts.functions == Share(7, of: 10))
    #expect(facts.functionsAreDeclaredOnly)
  }

  @Test(arguments: [
    ("0", 0), ("1", 1), ("99999999999999999999999999", 1), ("1.0", 1), ("0.0", 0), ("1e3", 1), ("-5", 0), ("3,abc=", 1),
  ])
  func `a count is only asked whether it is more than nothing`(count: String, ran: Int) throws {
    #expect(try coverage("SF:a\nDA:1,\(count)\nend_of_record\n").lines == Share(ran, of: 1))
  }

  @Test(arguments: [
    ("SF:a\nDA:1,1\n", "cut short"), ("DA:1,1\n", "no report"), ("SF:a\nSF:b\n", "within a record"),
    ("SF:a\nDA:x,1\n", "no DA"), ("SF:a\nDA:1\n", "no DA"), ("SF:a\nDA:1,x\n", "no DA"), ("SF:a\nDA:1,\n", "no DA"),
    ("SF:a\nDA:99999999999,1\n", "beyond belief"), ("SF:a\nhello\n", "no LCOV record"),
    ("SF:a\nBRDA:1,0\n", "no BRDA"), ("SF:a\nBRDA:1,0,0,NaN\n", "no count"), ("SF:\n", "names no file"),
    ("TN:\nend_of_record\n", "did not begin"), ("SF:a\nLF:100\nend_of_record\n", "lists none"),
    ("SF:a\nLF:100\nLH:101\nend_of_record\n", "lists none"),
    ("SF:a\nFN:1,f\nLF:1\nLH:1\nend_of_record\n", "lists none"),
    ("SF:a\nDA:1,1\u{0}\n", "NUL"), ("SF:a\nLF:-1\n", "no number"),
    ("SF:a\nFNF:281474976710655\n", "no number"), ("TN:x\n", "no record"),
  ])
  func `what is no tracefile is refused`(text: String, words: String) {
    let fault = fault(text)
    #expect(fault?.why.contains(words) == true, "\(fault?.why ?? "")")
  }

  @Test func `comments may stand before the first record`() throws {
    #expect(try coverage("# made by hand\nTN:\nSF:a\nDA:1,1\nend_of_record\n").lines == Share(1, of: 1))
  }

  @Test func `the line of a fault is told`() {
    #expect(fault("SF:a\nDA:1,1\nDA:2,?\n")?.place == "report:3:1")
  }

  @Test func `bytes that are no text are refused with their line`() throws {
    let folder = try TemporaryFolderBytes()
    let path = try folder.write(Array("SF:a\nFN:1,".utf8) + [0xFF, 0x0A])
    let fault = #expect(throws: EvidenceFault.self) { try EvidenceReader.read(path, shown: "x") }
    #expect(fault?.line == 2)
    #expect(fault?.why == "is not valid UTF-8")
  }

  @Test func `unknown keys and Windows line ends are passed over`() throws {
    let read = try read("TN:\r\nSF:C:\\src\\a.cs\r\nQQ:1\r\nDA:1,1\r\nend_of_record\r\n")
    guard case .coverage(let facts) = read.facts else { throw Unexpected() }
    #expect(Array(facts.files.keys) == ["C:/src/a.cs"])
    #expect(read.warnings == ["a line of a kind that is not known"])
  }

  @Test func `overloads of one name are functions of their own`() throws {
    let facts = try coverage(
      "SF:a\nFN:1,f(int, int)\nFN:9,f(int, int)\nFNDA:2,f(int, int)\nFNDA:0,f(int, int)\nDA:1,1\nend_of_record\n")
    #expect(facts.functions == Share(1, of: 2))
  }
}

@Suite struct CoberturaReaderTests {
  private func report(_ body: String, root: String = "line-rate='0.5'") -> String {
    """
    <?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">
    <coverage \(root)><packages><package><classes>\(body)</classes></package></packages></coverage>
    """
  }

  @Test func `lines of a file count once however many classes repeat them`() throws {
    let body = """
      <class filename="a.cs"><methods><method name="m" signature=""><lines><line number="1" hits="1"/></lines></method>
      </methods><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines></class>
      <class filename="a.cs"><lines><line number="2" hits="0"/><line number="3" hits="5"/></lines></class>
      """
    let facts = try coverage(report(body))
    #expect(facts.lines == Share(2, of: 3))
    #expect(facts.functions == Share(1, of: 1))
  }

  @Test func `lines below methods count where a class has no others`() throws {
    let body = """
      <class filename="a"><methods><method name="m"><lines><line number="1" hits="1"/><line number="2" hits="0"/></lines>
      </method></methods><lines/></class>
      """
    #expect(try coverage(report(body)).lines == Share(1, of: 2))
  }

  @Test func `branches are read from the conditions`() throws {
    let body = """
      <class filename="a"><lines><line number="1" hits="1" branch="true" condition-coverage="50% (1/2)"/>
      <line number="2" hits="1" branch="True"/></lines></class>
      """
    let facts = try coverage(report(body))
    #expect(facts.branches == Share(1, of: 2))
    #expect(facts.branchesAreUncertain)
  }

  @Test func `a root that claims more than the lines show is refused`() {
    let body = "<class filename='a'><lines><line number='1' hits='0'/><line number='2' hits='1'/></lines></class>"
    #expect(fault(report(body, root: "line-rate='1.0'"))?.why.contains("contradicts itself") == true)
    #expect(
      fault(report(body, root: "lines-covered='2' lines-valid='2'"))?.why.contains("contradicts itself") == true)
    #expect(throws: Never.self) { try read(report(body, root: "line-rate='0.2'")) }
    #expect(throws: Never.self) { try read(report(body, root: "line-rate='NaN'")) }
  }

  @Test(arguments: [
    "<class><lines/></class>", "<class filename='a'><lines><line hits='1'/></lines></class>",
    "<class filename='a'><lines><line number='1'/></lines></class>",
    "<class filename='a'><lines><line number='1' hits='NaN'/></lines></class>",
    "<class filename='a'><lines><line number='-1' hits='1'/></lines></class>",
    "<class filename='a'><lines><line number='1' hits='1' condition-coverage='100% (3/2)'/></lines></class>",
  ])
  func `what cannot be counted is refused`(body: String) {
    #expect(fault(report(body))?.kind == .unreadable)
  }

  @Test(arguments: [("1763690000", 1_763_690_000), ("1763690000000", 1_763_690_000), ("0", nil), ("x", nil)])
  func `the time is read in seconds and in milliseconds`(stamp: String, seconds: Int64?) throws {
    let read = try read("<coverage line-rate='1' timestamp='\(stamp)'/>")
    #expect(read.statedTime == seconds.map { Timestamp(seconds: $0) })
  }

  @Test func `paths are told from the source tree`() throws {
    let report = report("<class filename='pkg/core.py'><lines><line number='1' hits='1'/></lines></class>")
      .replacing("<packages>", with: "<sources><source>/srv/app/src</source></sources><packages>")
    let facts = CoverageFacts.joined([try coverage(report)], root: "/srv/app")
    #expect(Array(facts.files.keys) == ["src/pkg/core.py"])
  }
}

@Suite struct JoinedCoverageTests {
  @Test func `a line that ran in one of two reports ran`() throws {
    let one = try coverage("SF:/srv/a.ts\nDA:1,1\nDA:2,0\nend_of_record\n")
    let two = try coverage("SF:./a.ts\nDA:2,7\nDA:3,0\nend_of_record\n")
    let both = CoverageFacts.joined([one, two], root: "/srv")
    #expect(Array(both.files.keys) == ["a.ts"])
    #expect(both.lines == Share(2, of: 3))
    #expect(CoverageFacts.joined([two, one], root: "/srv").lines == both.lines)
  }

  @Test func `excluded files do not count`() throws {
    let facts = try coverage("SF:src/a.generated.ts\nDA:1,0\nend_of_record\nSF:src/b.ts\nDA:1,1\nend_of_record\n")
    let kept = facts.excluding([try Glob("**/*.generated.ts")])
    #expect(kept.lines == Share(1, of: 1))
  }
}
