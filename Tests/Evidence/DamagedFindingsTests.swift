import Core
import Evidence
import Testing

/// Whatever happens to a scanner's report on its way, reading ends in facts or in a named fault, and a part never passes for the
/// whole.
@Suite struct DamagedFindingsTests {
  struct Sample: Sendable, CustomStringConvertible {
    let description: String
    let text: String
  }

  static let samples: [Sample] = [
    Sample(
      description: "Trivy",
      text:
        #"{"SchemaVersion":2,"ArtifactName":"a","ArtifactType":"x","Results":[{"Target":"t","Class":"lang-pkgs","Type":"npm","#
        + #""Vulnerabilities":[{"VulnerabilityID":"C","PkgName":"p","Severity":"LOW","CVSS":{"n":{"V3Score":1.5}}}]}]}"#
    ),
    Sample(
      description: "Grype",
      text:
        #"{"matches":[{"vulnerability":{"id":"C","severity":"Low"},"artifact":{"name":"a","version":"1"}}],"source":{"target":"x"},"#
        + #""descriptor":{"name":"grype","version":"1"}}"#),
    Sample(
      description: "npm 7",
      text:
        #"{"auditReportVersion":2,"vulnerabilities":{"a":{"severity":"low","via":["b",{"source":1,"name":"a","severity":"low"}],"#
        + #""fixAvailable":false}},"metadata":{"vulnerabilities":{"low":1},"dependencies":{"total":2}}}"#),
    Sample(
      description: "npm 6",
      text:
        #"{"actions":[],"advisories":{"1":{"id":1,"module_name":"a","severity":"low","findings":[{"paths":["a"]}]}},"muted":[],"#
        + #""metadata":{"vulnerabilities":{"low":1},"totalDependencies":2}}"#),
    Sample(
      description: "Bun",
      text: #"{"a":[{"id":1,"severity":"low","vulnerable_versions":"*","cvss":{"score":1.5}}]}"#),
    Sample(
      description: "Yarn 1",
      text:
        #"{"type":"auditAdvisory","data":{"resolution":{"path":"a"},"advisory":{"id":1,"module_name":"a","severity":"low"}}}"#
        + "\n" + #"{"type":"auditSummary","data":{"vulnerabilities":{"low":1},"dependencies":2}}"#),
    Sample(
      description: "OSV-Scanner",
      text:
        #"{"results":[{"source":{"path":"p"},"packages":[{"package":{"name":"a","version":"1","ecosystem":"npm"},"#
        + #""groups":[{"ids":["X"],"max_severity":"7.5"}]}]}]}"#),
    Sample(
      description: "pip-audit",
      text: #"{"dependencies":[{"name":"a","version":"1","vulns":[{"id":"X","fix_versions":["2"]}]}],"fixes":[]}"#),
    Sample(
      description: "Snyk",
      text:
        #"{"vulnerabilities":[{"id":"X","severity":"low","from":["a"],"name":"a"}],"ok":false,"dependencyCount":1,"uniqueCount":1}"#
    ),
    Sample(
      description: "Dependabot",
      text:
        #"[{"number":1,"state":"open","security_advisory":{"ghsa_id":"G"},"security_vulnerability":{"severity":"low"}}]"#
    ),
  ]

  @Test(arguments: samples)
  func `a report cut short anywhere is not read`(sample: Sample) throws {
    let bytes = Array(sample.text.utf8)
    guard case .findings(let facts) = try EvidenceReader.read(bytes, shown: "whole").facts else { throw Unexpected() }
    #expect(facts.standing == 1)
    var read: [Int] = []
    for count in 0..<bytes.count {
      do {
        _ = try EvidenceReader.read(Array(bytes[..<count]), shown: "part")
        read.append(count)
      } catch {
        #expect(error.path == "part")
      }
    }
    #expect(read == [])
  }

  /// A name that became another name is another report, one without that list: only bytes that make a name none are tried.
  @Test(arguments: samples)
  func `any single byte may be wrong, and no finding is lost without a word`(sample: Sample) throws {
    let bytes = Array(sample.text.utf8)
    var faults = 0
    for place in bytes.indices {
      for wrong in [0x00, 0x22] as [UInt8] where bytes[place] != wrong {
        var damaged = bytes
        damaged[place] = wrong
        do {
          let read = try EvidenceReader.read(damaged, shown: "damaged")
          guard case .findings(let facts) = read.facts else { continue }
          #expect(
            facts.standing + facts.suppressed > 0 || !facts.incomplete.isEmpty,
            "\(String(decoding: damaged, as: UTF8.self))")
        } catch {
          faults += 1
        }
      }
    }
    #expect(faults > bytes.count / 2)
  }

  @Test(arguments: [
    #"{"SchemaVersion":2,"ArtifactName":"a","Results":[{"Target":"t","Vulnerabilities":[DEEP]}]}"#,
    #"{"auditReportVersion":2,"vulnerabilities":{"a":DEEP},"metadata":{}}"#,
    #"{"data":{"repository":{"vulnerabilityAlerts":{"nodes":[]},"deeper":DEEP}}}"#,
  ])
  func `a report nested without end is refused`(text: String) {
    let deep = String(repeating: #"{"a":["#, count: 2000) + String(repeating: "]}", count: 2000)
    #expect(fault(text.replacing("DEEP", with: deep))?.kind == .unreadable)
  }

  @Test(arguments: ["-1", "1e400", "99999999999999999999", "1.5", "true", #""7""#, "9223372036854775807"])
  func `totals that are none change nothing and harm nothing`(number: String) throws {
    let facts = try findings(
      #"{"auditReportVersion":2,"vulnerabilities":{},"metadata":{"vulnerabilities":{"high":\#(number)},"#
        + #""dependencies":{"total":\#(number)}}}"#)
    #expect(facts.standing == 0)
    #expect(facts.packages == nil)
  }
}
