import Core
import PolicyFile
import Testing

@Suite struct ControlsLanguageTests {
  private static let base = """
    apiVersion: gatehouse/v1
    name: organisation
    checklist:
      - id: compliance
        check: controls
        packs: [lgpd, rules/own.yml]
        attestations: ["compliance/*.json", "legal/*.json"]
        not-applicable: [{ control: lgpd/abroad, reason: Hosted in Brazil, until: "2027-01-31" }]
      - { id: bare, check: controls, packs: [cfm] }

    """

  @Test func `a line of controls keeps what it asks`() throws {
    let policy = try Samples.loaded(Self.base).policy
    let until = try #require(Timestamp("2027-01-31T00:00:00Z"))
    #expect(
      policy.checklist.map(\.rules) == [
        .controls(
          ControlsRules(
            packs: ["lgpd", "rules/own.yml"], attestations: ["compliance/*.json", "legal/*.json"],
            people: "gatehouse/people.yml",
            notApplicable: [ControlException(control: "lgpd/abroad", reason: "Hosted in Brazil", until: until)])),
        .controls(ControlsRules(packs: ["cfm"])),
      ])
    #expect(policy.checklist[0].rules.kind == "controls" && policy.notYet == [])
  }

  @Test(arguments: [
    "packs: [lgpd]", "attestations: [\"compliance/*.json\", \"legal/*.json\", \"more/*.json\"]", "people: mine.yml",
    "not-applicable: [{ control: lgpd/records, reason: Nothing is kept }]",
    "not-applicable: [{ control: lgpd/abroad, reason: Hosted in Brazil, until: \"2028-01-31\" }]",
  ])
  func `controls are never asked for more laxly below`(change: String) {
    let found = ExtendsTests.load("checklist: [{ id: compliance, \(change) }]\n", base: Self.base)
    guard case .failure(let problems) = found else {
      Issue.record("accepted")
      return
    }
    #expect(problems.problems.map(\.code).contains("policy.laxer"), "\(Samples.describe(found))")
  }

  @Test func `a first exception below is a laxer policy too, and so are other people`() {
    for change in ["not-applicable: [{ control: cfm/seat, reason: No telemedicine }]", "people: mine.yml"] {
      let found = ExtendsTests.load("checklist: [{ id: bare, \(change) }]\n", base: Self.base)
      #expect(Samples.describe(found).contains("stricter below"), "\(change)")
    }
  }

  @Test(arguments: [
    "packs: [lgpd, rules/own.yml, cfm]", "attestations: [\"legal/*.json\"]", "people: gatehouse/people.yml",
    "not-applicable: [{ reason: Hosted in Brazil, control: lgpd/abroad, until: \"2027-01-31\" }]",
  ])
  func `controls may be asked for more strictly below`(change: String) {
    let found = ExtendsTests.load("checklist: [{ id: compliance, \(change) }]\n", base: Self.base)
    #expect(Samples.describe(found) == "accepted")
  }

  @Test(arguments: [
    ("packs: []", "empty"), ("packs: [../x.yml]", "inside"), ("packs: [a], people: /etc/people.yml", "inside"),
    ("packs: [a], not-applicable: [{ control: lgpd, reason: x }]", "such as lgpd/records"),
    ("packs: [a], not-applicable: [{ control: a/b }]", "'reason' is missing"),
    ("packs: [a], not-applicable: [{ control: a/b, reason: x, until: 2027-01-31 }]", "quotes"),
    ("packs: [a], atestations: [x]", "did you mean 'attestations'"),
  ])
  func `a wrong line of controls is told where and why`(line: String, told: String) {
    let found = Samples.load(
      ["a.yml": Samples.policy("checklist: [{ id: c, check: controls, \(line) }]\n")], "a.yml")
    #expect(Samples.describe(found).contains(told), "\(Samples.describe(found))")
  }
}
