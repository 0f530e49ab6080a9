import Core
import Evidence
import TestSupport
import Testing

/// Whatever happens to a report on its way, reading ends in facts or in a named fault, and a part never passes for the whole.
@Suite struct DamagedReportTests {
  private static let junit = """
    <?xml version="1.0"?><testsuites tests="2"><testsuite name="s" tests="2"><testcase name="a"/>
    <testcase classname="c" name="b"><failure message="m">text &amp; more</failure></testcase></testsuite></testsuites>
    """
  private static let cobertura = """
    <coverage line-rate="0.5" timestamp="1763690000"><sources><source>/s</source></sources><packages><package><classes>
    <class filename="a"><methods><method name="m"/></methods><lines><line number="1" hits="1" branch="true"
    condition-coverage="50% (1/2)"/><line number="2" hits="0"/></lines></class></classes></package></packages></coverage>
    """
  private static let lcov =
    "TN:\nSF:a\nFN:1,2,f\nFNDA:1,f\nFNL:0,1\nFNA:0,1,g\nBRDA:1,0,x, y,-\nDA:1,1\nDA:2,0\nLF:2\nLH:1\nend_of_record\n"
  private static let sarif =
    #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T","rules":[{"id":"R","properties":{"security-severity":"9"}}]}},"#
    + #""results":[{"ruleId":"R","level":"error","locations":[{"physicalLocation":{"region":{"startLine":1}}}]}]}]}"#

  private static let tap = "TAP version 13\nok 1 - a # SKIP b\nnot ok 2 - c\n  ---\n  x: 1\n  ...\n1..2\n"
  private static let jest =
    #"{"numTotalTests":1,"numFailedTests":0,"success":true,"testResults":[{"name":"a","status":"passed","#
    + #""assertionResults":[{"fullName":"t","status":"passed","invocations":1}]}]}"#
  private static let mocha =
    #"{"stats":{"tests":1,"passes":1,"pending":0,"failures":0},"tests":[{"fullTitle":"t","err":{}}],"pending":[],"#
    + #""failures":[],"passes":[{"fullTitle":"t","currentRetry":0}]}"#

  private static let cyclonedx =
    #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"a","licenses":[{"license":{"id":"MIT"}}],"#
    + #""components":[{"name":"b","licenses":[{"expression":"MIT OR ISC"}]}]}]}"#
  private static let cyclonedxXML =
    "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'><components><component><name>a</name><licenses><license>"
    + "<id>MIT</id></license></licenses></component></components></bom>"
  private static let spdx =
    #"{"spdxVersion":"SPDX-2.3","packages":[{"name":"a","SPDXID":"SPDXRef-a","licenseConcluded":"MIT"}],"relationships":"#
    + #"[{"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"}]}"#
  private static let spdxGraph =
    #"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[{"type":"CreationInfo","specVersion":"3.0.1"},"#
    + #"{"type":"software_Package","spdxId":"urn:a","name":"a"},{"type":"Relationship","from":"urn:a","#
    + #""to":["https://spdx.org/licenses/MIT"],"relationshipType":"hasDeclaredLicense"}]}"#

  static let whole = [
    junit, cobertura, lcov, sarif, tap, jest, mocha, cyclonedx, cyclonedxXML, spdx, spdxGraph,
  ]

  @Test(arguments: whole)
  func `a report cut short anywhere is not read`(text: String) throws {
    let folder = try TemporaryFolderBytes()
    let bytes = Array(text.utf8)
    _ = try EvidenceReader.read(folder.write(bytes))
    // The last byte of a text is a line end that may be missing.
    let shorter = text.hasSuffix("\n") ? bytes.count - 1 : bytes.count
    var read: [Int] = []
    for count in 0..<shorter {
      do {
        _ = try EvidenceReader.read(folder.write(Array(bytes[..<count])))
        read.append(count)
      } catch is EvidenceFault {
        continue
      }
    }
    #expect(read == [])
  }

  @Test(arguments: whole)
  func `any single byte may be wrong without harm`(text: String) throws {
    let folder = try TemporaryFolderBytes()
    let bytes = Array(text.utf8)
    var faults = 0
    for place in bytes.indices {
      for wrong in [0x00, 0x22, 0x3C, 0x7D, 0x39, 0xFF] as [UInt8] {
        var damaged = bytes
        damaged[place] = wrong
        do {
          _ = try EvidenceReader.read(folder.write(damaged))
        } catch {
          faults += 1
        }
      }
    }
    #expect(faults > bytes.count / 2)
  }

  /// Pieces put together at random from a fixed seed: another run gives the same.
  @Test(arguments: whole)
  func `reports put together from pieces are read or refused`(text: String) throws {
    let folder = try TemporaryFolderBytes()
    let bytes = Array(text.utf8)
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    func next(_ bound: Int) -> Int {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Int(state % UInt64(bound))
    }
    var faults = 0
    for _ in 0..<600 {
      var made = bytes
      for _ in 0...next(3) {
        let start = next(made.count)
        let piece = made[start..<min(made.count, start + 1 + next(40))]
        let place = next(made.count)
        switch next(3) {
        case 0: made.insert(contentsOf: piece, at: place)
        case 1 where made.count > 60: made.removeSubrange(piece.indices)
        default: made.replaceSubrange(place..<min(made.count, place + piece.count), with: piece)
        }
      }
      do {
        let read = try EvidenceReader.read(folder.write(made))
        if case .coverage(let facts) = read.facts { #expect(facts.lines.part <= facts.lines.whole) }
        if case .tests(let facts) = read.facts { #expect(facts.passed >= 0 && facts.failed >= 0 && facts.skipped >= 0) }
      } catch {
        faults += 1
      }
    }
    #expect(faults > 0)
  }
}
