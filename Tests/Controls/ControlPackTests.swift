import Controls
import Core
import PolicyFile
import Testing

@Suite struct ControlPackTests {
  private static let head = """
    apiVersion: gatehouse.controls/v1
    id: own
    title: Our own rules
    jurisdiction: Recife
    version: "1"
    sources: [{ id: book, title: The book of rules, url: "https://clinic.example/rules", read: "2026-11-01", confirmed: true }]
    controls:

    """

  private static func read(_ controls: String) -> Result<ControlPack, PolicyProblems> {
    ControlPack.read(file: "gatehouse/own.yml", bytes: Array((head + controls + "\n").utf8))
  }

  @Test func `a pack is read with its ways, cadences and what is confirmed`() throws {
    let pack = try Self.read(
      """
        - { id: a, article: § 1, text: One, source: book, cadence: release, satisfied-by: [{ check: [tests, review], line: secrets }] }
        - id: b
          article: § 2
          text: Two
          source: book
          confirmed: false
          cadence: 2w
          satisfied-by:
            - attestation: { by: [dpo, ana@clinic.example] }
            - { attestation: { by: [legal], cadence: 1y }, check: backup }
      """
    ).get()
    #expect(pack.id == "own" && pack.jurisdiction == "Recife" && pack.sources[0].isConfirmed)
    let (first, second) = (pack.controls[0], pack.controls[1])
    #expect(first.isConfirmed && first.cadence == .release)
    #expect(first.ways == [ControlPack.Way(checks: ["tests", "review"], lines: ["secrets"])])
    #expect(!second.isConfirmed && second.cadence == .every(.seconds(14 * 86_400)))
    #expect(
      second.ways == [
        ControlPack.Way(attestation: .init(by: ["dpo", "ana@clinic.example"], cadence: .seconds(14 * 86_400))),
        ControlPack.Way(checks: ["backup"], attestation: .init(by: ["legal"], cadence: .seconds(365 * 86_400))),
      ])
  }

  private static func control(_ more: String) -> String {
    "  - { id: a, article: § 1, text: One, source: book, cadence: release, \(more) }"
  }

  @Test(arguments: [
    ("  []", 8, "asks for nothing"),
    (control("satisfied-by: []"), 8, "is empty"),
    (control("satisfied-by: [{}]"), 8, "not a way to show"),
    (control("satisfied-by: [{ check: controls }]"), 8, "not a value"),
    (control("satisfied-by: [{ check: test }]"), 8, "did you mean 'tests'"),
    (control("satisfied-by: [{ attestation: { by: [dpo] } }]"), 8, "how long the statement may hold is not said"),
    (control("satisfied-by: [{ attestation: { by: [], cadence: 1y } }]"), 8, "is empty"),
    (control("satisfied-by: [{ attestation: { by: [dpo], cadence: 5m } }]"), 8, "days, weeks or years"),
    (control("satisfied-by: [{ check: tests }]").replacing("source: book", with: "source: bok"), 8, "no source 'bok'"),
    (control("satisfied-by: [{ check: tests }]").replacing("release", with: "sometimes"), 8, "release, or a time"),
    (control("satisfied-by: [{ check: tests }]") + "\n" + control("satisfied-by: [{ check: tests }]"), 9, "used twice"),
    (control("satisfied-by: [{ check: tests }], satisfied: x"), 8, "did you mean 'satisfied-by'"),
    ("  - { id: a }", 8, "'article' is missing in controls.a"),
  ])
  func `what is wrong in a pack is told with its line`(controls: String, line: Int, what: String) {
    guard case .failure(let problems) = Self.read(controls) else {
      Issue.record("accepted")
      return
    }
    let told = problems.rendered()
    #expect(told.contains(what), "\(told)")
    #expect(problems.problems.contains { $0.place.line == line && $0.place.file == "gatehouse/own.yml" }, "\(told)")
    #expect(!told.contains("the policy"), "\(told)")
  }

  @Test func `hostile text is no pack and ends nothing`() {
    let deep = String(repeating: "[", count: 5000)
    for text in ["", "[]", "id: own", "\u{0}", "a: &a [*a]", deep, String(repeating: "x", count: 2 << 20), "%YAML"] {
      guard case .failure(let problems) = ControlPack.read(file: "p", bytes: Array(text.utf8)) else {
        Issue.record("accepted")
        return
      }
      #expect(!problems.problems.isEmpty)
    }
    #expect((try? ControlPack.read(file: "p", bytes: [0xff, 0xfe, 0x00]).get()) == nil)
  }
}
