import Core
import PolicyFile
import Testing

@Suite struct PolicyDifferenceTests {
  static let before = """
    evidence: { max-age: 24h }
    checklist:
      - { id: coverage, check: coverage, reports: [c], lines: ">= 90%" }
      - { id: scan, check: findings, reports: [s], limits: { high: "<= 5" } }
      - { id: gone, check: migrations }
    waivers: [{ id: old, applies-to: scan, reason: r, owner: o, until: "2026-06-01" }]
    windows: { deploy: { weekly: ["Mon-Thu 09:00-17:00"] } }
    projects: [{ id: api, path: a, vercel: { project: p, token: { env: T } } }]
    health: { probes: [{ id: a, url: "http://x", expect: { json: { "$.a": ok } } }] }

    """

  struct Case: CustomTestStringConvertible {
    let old: String
    let new: String
    let sentence: String
    var testDescription: String { sentence }
  }

  static let cases: [Case] = [
    Case(old: ">= 90%", new: ">= 80%", sentence: "checklist.coverage.lines: >= 90% → >= 80% (looser)"),
    Case(old: ">= 90%", new: ">= 95%", sentence: "checklist.coverage.lines: >= 90% → >= 95% (stricter)"),
    Case(old: ", lines: \">= 90%\"", new: "", sentence: "checklist.coverage.lines: >= 90% → nothing (looser)"),
    Case(old: "reports: [c]", new: "reports: [d]", sentence: "checklist.coverage.reports: [c] → [d] (changed)"),
    Case(old: "max-age: 24h", new: "bind-to: none", sentence: "evidence.bind-to: nothing → none (looser)"),
    Case(old: "max-age: 24h", new: "max-age: 25h", sentence: "evidence.max-age: 24h → 25h (looser)"),
    Case(
      old: "  - { id: gone, check: migrations }\n", new: "",
      sentence: "checklist.gone: { id: gone, check: migrations } → nothing (looser)"),
    Case(
      old: "  - { id: gone", new: "  - { id: more, check: source }\n  - { id: gone",
      sentence: "checklist.more: nothing → { id: more, check: source } (stricter)"),
    Case(old: "2026-06-01", new: "2027-06-01", sentence: "waivers.old.until: 2026-06-01 → 2027-06-01 (looser)"),
    Case(
      old: "waivers: [{ id: old, applies-to: scan, reason: r, owner: o, until: \"2026-06-01\" }]\n", new: "",
      sentence:
        "waivers.old: { id: old, applies-to: scan, reason: r, owner: o, until: 2026-06-01 } → nothing (stricter)"),
    Case(
      old: "Mon-Thu", new: "Mon-Fri",
      sentence: "windows.deploy.weekly: [Mon-Thu 09:00-17:00] → [Mon-Fri 09:00-17:00] (looser)"),
    Case(old: "project: p", new: "project: q", sentence: "projects.api.vercel.project: p → q (changed)"),
    Case(
      old: "$.a\": ok", new: "$.a\": [ok, fail]", sentence: "health.probes.a.expect.json.$.a: ok → [ok, fail] (looser)"),
    Case(
      old: "check: migrations", new: "check: source", sentence: "checklist.gone.check: migrations → source (changed)"),
    Case(
      old: "{ high: \"<= 5\" }", new: "{ high: \"<= 0\" }",
      sentence: "checklist.scan.limits.high: <= 5 → <= 0 (stricter)"),
  ]

  @Test(arguments: cases) func `a changed key is told with its way`(item: Case) throws {
    let old = try Samples.loaded(Samples.policy(Self.before))
    let text = Self.before.replacing(item.old, with: item.new, maxReplacements: 1)
    try #require(text != Self.before)
    let changes = PolicyDifference.between(old, try Samples.loaded(Samples.policy(text)))
    #expect(changes.map(\.sentence).filter { $0 == item.sentence } == [item.sentence], "\(changes.map(\.sentence))")
    #expect(changes.count == 1, "\(changes.map(\.sentence))")
  }

  @Test func `another order of keys, quotes and comments change nothing`() throws {
    let old = try Samples.loaded(Samples.policy(Self.before))
    let text =
      Self.before.replacing("{ id: scan, check: findings,", with: "{ check: findings, \"id\": scan,") + "# more\n"
    #expect(PolicyDifference.between(old, try Samples.loaded(Samples.policy(text))).isEmpty)
  }
}
