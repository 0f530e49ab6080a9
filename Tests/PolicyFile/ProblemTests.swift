import Core
import PolicyFile
import Testing

/// A text below the two obligatory lines (it begins in line 3), and the one problem it has.
struct Wrong: CustomTestStringConvertible, Sendable {
  let text: String
  let code: String
  let line: Int
  let column: Int
  /// A part of the sentence or the hint.
  let says: String
  var testDescription: String { text }

  init(_ text: String, _ code: String, _ line: Int, _ column: Int, _ says: String) {
    self.text = text
    self.code = code
    self.line = line
    self.column = column
    self.says = says
  }
}

@Suite struct ProblemTests {
  static let wrong: [Wrong] = [
    Wrong("evidense: { max-age: 24h }\n", "unknown-key", 3, 1, "did you mean 'evidence'?"),
    Wrong("evidence:\n  max_age: 24h\n", "unknown-key", 4, 3, "did you mean 'max-age'?"),
    Wrong(
      "checklist:\n  - { id: a, check: coverage, reports: [x], minimun: 80 }\n", "unknown-key", 4, 45, "in checklist.a"),
    Wrong("checklist:\n  - { id: a, check: testss, reports: [x] }\n", "value", 4, 21, "did you mean 'tests'?"),
    Wrong("checklist:\n  - { id: a, check: tests }\n", "missing-key", 4, 5, "'reports' is missing"),
    Wrong("checklist:\n  - { id: a, reports: [x] }\n", "missing-key", 4, 5, "'check' is missing"),
    Wrong("checklist:\n  - { id: a, chek: tests }\n", "unknown-key", 4, 14, "did you mean 'check'?"),
    Wrong("checklist:\n  - { id: a, check: tests, reports: [] }\n", "empty-list", 4, 37, "is empty"),
    Wrong("checklist:\n  - { id: a, check: tests, reports: junit.xml }\n", "type", 4, 37, "is a list"),
    Wrong("checklist:\n  - { id: a, check: tests, reports: [x], examined: 200 }\n", "value", 4, 52, "\">= 200\""),
    Wrong(
      "checklist:\n  - { id: a, check: tests, reports: [x], examined: \">= 90%\" }\n", "comparison", 4, 52,
      "counts tests"),
    Wrong(
      "checklist:\n  - { id: a, check: tests, reports: [x], examined: \">= 0 tests\" }\n", "limit", 4, 52,
      "asks nothing"),
    Wrong(
      "checklist:\n  - { id: a, check: coverage, reports: [x], lines: \">= 90\" }\n", "comparison", 4, 52, "\">= 90%\""),
    Wrong("checklist:\n  - { id: a, check: coverage, reports: [x], lines: \">= 0.9\" }\n", "comparison", 4, 52, "90%"),
    Wrong(
      "checklist:\n  - { id: a, check: coverage, reports: [x], lines: \">= 101%\" }\n", "limit", 4, 52, "can never hold"
    ),
    Wrong(
      "checklist:\n  - { id: a, check: coverage, reports: [x], lines: \"<= 90%\" }\n", "comparison", 4, 52,
      "what is good"),
    Wrong(
      "checklist:\n  - id: a\n    check: coverage\n    reports: [x]\n    lines: >= 90%\n", "comparison", 7, 13,
      "in quotes"),
    Wrong(
      "checklist:\n  - { id: a, check: findings, reports: [x], limits: { high: <= 3 } }\n", "quotes", 4, 61, "\"<= 3\""),
    Wrong(
      "checklist:\n  - { id: a, check: tests, reports: [x] }\n  - { id: a, check: migrations }\n", "duplicate-id", 5,
      11, "line 4"),
    Wrong("checklist:\n  - { id: a, check: source, clean: yes }\n", "value", 4, 36, "write true"),
    Wrong("checklist:\n  - { id: 404, check: migrations }\n", "value", 4, 11, "in quotes"),
    Wrong("checklist:\n  - { id: a, check: command, run: \"\" }\n", "value", 4, 35, "a shell command"),
    Wrong(
      "checklist:\n  - { id: a, check: command, run: ls, timeout: 5 minutes }\n", "value", 4, 48, "did you mean 5m?"),
    Wrong("checklist:\n  - { id: a, check: command, run: ls, timeout: 0s }\n", "value", 4, 48, "above zero"),
    Wrong("checklist:\n  - { id: a, check: tests, reports: [/tmp/x] }\n", "value", 4, 38, "relative"),
    Wrong("checklist:\n  - { id: a, check: tests, reports: [\"{a,b\"] }\n", "value", 4, 38, "'{' without a '}'"),
    Wrong("evidence: { max-age: 30 }\n", "value", 3, 22, "did you mean 30s?"),
    Wrong("evidence: { max-age: 1h30m }\n", "value", 3, 22, "one number and one unit"),
    Wrong("evidence: { max-age: 3 months }\n", "value", 3, 22, "90d"),
    Wrong("evidence: { max-age: 999999y }\n", "value", 3, 22, "100 years"),
    Wrong("evidence: { max-age: 99999999999999999999h }\n", "value", 3, 22, "is not a duration"),
    Wrong("evidence: { bind-to: comit }\n", "value", 3, 22, "did you mean 'commit'?"),
    Wrong("evidence:\n", "type", 3, 10, "here is nothing"),
    Wrong("evidence: [a]\n", "type", 3, 11, "here is a list"),
    Wrong("evidence: { max-age: 1h, max-age: 2h }\n", "duplicate-key", 3, 26, "line 3"),
    Wrong("rollback: { at-most: \"1\" }\n", "value", 3, 22, "without quotes"),
    Wrong("rollback: { at-most: 010 }\n", "value", 3, 22, "leading zero"),
    Wrong("rollback: { at-most: 99999999999999999999 }\n", "value", 3, 22, "whole number"),
    Wrong("rollback: { at-most: 11 }\n", "range", 3, 22, "between 0 and 10"),
    Wrong("release: { stage-first: \"false\" }\n", "value", 3, 25, "without quotes"),
    Wrong(
      "release:\n  traffic: [{ share: 50%, for: 5m }, { share: 20%, for: 5m }, { share: 100% }]\n", "order", 4, 47,
      "ascend"),
    Wrong("release:\n  traffic: [{ share: 50% }]\n", "order", 4, 22, "never have all"),
    Wrong("release:\n  traffic: [{ share: 50% }, { share: 100% }]\n", "missing-key", 4, 13, "how long it lasts"),
    Wrong("health: { jitter: 0.1 }\n", "value", 3, 19, "did you mean 10%?"),
    Wrong("health: { every: 10m, for: 15m }\n", "contradiction", 3, 28, "nothing would ever be taken back"),
    Wrong("health: { probes: [{ id: a, project: wen, path: /x }] }\n", "reference", 3, 38, "no project"),
    Wrong("health: { probes: [{ id: a, url: \"example.org\" }] }\n", "value", 3, 34, "http"),
    Wrong("health: { probes: [{ id: a, sql: SELECT 1 }] }\n", "reference", 3, 34, "no 'database'"),
    Wrong("health: { probes: [{ id: a, path: /x }] }\n", "missing-key", 3, 20, "project, url, sql or tls"),
    Wrong("health: { probes: [{ id: a, tls: \"a:99999\" }] }\n", "value", 3, 34, "65535"),
    Wrong(
      "health: { probes: [{ id: a, url: \"http://x\", expect: { latency: \"<= 2\" } }] }\n", "comparison", 3, 65,
      "has its unit"),
    Wrong(
      "health: { probes: [{ id: a, url: \"http://x\", expect: { json: { status: ok } } }] }\n", "key", 3, 64,
      "JSON path"),
    Wrong(
      "health: { probes: [{ id: a, url: \"http://x\", expect: { json: { \"$..x\": ok } } }] }\n", "key", 3, 64,
      "JSON path"),
    Wrong("health: { quorum: 2 }\n", "contradiction", 3, 19, "never be reached"),
    Wrong(
      "health:\n  metrics: [{ id: a, query: q, unit: ratio, warning: \"> 5%\", critical: \"> 1%\" }]\n",
      "contradiction", 4, 72, "worse than"),
    Wrong(
      "waivers:\n  - { id: a, applies-to: scam, reason: r, owner: o, until: \"2027-01-31\" }\nchecklist: [{ id: scan, check: migrations }]\n",
      "reference", 4, 26, "did you mean 'scan'?"),
    Wrong(
      "waivers:\n  - { id: a, applies-to: a, reason: r, owner: o, until: 2027-01-31 }\nchecklist: [{ id: a, check: migrations }]\n",
      "quotes", 4, 57, "\"2027-01-31\""),
    Wrong(
      "windows: { freezes: [{ from: \"2027-02-30\", until: \"2027-03-01\", reason: r }] }\n", "value", 3, 30, "calendar"
    ),
    Wrong(
      "windows: { freezes: [{ from: \"2027-03-01\", until: \"2027-03-01\", reason: r }] }\n", "order", 3, 51,
      "before it begins"),
    Wrong("windows: { deploy: { weekly: [\"Fri 22:00-02:00\"] } }\n", "value", 3, 31, "two windows"),
    Wrong("alerts: { escalation: [{ level: 1, notify: [slak], after: 0m }] }\n", "reference", 3, 45, "no channel"),
    Wrong(
      "alerts: { rules: [{ id: a, when: { probe: b, latency: \"> 1s\" }, severity: critical, notify: [dashboard] }] }\n",
      "reference", 3, 43, "no probe"),
    Wrong(
      "store: { postgres: { env: A } }\ndatabase: { url: { env: A } }\n", "contradiction", 3, 20, "rewind the journal"),
    Wrong("database: { url: { env: A, file: b } }\n", "secret-reference", 3, 18, "exactly one"),
    Wrong("database: { url: { env: $A } }\n", "value", 3, 25, "without '$'"),
    Wrong("database: { url: { env: A }, scratch: locale }\n", "value", 3, 39, "did you mean 'local'?"),
    Wrong(
      "database: { url: { env: A }, migrations: { tool: prisma, directory: d } }\n", "missing-key", 3, 42,
      "'run' is missing"),
    Wrong(
      "database: { url: { env: A }, migrations: { tool: sql, directory: ../d } }\n", "value", 3, 66, "stays inside"),
    Wrong("evidence: &e { max-age: 1h }\n", "alias", 3, 11, "anchors"),
    Wrong("evidence: !!map { max-age: 1h }\n", "tag", 3, 11, "tags"),
    Wrong("? [a, b]\n: c\n", "key", 3, 3, "single word"),
    Wrong("evidence:\n\tmax-age: 1h\n", "tab", 4, 1, "two blanks"),
    Wrong("---\nname: second\n", "documents", 3, 1, "one document"),
    Wrong("evidence: { max-age: 1h\n", "syntax", 4, 1, "brackets"),
  ]

  @Test(arguments: wrong) func `a mistake is told at its place with its remedy`(wrong: Wrong) throws {
    let problems = Samples.problems(Samples.policy(wrong.text))
    let shown = PolicyFile.load(text: Samples.policy(wrong.text))
    #expect(problems.map(\.code) == ["policy." + wrong.code], "\(Samples.describe(shown))")
    let problem = try #require(problems.first)
    #expect([problem.place.line, problem.place.column] == [wrong.line, wrong.column], "\(Samples.describe(shown))")
    let told = problem.what + " " + (problem.hint ?? "")
    #expect(told.contains(wrong.says), "\(Samples.describe(shown))")
  }

  static let orders: [(String, String, String)] = [
    (
      "[{ id: a, path: a, after: [b], \(vercel("a")) }, { id: b, path: b, \(vercel("b")) }]", "order",
      "move the project 'b'"
    ),
    (
      "[{ id: a, path: a, after: [b], \(vercel("a")) }, { id: b, path: b, after: [a], \(vercel("b")) }]", "order",
      "remove one"
    ),
    ("[{ id: a, path: a, after: [a], \(vercel("a")) }]", "order", "after itself"),
    ("[{ id: ap, path: a, \(vercel("a")) }, { id: web, path: b, after: [api], \(vercel("b")) }]", "reference", "'ap'"),
    ("[{ id: a, path: a, \(vercel("x")) }, { id: b, path: b, \(vercel("x")) }]", "duplicate-project", "line 3"),
    ("[{ id: a, path: a, same-variables-as: { a: [X] }, \(vercel("x")) }]", "reference", "itself"),
    ("[{ id: a, path: a, variables: { prod: [X] }, \(vercel("x")) }]", "key", "preview"),
  ]

  static func vercel(_ name: String) -> String { "vercel: { project: \(name), token: { env: T } }" }

  @Test(arguments: orders) func `projects in an impossible order are refused`(text: String, code: String, says: String)
    throws
  {
    let problems = Samples.problems(Samples.policy("projects: \(text)\n"))
    #expect(problems.map(\.code) == ["policy." + code])
    let told = problems.map { $0.what + " " + ($0.hint ?? "") }.joined()
    #expect(told.contains(says), "\(told)")
  }

  @Test func `all problems of a file are told at once in the order of its lines`() {
    let text = "apiVersion: gatehouse/v2\ntimzone: UTC\nevidence: { max-age: 1 }\nhealth: { evry: 3s }\nchecklist: 5\n"
    let problems = Samples.problems(text)
    #expect(problems.map(\.place.line) == [1, 1, 2, 3, 4, 5])
    #expect(Set(problems.map(\.code)) == ["policy.missing-key", "policy.value", "policy.unknown-key", "policy.type"])
  }

  @Test func `a problem is shown with its line, a caret and a hint`() {
    let text = "apiVersion: gatehouse/v1\nname: clinic\nevidence:\n  max-agee: 24h\n"
    #expect(
      Samples.describe(PolicyFile.load(text: text)) == """
        error: gatehouse.yml:4:3: unknown key 'max-agee' in evidence
          4 |   max-agee: 24h
            |   ^^^^^^^^
          hint: did you mean 'max-age'?
        1 problem

        """)
  }

  @Test(arguments: [("", "empty"), ("# nothing\n", "empty"), ("- a\n", "type"), ("text\n", "type")])
  func `a text that is no map of keys is refused`(text: String, code: String) {
    #expect(Samples.problems(text).map(\.code) == ["policy." + code])
  }

  @Test func `a file that is not there, a folder, UTF-16 and broken UTF-8 have their own words`() throws {
    func code(_ bytes: [UInt8]) -> [String] {
      guard case .failure(let problems) = PolicyFile.load(path: "a.yml", files: { _ in bytes }) else { return [] }
      return problems.problems.map(\.code)
    }
    #expect(code([0xff, 0xfe, 0x61, 0]) == ["policy.encoding"])
    #expect(code(Array("name: ".utf8) + [0xc3, 0x28]) == ["policy.encoding"])
    #expect(code([UInt8](repeating: 0x20, count: PolicyFile.maximumSize + 1)) == ["policy.too-large"])
    guard case .failure(let missing) = PolicyFile.load(path: "/nowhere/gatehouse.yml") else { throw Missing() }
    #expect(missing.problems.first?.what.contains("there is no file") == true)
    guard case .failure(let folder) = PolicyFile.load(path: Samples.root) else { throw Missing() }
    #expect(folder.problems.first?.what.contains("not a regular file") == true)
  }

  struct Missing: Error {}
}
