/// One small report of each coverage format, whole and good.
enum CoverageSamples {
  static let jacoco = """
    <report name="app"><sessioninfo id="a" start="1" dump="1763690001000"/><package name="p"><class name="p/A"
    sourcefilename="A.java"><method name="f" desc="()V" line="1"><counter type="METHOD" missed="0" covered="1"/></method>
    </class><sourcefile name="A.java"><line nr="1" mi="0" ci="2" mb="1" cb="1"/><line nr="2" mi="3" ci="0" mb="0" cb="0"/>
    <counter type="LINE" missed="1" covered="1"/></sourcefile></package><counter type="LINE" missed="1" covered="1"/></report>
    """
  static let clover = """
    <coverage generated="1763690000000" clover="4.5"><project timestamp="1"><metrics statements="2" coveredstatements="1"/>
    <file name="a" path="/src/a"><line num="1" type="stmt" count="1"/><line num="2" type="stmt" count="0"/>
    <line num="2" type="cond" truecount="1" falsecount="0"/><metrics statements="2" coveredstatements="1"/></file></project>
    </coverage>
    """
  static let istanbul =
    #"{"/a.ts":{"path":"/a.ts","statementMap":{"0":{"start":{"line":1}},"1":{"start":{"line":2}}},"fnMap":{"0":{}},"#
    + #""s":{"0":1,"1":0},"f":{"0":1},"b":{"0":[1,0]}}}"#
  static let istanbulSummary =
    #"{"total":{"lines":{"total":2,"covered":1,"pct":50},"statements":{"total":2,"covered":1,"pct":50},"functions":"#
    + #"{"total":0,"covered":0,"pct":100},"branches":{"total":0,"covered":0,"pct":100}}}"#
  static let llvmCov =
    #"{"type":"llvm.coverage.json.export","version":"2.0.1","data":[{"files":[{"filename":"/a","segments":"#
    + #"[[1,1,1,true,true,false],[2,1,0,true,true,false],[3,1,0,false,false,false]],"summary":{"lines":{"count":3,"#
    + #""covered":1}}}],"totals":{"lines":{"count":3,"covered":1}}}]}"#
  static let go = "mode: set\nm/a.go:1.2,3.4 2 1\nm/a.go:5.1,5.9 3 0\n"
  static let coveragePy =
    #"{"meta":{"format":3,"version":"7.1","branch_coverage":false},"files":{"a.py":{"executed_lines":[1],"#
    + #""missing_lines":[2],"summary":{"covered_lines":1,"num_statements":2}}},"#
    + #""totals":{"covered_lines":1,"num_statements":2,"percent_covered":50.0}}"#
  static let simplecov =
    #"{"unit":{"coverage":{"/a.rb":{"lines":[1,0,null],"branches":{"[:if]":{"[:then]":1}}}},"timestamp":1763690000}}"#
  static let simplecovReport =
    #"{"meta":{"simplecov_version":"1.0"},"total":{"lines":{"covered":1,"total":2}},"coverage":{"a.rb":{"lines":[1,0]}}}"#

  static let whole = [
    jacoco, clover, istanbul, istanbulSummary, llvmCov, go, coveragePy, simplecov, simplecovReport,
  ]
}
