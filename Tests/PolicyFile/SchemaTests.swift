import Core
import FoundationEssentials
import JSONText
import PolicyFile
import Processes
import TestSupport
import Testing

@Suite struct SchemaTests {
  /// Codes of problems that a schema has no words for: it sees one value at a time, and no quotes.
  static let beyondSchema: Set<String> = [
    "policy.quotes", "policy.limit", "policy.reference", "policy.order", "policy.contradiction", "policy.duplicate-id",
    "policy.duplicate-project", "policy.licence", "policy.alias", "policy.tag", "policy.duplicate-key", "policy.secret",
  ]

  static let good: [String] = [
    "", "timezone: UTC\n", "store: { directory: state }\n", "store: { postgres: { file: /run/x } }\n",
    "checklist: []\n", "projects: []\n", "checklist: [{ id: on, check: command, run: [a, b] }]\n",
    "checklist: [{ id: a, check: source }]\n", "checklist: [{ id: a, check: rollback-plan }]\n",
    "checklist: [{ id: a, check: findings, reports: [x], limits: {} }]\n",
    "checklist: [{ id: a, check: tests, reports: [x], examined: \">=200\" }]\n",
    "checklist: [{ id: a, check: tests, reports: [x], severity: warning, title: A title }]\n",
    "release: { stage-first: false }\n", "release: { build: after-migrate }\n",
    "release: { budget: { deploy: 90s } }\n", "release: { confirm: [A text, { id: a, look: Another }] }\n",
    "health: { jitter: 0%, rollback-after: 1 }\n",
    "health: { probes: [{ id: a, url: \"http://localhost:8080/x\", expect: { status: 204 } }] }\n",
    "health: { probes: [{ id: a, url: \"https://x\", expect: { json: { \"$.n\": 1.5 } } }] }\n",
    "rollback: { validate: make check, at-most: 0 }\n", "alerts: { channels: [] }\n",
    "database: { url: { command: [cat, x] }, scratch: local, on-rollback: restore }\n",
    "database: { url: { env: A }, migrations: { tool: sql, directory: m, rehearse: true } }\n",
    "database: { url: { env: A }, migrations: { tool: command, directory: m, run: a, pending: b, applied: c } }\n",
    "database: { url: { env: A }, migrations: { tool: liquibase, directory: m } }\n",
    "database: { url: { env: A }, migrations: { tool: drizzle, directory: m, run: a } }\n",
    "database: { url: { env: A }, migrations: { tool: goose, directory: m, run: a, down: b, table: ops.versions } }\n",
    "projects: [{ id: a, path: ., vercel: { project: p, token: { env: T } }, identity: none }]\n",
    "projects: [{ id: a, path: a, vercel: { project: p, token: { env: T } }, identity: { path: /v } }]\n",
    "windows: { deploy: { weekly: [\"Sun 00:00-24:00\"] } }\n",
    "checklist: [{ id: a, check: controls, packs: [lgpd, gatehouse/own.yml], people: p.yml }]\n",
    "checklist: [{ id: a, check: controls, packs: [a], not-applicable: [{ control: a/b, reason: x, until: \"2027-01-31\" }] }]\n",
  ]

  static let bad: [String] = [
    "extra: 1\n", "timezone: 5\n", "timezone: [UTC]\n", "timezone:\n", "store: x\n", "store: {}\n",
    "store: { postgres: { env: A }, directory: b }\n", "store: { postgres: { env: 1A } }\n",
    "store: { postgres: {} }\n",
    "store: { postgres: { env: A, file: b } }\n", "evidence: []\n", "evidence: { max-age: 0h }\n",
    "evidence: { max-age: -1h }\n",
    "evidence: { max-age: 24H }\n", "evidence: { max-age: 24 h }\n", "evidence: { bind-to: true }\n",
    "checklist: {}\n", "checklist: [a]\n", "checklist: [{ id: a }]\n", "checklist: [{ check: migrations }]\n",
    "checklist: [{ id: 1a, check: migrations }]\n", "checklist: [{ id: true, check: migrations }]\n",
    "checklist: [{ id: a, check: magic }]\n", "checklist: [{ id: a, check: migrations, run: x }]\n",
    "checklist: [{ id: a, check: command, run: [] }]\n", "checklist: [{ id: a, check: command, run: 5 }]\n",
    "checklist: [{ id: a, check: command, run: { a: b } }]\n",
    "checklist: [{ id: a, check: backup, verified-within: soon }]\n",
    "checklist: [{ id: a, check: source, clean: on }]\n",
    "checklist: [{ id: a, check: source, clean: True }]\n",
    "checklist: [{ id: a, check: findings, reports: [x], limits: { severe: \"<= 0\" } }]\n",
    "checklist: [{ id: a, check: findings, reports: [x], limits: { high: \">= 0\" } }]\n",
    "checklist: [{ id: a, check: findings, reports: [x], limits: { high: 0 } }]\n",
    "checklist: [{ id: a, check: coverage, reports: [../x] }]\n",
    "checklist: [{ id: a, check: coverage, reports: [a/../x] }]\n",
    "checklist: [{ id: a, check: coverage, reports: [x], lines: \"90%\" }]\n",
    "checklist: [{ id: a, check: coverage, reports: [x], lines: \">= 90 percent\" }]\n",
    "checklist: [{ id: a, check: review, provider: gitea, approvals: 1 }]\n",
    "checklist: [{ id: a, check: review, provider: github, approvals: 0 }]\n",
    "checklist: [{ id: a, check: review, provider: github, approvals: 1.5 }]\n",
    "checklist: [{ id: a, check: controls }]\n", "checklist: [{ id: a, check: controls, packs: [../x.yml] }]\n",
    "checklist: [{ id: a, check: controls, packs: [a], not-applicable: [{ control: b, reason: x }] }]\n",
    "checklist: [{ id: a, check: controls, packs: [a], not-applicable: { a/b: x } }]\n",
    "release: { stage-first: 1 }\n", "release: { budget: { deploy: 5 } }\n", "release: { build: later }\n",
    "release: { confirm: [] }\n", "release: { confirm: A text }\n", "release: { confirm: [{ id: a }] }\n",
    "release: { confirm: [{ look: A text }] }\n", "release: { confirm: [[a]] }\n",
    "release: { traffic: [] }\n", "release: { traffic: [{ share: 101% }] }\n",
    "release: { traffic: [{ share: 0.5 }] }\n",
    "health: { jitter: 51% }\n", "health: { rollback-after: 0 }\n", "health: { rollback-after: three }\n",
    "health: { probes: [{ id: a }] }\n", "health: { probes: [{ id: a, url: \"ftp://x\" }] }\n",
    "health: { probes: [{ id: a, url: \"http://x\", sql: SELECT 1 }] }\n",
    "health: { probes: [{ id: a, url: \"http://x\", expect: { status: 99 } }] }\n",
    "health: { probes: [{ id: a, url: \"http://x\", expect: { status: [] } }] }\n",
    "health: { probes: [{ id: a, url: \"http://x\", expect: { value: \"> 1\" } }] }\n",
    "health: { probes: [{ id: a, url: \"http://x\", expect: { json: { a: b } } }] }\n",
    "health: { probes: [{ id: a, url: \"http://x\", expect: { json: { \"$.a\": { b: c } } } }] }\n",
    "health: { probes: [{ id: a, tls: host }] }\n", "rollback: { at-most: 1.5 }\n",
    "database: {}\n", "database: { url: { env: A }, scratch: remote }\n",
    "database: { url: { env: A }, on-rollback: up }\n",
    "database: { url: { env: A }, snapshot: { to: [] } }\n",
    "database: { url: { env: A }, snapshot: { to: [{ s3: \"s3://b\" }] } }\n",
    "database: { url: { env: A }, migrations: { tool: sql, directory: m, run: x } }\n",
    "database: { url: { env: A }, migrations: { tool: command, directory: m, run: x } }\n",
    "windows: { deploy: { weekly: [\"Monday 09:00-17:00\"] } }\n", "retention: { logs: forever }\n",
    "alerts: { channels: [{ id: a, smtp: { env: A } }] }\n",
    "alerts: { channels: [{ id: a, smtp: { env: A }, to: [nobody] }] }\n",
    "projects: [{ id: a, path: /a, vercel: { project: p, token: { env: T } } }]\n",
    "projects: [{ id: a, path: a, vercel: { project: p } }]\n",
    "projects: [{ id: a, path: a, vercel: { project: p, token: { env: T } }, identity: some }]\n",
    "projects: [{ id: a, path: a, vercel: { project: p, token: { env: T } }, variables: { staging: [A] } }]\n",
  ]

  /// The example with one scalar of it changed in a way that breaks its form somewhere.
  static func mutations() throws -> [String] {
    let text = try Samples.text(Samples.neonpro)
    let changes = [
      ("max-age: 12h", "max-age: 12"), ("check: tests", "check: test"), ("share: 50%", "share: 50"),
      ("count: 1", "count: one"),
      ("stage-first: true", "stage-first: maybe"), ("verify: restore", "verify: reread"),
      ("status: [200, 204]", "status: ok"),
      ("apiVersion: gatehouse/v1", "apiVersion: v1"), ("name: neonpro", "name: neon pro"),
      ("tool: prisma", "tool: prism"),
      ("level: 1", "level: 0"), ("unit: ratio", "unit: rate"), ("rehearse: true", "rehearse: 1"),
      ("ledger: 5y", "ledger: 5"),
      ("every: 20s", "every: 20"), ("clean: true", "cleen: true"), ("method: HEAD", "method: HEADS"),
      ("tls: \"", "tsl: \""),
    ]
    return changes.map { text.replacing($0.0, with: $0.1, maxReplacements: 1) }
  }

  @Test func `the schema and the parser accept and refuse the same files`() async throws {
    let texts =
      try Self.good.map(Samples.policy) + Self.bad.map(Samples.policy)
      + ProblemTests.wrong.map { Samples.policy($0.text) }
      + Self.mutations() + [Samples.text(Samples.neonpro), "name: a\n", "apiVersion: gatehouse/v1\n", "[]\n", "text\n"]
    let task = JSON.dictionary([("schema", PolicyFile.schema()), ("texts", .strings(texts))])
    let environment = ProcessInfo.processInfo.environment
    let finished = try await SystemProcessRunner().run(
      Command(
        [BackgroundProgram.interpreter, Samples.root + "/Tests/PolicyFile/validate.py"], environment: environment,
        folder: Samples.root, timeout: .seconds(60), input: Array(task.text().utf8)))
    #expect(finished.succeeded, "\(String(decoding: finished.errorOutput, as: UTF8.self))")
    let answers = try #require(try JSON(parsing: finished.output).array)
    try #require(answers.count == texts.count)
    var compared = 0
    for (text, answer) in zip(texts, answers) {
      let problems = Samples.problems(text)
      let beyond = !problems.isEmpty && problems.allSatisfy { Self.isBeyondSchema($0) }
      guard let accepted = answer.bool, !beyond else { continue }
      compared += 1
      #expect(
        accepted == problems.isEmpty,
        "schema \(accepted ? "accepts" : "refuses"); parser: \(problems.map(\.what))\n\(text)")
    }
    #expect(compared >= 120)
    print("compared the schema and the parser on \(compared) files")
  }

  @Test func `the tables hold what their names say`() {
    for text in Self.good { #expect(Samples.problems(Samples.policy(text)).map(\.what) == [], "\(text)") }
    for text in Self.bad { #expect(!Samples.problems(Samples.policy(text)).isEmpty, "\(text)") }
  }

  /// Values of the right form that do not exist, such as the 30th of February, carry the code of the form's problems.
  static func isBeyondSchema(_ problem: PolicyProblem) -> Bool {
    if beyondSchema.contains(problem.code) { return true }
    let examined = [
      "calendar", "100 years", "two windows", "without a", "65535", "no JSON path", "how long it lasts", "leading zero",
    ]
    return examined.contains { (problem.what + (problem.hint ?? "")).contains($0) }
  }

  @Test func `the schema describes every key`() throws {
    func described(_ schema: JSON) -> Bool {
      let properties = schema["properties"]?.members ?? []
      let own = properties.allSatisfy {
        $0.value["const"] != nil || $0.value["enum"] != nil || $0.value["description"]?.string?.isEmpty == false
      }
      return own && properties.allSatisfy { described($0.value) }
    }
    #expect(described(try #require(PolicyFile.schema()["else"])))
  }

  @Test func `the reference names every section and what is not done yet`() {
    let page = PolicyFile.reference()
    for word in [
      "`checklist · coverage`", "`database.snapshot`", "`health.probes · tls`", "Not in this version",
      "`alerts.channels · webhook`",
    ] {
      #expect(page.contains(word), "\(word)")
    }
  }

  @Test(arguments: [
    ("docs/reference/policy.md", PolicyFile.reference()),
    ("docs/reference/gatehouse.schema.json", PolicyFile.schema().text(.indented) + "\n"),
  ])
  func `the committed reference is what the language says now`(path: String, text: String) throws {
    let full = Samples.root + "/" + path
    if ProcessInfo.processInfo.environment["GATEHOUSE_WRITE_REFERENCE"] != nil {
      try Data(text.utf8).write(to: URL(filePath: full))
    }
    let committed = try Samples.text(full)
    #expect(committed == text, "run the tests once with GATEHOUSE_WRITE_REFERENCE=1 and commit \(path)")
  }
}
