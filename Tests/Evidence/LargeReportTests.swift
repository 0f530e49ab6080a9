import Evidence
import FoundationEssentials
import Glibc
import TestSupport
import Testing

enum LargeReports {
  /// The size asked for in `GATEHOUSE_LARGE_REPORTS`; 0 when nobody asked.
  static let megabytes = ProcessInfo.processInfo.environment["GATEHOUSE_LARGE_REPORTS"].flatMap { Int($0) } ?? 0
}

/// Reports of many megabytes, read with memory that does not grow with them.
///
/// On demand, because it takes a while: `GATEHOUSE_LARGE_REPORTS=1000 swift test -c release --filter LargeReport` makes
/// reports of 1000 MB and prints how long each takes.
@Suite(.serialized, .enabled(if: LargeReports.megabytes > 0, "set GATEHOUSE_LARGE_REPORTS to a size in MB"))
struct LargeReportTests {
  struct Shape: Sendable, CustomStringConvertible {
    let description: String
    let begin: String
    let block: @Sendable (Int) -> String
    let separator: String
    let end: String
    /// Megabytes of memory allowed for a thousand of the report: line maps may grow at four bytes a line.
    let memoryPerThousand: Int
  }

  static let shapes: [Shape] = [
    Shape(
      description: "junit", begin: "<testsuites>",
      block: { number in
        "<testsuite name='s\(number)' tests='500' failures='0'>"
          + (0..<500).map { "<testcase classname='pkg.Class\(number)' name='test \($0) of many' time='0.001'/>\n" }
          .joined()
          + "</testsuite>"
      }, separator: "", end: "</testsuites>", memoryPerThousand: 60),
    Shape(
      description: "lcov", begin: "",
      block: { number in
        "TN:\nSF:src/file\(number).ts\n" + (1...500).map { "DA:\($0),\($0 % 7)\n" }.joined() + "end_of_record\n"
      }, separator: "", end: "", memoryPerThousand: 1200),
    Shape(
      description: "cobertura", begin: "<coverage line-rate='0.5'><packages><package><classes>",
      block: { number in
        "<class filename='src/file\(number).py'><lines>"
          + (1...500).map { "<line number='\($0)' hits='\($0 % 7)'/>\n" }.joined() + "</lines></class>"
      }, separator: "", end: "</classes></package></packages></coverage>", memoryPerThousand: 500),
    Shape(
      description: "sarif", begin: #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":["#,
      block: { number in
        (0..<100).map { index in
          #"{"ruleId":"R\#(index)","message":{"text":"\#(String(repeating: "m", count: 300))"},"locations":["#
            + #"{"physicalLocation":{"artifactLocation":{"uri":"src/a\#(number).py"},"region":{"startLine":\#(index)}}}]}"#
        }.joined(separator: ",")
      }, separator: ",", end: "]}]}", memoryPerThousand: 60),
    Shape(
      description: "sarif with fingerprints",
      begin: #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"T"}},"results":["#,
      block: { number in
        (0..<100).map { index in
          #"{"ruleId":"R\#(index)","message":{"text":"\#(String(repeating: "m", count: 300))"},"partialFingerprints":"#
            + #"{"primaryLocationLineHash":"\#(String(repeating: "f", count: 16))\#(number):\#(index)"},"locations":["#
            + #"{"physicalLocation":{"artifactLocation":{"uri":"src/a\#(number).py"},"region":{"startLine":\#(index)}}}]}"#
        }.joined(separator: ",")
      }, separator: ",", end: "]}]}", memoryPerThousand: 60),
    Shape(
      description: "trivy", begin: #"{"SchemaVersion":2,"ArtifactName":"a","ArtifactType":"x","Results":["#,
      block: { number in
        #"{"Target":"lib\#(number)/package-lock.json","Class":"lang-pkgs","Type":"npm","Vulnerabilities":["#
          + (0..<100).map { index in
            #"{"VulnerabilityID":"CVE-2026-\#(index)","PkgID":"a@1.\#(number)","PkgName":"package-\#(index)","#
              + #""InstalledVersion":"1.\#(number)","FixedVersion":"2","Description":"\#(String(repeating: "d", count: 300))","#
              + #""Severity":"HIGH","CVSS":{"nvd":{"V3Score":7.5}}}"#
          }.joined(separator: ",") + "]}"
      }, separator: ",", end: "]}", memoryPerThousand: 60),
  ]

  @Test(arguments: shapes)
  func `memory does not grow with the report`(shape: Shape) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("", to: "report")
    let file = try #require(fopen(path, "w"))
    var written = fputs(shape.begin, file) >= 0 ? shape.begin.utf8.count : 0
    var number = 0
    while written < LargeReports.megabytes << 20 {
      let block = (number == 0 ? "" : shape.separator) + shape.block(number)
      fputs(block, file)
      written += block.utf8.count
      number += 1
    }
    fputs(shape.end, file)
    fclose(file)

    let before = try peakMegabytes(reset: true)
    let clock = ContinuousClock()
    let start = clock.now
    let read = try EvidenceReader.read(path)
    let took = clock.now - start
    let grown = try peakMegabytes(reset: false) - before
    print("\(shape): \(read.size >> 20) MB in \(took), \(grown) MB of memory")
    #expect(grown < 40 + shape.memoryPerThousand * LargeReports.megabytes / 1000)
  }

  /// The most memory this process has had resident, in MB; `reset` begins anew (Linux, proc(5), `clear_refs`).
  private func peakMegabytes(reset: Bool) throws -> Int {
    if reset { try Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs")) }
    let status = try String(contentsOf: URL(filePath: "/proc/self/status"), encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.split(separator: " ").dropLast().last ?? "")) >> 10
  }
}
