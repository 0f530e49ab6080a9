import Evidence
import Testing

/// Numbers that fit into a report and into no sum. None of them ends the program, and none makes a report better.
@Suite struct HostileNumberTests {
  static let numbers = [
    "9223372036854775807", "-9223372036854775808", "9223372036854775808", "-1", "1e300", "-1e300", "1e-300", "4.5",
  ]

  private func jest(_ key: String, _ number: String) -> String {
    #"{"numTotalTests":1,"\#(key)":\#(number),"success":true,"testResults":[{"name":"a","status":"failed","#
      + #""assertionResults":[]},{"name":"b","status":"passed","assertionResults":[{"title":"t","status":"passed"}]}]}"#
  }

  @Test(arguments: numbers)
  func `totals of Jest that fit into no sum are bounded`(number: String) throws {
    for key in ["numFailedTests", "numRuntimeErrorTestSuites", "numFailedTestSuites"] {
      let facts = try tests(jest(key, number))
      #expect(facts.failed >= 1)
      #expect(facts.failed <= 2_000_000_000)
      // Several reports are added up.
      #expect((facts + facts).failed == 2 * facts.failed)
    }
  }

  @Test(arguments: numbers)
  func `totals of Mocha that fit into no sum are bounded`(number: String) throws {
    let facts = try tests(
      #"{"stats":{"tests":\#(number),"passes":1,"pending":0,"failures":\#(number),"suites":\#(number)},"#
        + #""tests":[{"fullTitle":"t","err":{}}],"pending":[],"failures":[],"passes":[{"fullTitle":"t"}]}"#)
    #expect(facts.passed == 1)
    #expect((0...1_000_000_000).contains(facts.failed))
    #expect((0...1_000_000_000).contains(facts.unlisted))
  }

  @Test func `a name in a stream of Go that nobody would give is refused`() {
    let name = String(repeating: "x", count: 5000)
    let start = #"{"Action":"start","Package":"p"}"# + "\n"
    let event = #"{"Action":"run","Package":"p","Test":"\#(name)"}"# + "\n"
    #expect(fault(start + event)?.why == "has a name longer than 4 KB")
  }

  @Test(arguments: [#"{"a": 1}"#, "TAP version 13\n1..0\n", "[]"])
  func `text in UTF-16 is named as such`(text: String) throws {
    for isLittle in [true, false] {
      var bytes: [UInt8] = isLittle ? [0xFF, 0xFE] : [0xFE, 0xFF]
      for unit in text.utf16 {
        let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
        bytes += isLittle ? [low, high] : [high, low]
      }
      let fault = #expect(throws: EvidenceFault.self) { try EvidenceReader.read(bytes, shown: "a") }
      #expect(fault?.kind == .unrecognised)
      #expect(fault?.why == "is text in UTF-16, as Windows PowerShell writes it with `>`")
    }
  }

  @Test func `figures beyond what is held leave a report of benchmarks incomplete`() throws {
    let result = #"{"command":"c","mean":1,"median":1,"min":1,"max":1,"exit_codes":[0]}"#
    func facts(_ count: Int) throws -> BenchmarkFacts {
      let results = Array(repeating: result, count: count).joined(separator: ",")
      guard case .benchmarks(let facts) = try read("{\"results\":[\(results)]}").facts else { throw Unexpected() }
      return facts
    }
    #expect(try facts(10).incomplete == [])
    #expect(try facts(3000).incomplete.count == 1)
  }

  @Test func `two ways to write one path of a cover profile are one file`() throws {
    let facts = try coverage("mode: set\ne/a.go:1.1,2.2 2 0\ne\\a.go:3.1,4.2 2 1\n")
    #expect(facts.files.keys.sorted() == ["e/a.go"])
    #expect(facts.lines == Share(2, of: 4))
  }
}
