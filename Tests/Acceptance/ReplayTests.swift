import Core
import JSONText
import TestSupport
import Testing

/// A recorded watch, played by the built program.
@Suite(.inTurn) struct `A replayed watch` {
  private static func recording(_ verdicts: String, control: String = "well") -> String {
    verdicts.enumerated().map { place, letter in
      "{\"t\": \(place * 30), \"probe\": \"api\", \"vantage\": \"runner\", \"target\": \"\(letter == "+" ? "well" : "unwell")\", "
        + "\"control\": \"\(letter == "+" ? "well" : control)\", \"latency_ms\": 80, \"control_latency_ms\": 80}\n"
    }.joined()
  }

  /// A folder without a policy.
  private func workplace() async throws -> Workplace {
    let workplace = try await Workplace(policy: "")
    #expect(try await workplace.shell("rm gatehouse.yml").exit == 0)
    return workplace
  }

  @Test func `needs no policy and says what would have been decided`() async throws {
    let workplace = try await workplace()
    try workplace.write(Self.recording("++++---"), to: "bad.ndjson")
    try workplace.write(Self.recording("++++---", control: "unwell"), to: "world.ndjson")
    try workplace.write(Self.recording("++--+-+++"), to: "good.ndjson")
    for (file, decision, at, rule) in [
      ("bad", "rollback", JSON.integer(180), JSON.string("consecutive")), ("world", "person", 180, "both-bad"),
      ("good", "keep", .null, .null),
    ] {
      let document = try await workplace.asked("watch", "--replay", "\(file).ndjson")
      #expect(document["decision"]?.string == decision && document["exit"] == 0, "\(document.text(.indented))")
      #expect(document["at"] == at && document["rule"] == rule)
      #expect(document["promise"]?.string?.contains("≤ 1.3 %") == true)
    }
    let told = try await workplace.gatehouse("watch", "--replay", "bad.ndjson")
    #expect(
      told.exit == 0 && told.output.contains("✗ rollback at 180 s: api unwell 3 times in a row"), "\(told.output)")
    let lines = try await workplace.gatehouse("watch", "--replay", "bad.ndjson", "--format", "ndjson")
    let decisions = try lines.output.split(separator: "\n").map { try JSON(parsing: String($0))["decision"]?.string }
    #expect(decisions == Array(repeating: "keep", count: 6) + ["rollback", "rollback"])
    let piped = try await workplace.shell("gatehouse watch --replay - --format json < bad.ndjson")
    #expect(try JSON(parsing: piped.output)["at"] == 180, "\(piped.talk)")
  }

  @Test func `says which line is no observation, and that nothing is there`() async throws {
    let workplace = try await workplace()
    try workplace.write(
      Self.recording("++") + "{\"t\": 90, \"probe\": \"api\", \"target\": \"fine\"}\n", to: "odd.ndjson")
    let odd = try await workplace.gatehouse("watch", "--replay", "odd.ndjson")
    #expect(odd.exit == 3 && odd.talk.contains("odd.ndjson:3") && odd.talk.contains("`target`"), "\(odd.talk)")
    #expect(try await workplace.gatehouse("watch", "--replay", "none.ndjson").exit == 3)
    try workplace.write("", to: "empty.ndjson")
    let empty = try await workplace.asked("watch", "--replay", "empty.ndjson")
    #expect(empty["decision"] == "person")
    try workplace.write(String(repeating: "x", count: 1 << 20), to: "long.ndjson")
    #expect(try await workplace.gatehouse("watch", "--replay", "long.ndjson").exit == 3)
  }

  @Test func `takes its probes and its count from a policy`() async throws {
    let workplace = try await Workplace(
      policy: """
        projects: [{ id: api, vercel: { project: api, token: { env: TOKEN } }, path: ., identity: none }]
        health:
          rollback-after: 2
          probes: [{ id: api, project: api, path: /health }, { id: web, project: api, path: /, severity: warning }]

        """)
    try workplace.write(Self.recording("++--"), to: "api.ndjson")
    try workplace.write(Self.recording("++++").replacing("api", with: "web") + Self.recording("++++"), to: "web.ndjson")
    #expect(try await workplace.asked("watch", "--replay", "api.ndjson")["at"] == 90)
    #expect(try await workplace.asked("watch", "--replay", "web.ndjson")["decision"] == "keep")
  }
}
