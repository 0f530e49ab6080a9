/// Every format that is read, by its syntax: a new one adds its line here.
///
/// A format is recognised by what is in the file, never by the file's name, and no two may claim the same file.
enum Formats {
  static let xml: [any XMLReportReader.Type] = [
    JUnitReader.self,
    CoberturaReader.self,
    CheckstyleReader.self,
    JaCoCoReader.self,
    CloverReader.self,
    CycloneDXXMLReader.self,
  ]

  static let json: [any JSONReportReader.Type] = [
    SARIFReader.self,
    TrivyReader.self,
    GrypeReader.self,
    NPMAuditReader.self,
    NPMAdvisoriesReader.self,
    BunAuditReader.self,
    YarnAuditReader.self,
    OSVScannerReader.self,
    PipAuditReader.self,
    SnykReader.self,
    DependabotReader.self,
    GitleaksReader.self,
    ZAPReader.self,
    SemgrepReader.self,
    ESLintReader.self,
    GitLabCodeQualityReader.self,
    K6Reader.self,
    LighthouseReader.self,
    LighthouseCIReader.self,
    HyperfineReader.self,
    PytestBenchmarkReader.self,
    AutocannonReader.self,
    JestJSONReader.self,
    MochaJSONReader.self,
    IstanbulReader.self,
    IstanbulMapReader.self,
    IstanbulSummaryReader.self,
    LLVMCovReader.self,
    CoveragePyReader.self,
    SimpleCovResultsetReader.self,
    SimpleCovReportReader.self,
    SimpleCovLastRunReader.self,
    CycloneDXReader.self,
    SPDXReader.self,
    SPDXGraphReader.self,
  ]

  /// Text that is read line by line; JSON lines among it.
  static let lines: [any LineReportReader.Type] = [
    LCOVReader.self,
    YarnAuditLinesReader.self,
    TSCReader.self,
    TAPReader.self,
    GoTestJSONReader.self,
    GoCoverprofileReader.self,
    SPDXTagReader.self,
  ]

  /// Why no reader was found, or several were: what the file looks like, in words.
  static func unclear(_ candidates: [EvidenceFormat], otherwise: String) -> ReadingFault {
    switch candidates.count {
    case 0: ReadingFault(kind: .unrecognised, why: otherwise)
    default:
      ReadingFault(kind: .unrecognised, why: several(Set(candidates.map(\.words)).sorted()))
    }
  }

  private static func several(_ words: [String]) -> String {
    words.count == 1
      ? "looks like \(words[0]) of two versions at once" : "looks like " + words.joined(separator: " and like ")
  }
}
