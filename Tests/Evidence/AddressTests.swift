import Core
import Evidence
import Testing

@Suite struct `An address in a report` {
  private static let address = "https://ana:s3cret@clinic.example/a@b/patients?cpf=1#x"
  private static let plain = "https://clinic.example/a@b/patients"

  @Test(arguments: [
    #"{"lighthouseVersion":"12.0.0","requestedUrl":"URL","finalUrl":"URL","categories":{"performance":{"score":1}},"audits":{}}"#,
    #"[{"url":"URL","isRepresentativeRun":true,"summary":{"performance":1}}]"#,
    #"{"url":"URL","latency":{"average":1},"requests":{"average":1},"throughput":{},"non2xx":0,"2xx":5,"errors":0}"#,
  ])
  func `of benchmarks is kept without secrets and data`(report: String) throws {
    guard case .benchmarks(let facts) = try read(report.replacing("URL", with: Self.address)).facts else {
      throw Unexpected()
    }
    #expect(Set(facts.figures.map(\.subject)) == [Self.plain])
  }

  @Test(arguments: [
    #"{"@programName":"ZAP","site":[{"@name":"s","alerts":[{"pluginid":"1","riskcode":"3","instances":[{"uri":"URL"}]}]}]}"#,
    #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"t"}},"results":[{"ruleId":"R","locations":[{"physicalLocation":{"artifactLocation":{"uri":"URL"}}}]}]}]}"#,
  ])
  func `of findings is kept without secrets and data`(report: String) throws {
    #expect(try findings(report.replacing("URL", with: Self.address)).findings.map(\.path) == [Self.plain])
  }
}
