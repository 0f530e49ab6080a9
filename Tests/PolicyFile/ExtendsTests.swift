import Core
import PolicyFile
import Testing

@Suite struct ExtendsTests {
  static let base = """
    apiVersion: gatehouse/v1
    name: organisation
    evidence: { max-age: 24h }
    checklist:
      - { id: tests, check: tests, reports: ["r/*.xml"], examined: ">= 100 tests" }
      - { id: coverage, check: coverage, reports: ["c"], lines: ">= 80%", exclude: ["a/**"] }
      - { id: scan, check: findings, reports: ["s"], limits: { high: "<= 5" } }
      - { id: source, check: source, clean: true }
      - { id: reviewed, check: review, provider: github, approvals: 2 }
    database: { url: { env: A } }
    health: { every: 30s, for: 30m, rollback-after: 3, probes: [{ id: p, url: "http://x" }, { id: j, url: "http://x", expect: { json: { "$.a": [ok] } } }] }

    """

  static func load(_ text: String, base: String = base) -> Result<LoadedPolicy, PolicyProblems> {
    Samples.load(
      [
        "org/base.yml": base,
        "team/gatehouse.yml": "apiVersion: gatehouse/v1\nname: team\nextends: ../org/base.yml\n" + text,
      ],
      "team/gatehouse.yml")
  }

  @Test func `maps merge, lists merge by id, and the rest is replaced`() throws {
    let loaded = try Self.load(
      """
      checklist:
        - { id: coverage, lines: ">= 90%" }
        - { id: extra, check: migrations }
      database: { url: { file: b } }
      health: { rollback-after: 2 }
      """
    ).get()
    let policy = loaded.policy
    #expect(policy.name == "team")
    #expect(loaded.sources == ["team/gatehouse.yml", "org/base.yml"])
    #expect(policy.checklist.map(\.id) == ["tests", "coverage", "scan", "source", "reviewed", "extra"])
    guard case .coverage(let coverage) = policy.checklist[1].rules else {
      Issue.record("not coverage")
      return
    }
    #expect(coverage.lines == Limit(.atLeast, 90, .percent, text: ">= 90%"))
    #expect(coverage.reports == ["c"])
    #expect(policy.database?.url == .file("b"))
    #expect(policy.health?.rollbackAfter == 2)
    #expect(policy.evidence.maxAge == .seconds(86400))
  }

  static let laxer: [String] = [
    "evidence: { max-age: 25h }\n",
    "evidence: { bind-to: none }\n",
    "checklist: [{ id: tests, examined: \">= 99 tests\" }]\n",
    "checklist: [{ id: tests, reports: [other] }]\n",
    "checklist: [{ id: tests, severity: warning }]\n",
    "checklist: [{ id: tests, check: migrations }]\n",
    "checklist: [{ id: coverage, lines: \"> 79%\" }]\n",
    "checklist: [{ id: coverage, exclude: [\"a/**\", \"b/**\"] }]\n",
    "checklist: [{ id: coverage, changed-since: main }]\n",
    "checklist: [{ id: scan, limits: { high: \"<= 6\" } }]\n",
    "checklist: [{ id: source, clean: false }]\n",
    "checklist: [{ id: reviewed, approvals: 1 }]\n",
    "checklist: [{ id: reviewed, provider: gitlab }]\n",
    "checklist: [{ id: reviewed, base: topic }]\n",
    "checklist: [{ id: reviewed, change: 3 }]\n",
    "checklist: [{ id: reviewed, api: \"https://elsewhere.example\" }]\n",
    "checklist: [{ id: reviewed, reports: [saved.json] }]\n",
    "checklist: [{ id: reviewed, machines: [\"ana@clinic.example\"] }]\n",
    "database: { snapshot: { verify: read } }\n",
    "database: { snapshot: { exclude: [audit] } }\n",
    "health: { rollback-after: 4 }\n",
    "health: { for: 29m }\n",
    "health: { probes: [{ id: p, expect: { status: [200, 503] } }] }\n",
    "health: { probes: [{ id: j, expect: { json: { \"$.a\": [ok, fail] } } }] }\n",
    "health: { probes: [{ id: j, expect: { status: 500 } }] }\n",
    "health: { every: 31s }\n",
    "health: { probes: [{ id: p, severity: warning }] }\n",
    "health: { probes: [{ id: p, url: \"http://y\" }] }\n",
  ]

  @Test(arguments: laxer) func `a policy is never laxer than the one it extends`(text: String) throws {
    guard case .failure(let problems) = Self.load(text) else {
      Issue.record("accepted")
      return
    }
    #expect(problems.problems.contains { $0.code == "policy.laxer" && $0.place.file == "team/gatehouse.yml" })
    #expect(problems.problems.first { $0.code == "policy.laxer" }?.hint?.contains("org/base.yml:") == true)
  }

  @Test(arguments: [
    "evidence: { max-age: 23h, bind-to: commit }\n", "checklist: [{ id: tests, examined: \"> 100 tests\" }]\n",
    "checklist: [{ id: scan, reports: [\"s\", more] }]\n",
    "checklist: [{ id: reviewed, approvals: 3, not-by: [authors, committers], token: { file: t }, repository: a/b }]\n",
    "checklist: [{ id: scan, limits: { high: \"<= 0\", low: \"<= 9\" } }]\n",
    "health: { probes: [{ id: q, url: \"http://y\", severity: warning }], every: 10s, for: 1h }\n",
  ])
  func `a policy may be stricter than the one it extends`(text: String) {
    #expect(Samples.describe(Self.load(text)) == "accepted")
  }

  @Test func `a problem of an included file is told in that file`() throws {
    guard case .failure(let problems) = Self.load("", base: Self.base + "retension: { logs: 1d }\n") else {
      Issue.record("accepted")
      return
    }
    #expect(problems.problems.map(\.place.file) == ["org/base.yml"])
    #expect(problems.rendered().contains("| retension …"))
  }

  @Test func `a cycle, a missing file, an absolute path and a long chain are refused`() {
    let head = "apiVersion: gatehouse/v1\nname: a\n"
    func says(_ files: [String: String], _ words: String) -> Bool {
      guard case .failure(let problems) = Samples.load(files, "a.yml") else { return false }
      return problems.problems.contains { $0.what.contains(words) }
    }
    #expect(says(["a.yml": head + "extends: b.yml\n", "b.yml": head + "extends: ./a.yml\n"], "a.yml → b.yml → a.yml"))
    #expect(says(["a.yml": head + "extends: b.yml\n"], "there is no file 'b.yml'"))
    #expect(says(["a.yml": head + "extends: /etc/passwd\n"], "relative"))
    // What is wrong in a file is shown with its line: a file that is no policy is not even read.
    #expect(says(["a.yml": head + "extends: ../../etc/shadow\n", "../../etc/shadow": "root:x\n"], ".yml or .yaml"))
    var chain: [String: String] = ["a.yml": head + "extends: 0.yml\n"]
    for number in 0..<20 { chain["\(number).yml"] = head + "extends: \(number + 1).yml\n" }
    #expect(says(chain, "stand on each other"))
  }

  @Test func `a repeated id in one file stays a problem when the file extends another`() {
    guard
      case .failure(let problems) = Self.load(
        "checklist: [{ id: x, check: migrations }, { id: x, check: backup, verified-within: 1d }]\n")
    else {
      Issue.record("accepted")
      return
    }
    #expect(problems.problems.contains { $0.code == "policy.duplicate-id" })
  }

  static let flows =
    "apiVersion: gatehouse/v1\nname: org\nrelease: { confirm: [{ id: a, look: One }, { id: b, look: Two }] }\n"

  @Test(arguments: [
    "release: { confirm: [One] }\n", "release: { confirm: [{ id: a, look: Nothing }] }\n",
    "release: { confirm: [{ id: a, look: One }, Two] }\n",
  ])
  func `a flow to confirm is neither left out nor reworded`(text: String) {
    guard case .failure(let problems) = Self.load(text, base: Self.flows) else {
      Issue.record("accepted")
      return
    }
    #expect(problems.problems.map(\.code) == ["policy.laxer"])
  }

  @Test func `flows to confirm grow`() throws {
    let more = "release: { confirm: [{ id: c, look: Three }, { id: a, look: One }, { id: b, look: Two }] }\n"
    let merged = try Self.load(more, base: Self.flows).get()
    #expect(Set(merged.policy.release.confirm.map(\.id)) == ["a", "b", "c"])
    let plain = "apiVersion: gatehouse/v1\nname: org\nrelease: { confirm: [One] }\n"
    #expect(try Self.load("release: { confirm: [One, Two] }\n", base: plain).get().policy.release.confirm.count == 2)
    guard case .failure = Self.load("release: { confirm: [Two] }\n", base: plain) else {
      Issue.record("a flow was left out")
      return
    }
  }
}
