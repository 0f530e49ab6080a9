import Core
import JSONText
import TestSupport
import Testing

/// The licences of a bill of materials, judged by the built program.
@Suite struct LicencesTests {
  private static func bill(_ licences: [String]) -> String {
    let components = licences.enumerated().map {
      #"{"type":"library","name":"c\#($0)","version":"1","licenses":[\#($1)]}"#
    }
    return #"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[\#(components.joined(separator: ","))]}"#
  }

  @Test func `a bill passes, fails or stays open by its licences`() async throws {
    let mit = #"{"license":{"id":"MIT"}}"#
    let workplace = try await Workplace(
      policy: """
        evidence: { max-age: 36500d, bind-to: none }
        checklist:
          - { id: good, check: licences, reports: [good.json], allow: [MIT] }
          - { id: bad, check: licences, reports: [bad.json], deny: ["AGPL-*"] }
          - { id: open, check: licences, reports: [open.json], allow: [MIT] }
          - { id: none, check: licences, reports: [none.json], allow: [MIT] }

        """,
      files: [
        "good.json": Self.bill([mit, #"{"expression":"MIT OR GPL-3.0-only"}"#]),
        "bad.json": Self.bill([mit, #"{"license":{"id":"AGPL-3.0"}}"#]),
        "open.json": Self.bill([mit, #"{"license":{"name":"Some licence"}}"#]),
        "none.json": #"{"bomFormat":"CycloneDX","specVersion":"1.6","vulnerabilities":[]}"#,
      ])
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 1, "\(checked.talk)")
    let document = try checked.document()
    func reason(_ id: String) -> String { document.line(id)?["reason"]?.string ?? "" }
    #expect(document.line("good")?["status"] == "pass" && reason("good").hasPrefix("2 components · 2 licences"))
    #expect(document.line("bad")?["status"] == "fail")
    #expect(reason("bad") == "AGPL-3.0-only is denied (in 'AGPL-3.0'): c1@1")
    #expect(document.line("open")?["status"] == "inconclusive" && reason("open").contains("1 component"))
    #expect(document.line("none")?["reason"] == "none.json lists no component")
  }
}
