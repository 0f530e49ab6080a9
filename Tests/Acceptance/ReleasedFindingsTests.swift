import Core
import TestSupport
import Testing

@Suite(.inTurn) struct `Findings after a release` {
  private static let allowing = #"limits: { any: "<= 1" }"#
  private static let onlyNew = #"limits: { any: "<= 0" }, only-new: true, baseline: last-release"#

  private static func scan(_ rules: [String]) -> String {
    let results = rules.map { rule in
      #"{"ruleId":"\#(rule)","message":{"text":"m"},"locations":[{"physicalLocation":"#
        + #"{"artifactLocation":{"uri":"apps/api/index.js"},"region":{"startLine":1}}}]}"#
    }
    return #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"scanner"}},"results":["#
      + results.joined(separator: ",") + "]}]}"
  }

  @Test func `count only where the release did not have them`() async throws {
    let clinic = try await Clinic {
      $0.checklist = "  - { id: scan, check: findings, reports: [scan.sarif], \(Self.allowing) }"
      $0.sections = "evidence: { bind-to: none }"
      $0.files["scan.sarif"] = Self.scan(["old"])
    }
    let policy = try clinic.text("gatehouse.yml")
    func check(_ limits: String, _ rules: [String]) async throws -> Ended {
      try clinic.folder.write(policy.replacing(Self.allowing, with: limits), to: "gatehouse.yml")
      try clinic.folder.write(Self.scan(rules), to: "scan.sarif")
      return try await clinic.run("check")
    }
    let before = try await check(Self.onlyNew, ["old"])
    #expect(before.exit == 3, "\(before)")
    #expect(before.document["checks"]?[0]?["reason"]?.string?.contains("nothing was released yet") == true)

    #expect(try await check(Self.allowing, ["old"]).exit == 0)
    let released = try await clinic.run("deploy")
    #expect(released.exit == 0 && released.decision == "released", "\(released)")

    let same = try await check(Self.onlyNew, ["old"])
    #expect(same.exit == 0, "\(same)")
    #expect(same.document["checks"]?[0]?["examined"]?["known-before"]?.integer == 1)
    let more = try await check(Self.onlyNew, ["old", "new"])
    #expect(more.exit == 1, "\(more)")
    #expect(try await check(Self.onlyNew, ["new"]).exit == 1)
    // What was decided and not released changes nothing.
    #expect(try await check(Self.onlyNew, ["old"]).exit == 0)
  }
}
