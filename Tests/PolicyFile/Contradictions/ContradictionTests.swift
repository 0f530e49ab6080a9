import Core
import PolicyFile
import Testing

/// Each family of contradictions: what is found, at which two lines, and what is left alone.
@Suite struct ContradictionTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    /// Of the two places; 0 where there is only one.
    let lines: (Int, Int)
    let text: String
    var isCertain = false
    /// The same without the contradiction.
    let sound: String
    var testDescription: String { name }
  }

  static let database = "database: { url: { env: A }"
  static func probes(_ text: String) -> String { "health:\n  probes:\n" + text }

  static let cases: [Case] = [
    Case(
      name: "watch.too-short", lines: (5, 4), text: "health:\n  for: 1m\n  rollback-after: 4\n", isCertain: true,
      sound: "health:\n  for: 2m\n  rollback-after: 4\n"),
    Case(
      name: "watch.slower-is-faster", lines: (5, 4), text: "health:\n  every: 1m\n  then: { every: 30s, for: 1h }\n",
      sound: "health:\n  every: 1m\n  then: { every: 30m, for: 24h }\n"),
    Case(
      name: "watch.step-too-short", lines: (3, 4),
      text: "release: { traffic: [{ share: 10%, for: 30s }, { share: 100% }] }\nhealth: { every: 30s }\n",
      sound: "release: { traffic: [{ share: 10%, for: 5m }, { share: 100% }] }\nhealth: { every: 30s }\n"),
    Case(
      name: "watch.warning-after-critical", lines: (4, 4),
      text: "health:\n  metrics: [{ id: a, query: q, unit: ratio, warning: \"> 5%\", critical: \"> 1%\" }]\n",
      isCertain: true,
      sound: "health:\n  metrics: [{ id: a, query: q, unit: ratio, warning: \"> 1%\", critical: \"> 5%\" }]\n"),
    Case(
      name: "probe.timeout", lines: (5, 3),
      text: "health: { every: 5s,\n  probes: [{ id: a, url: \"http://x\",\n  timeout: 6s }] }\n", isCertain: true,
      sound: "health: { every: 5s,\n  probes: [{ id: a, url: \"http://x\",\n  timeout: 5s }] }\n"),
    Case(
      name: "probe.latency", lines: (6, 5),
      text: probes("    - { id: a, url: \"http://x\", timeout: 2s,\n        expect: { latency: \"<= 3s\" } }\n"),
      isCertain: true,
      sound: probes("    - { id: a, url: \"http://x\", timeout: 3s,\n        expect: { latency: \"<= 3s\" } }\n")),
    Case(
      name: "probe.exclusive", lines: (6, 5),
      text: probes(
        "    - { id: a, url: \"http://x\", expect: { status: 200 } }\n    - { id: b, url: \"http://x\", expect: { status: [204, 201] } }\n"
      ),
      isCertain: true,
      sound: probes(
        "    - { id: a, url: \"http://x\", expect: { status: 200 } }\n    - { id: b, url: \"http://x\", expect: { status: [204, 200] } }\n"
      )
    ),
    Case(
      name: "probe.exclusive", lines: (7, 6),
      text: database + " }\n"
        + probes(
          "    - { id: a, sql: SELECT 1, expect: { value: \"<= 5\" } }\n    - { id: b, sql: SELECT 1, expect: { value: \"> 5\" } }\n"
        ),
      isCertain: true,
      sound: database + " }\n"
        + probes(
          "    - { id: a, sql: SELECT 1, expect: { value: \"<= 5\" } }\n    - { id: b, sql: SELECT 1, expect: { value: \">= 5\" } }\n"
        )
    ),
    Case(
      name: "alert.never", lines: (4, 3),
      text:
        "health: { rollback-after: 3 }\nalerts: { rules: [{ id: a, when: { consecutive-failures: \">= 4\" }, severity: critical, notify: [dashboard] }] }\n",
      isCertain: true,
      sound:
        "health: { rollback-after: 3 }\nalerts: { rules: [{ id: a, when: { consecutive-failures: \">= 3\" }, severity: critical, notify: [dashboard] }] }\n"
    ),
    Case(
      name: "alert.late-escalation", lines: (6, 3),
      text:
        "alerts: { rules: [{ id: a, when: { consecutive-failures: \">= 3\" }, severity: critical, notify: [dashboard], respond: { within: 15m } }],\n  escalation: [\n    { level: 1, notify: [dashboard], after: 0m },\n    { level: 2, notify: [dashboard], after: 16m }] }\n",
      sound:
        "alerts: { rules: [{ id: a, when: { consecutive-failures: \">= 3\" }, severity: critical, notify: [dashboard], respond: { within: 15m } }],\n  escalation: [\n    { level: 1, notify: [dashboard], after: 0m },\n    { level: 2, notify: [dashboard], after: 10m }] }\n"
    ),
    Case(
      name: "build.not-deployed", lines: (6, 5),
      text:
        "projects:\n  - { id: web, path: web, vercel: { project: web, token: { env: T } },\n    source: git,\n    build: npm run build }\n",
      sound:
        "projects:\n  - { id: web, path: web, vercel: { project: web, token: { env: T } },\n    source: prebuilt,\n    build: npm run build }\n"
    ),
    Case(
      name: "database.is-store", lines: (3, 4), text: "store: { postgres: { env: A } }\n" + database + " }\n",
      isCertain: true,
      sound: "store: { postgres: { env: B } }\n" + database + " }\n"),
    Case(
      name: "database.unproven", lines: (4, 5),
      text: database + ",\n  snapshot: { verify: read },\n  on-rollback: restore }\n",
      isCertain: true, sound: database + ",\n  snapshot: { verify: restore },\n  on-rollback: restore }\n"),
    Case(
      name: "database.unreadable", lines: (4, 5),
      text: database + ",\n  snapshot: { encrypt-to: [a.pub] },\n  on-rollback: restore }\n",
      isCertain: true,
      sound: database + ",\n  snapshot: { encrypt-to: [a.pub], identity: { env: KEY } },\n  on-rollback: restore }\n"),
    Case(
      name: "snapshot.too-rare", lines: (3, 4),
      text: "checklist: [{ id: b, check: backup, verified-within: 2h }]\n" + database
        + ", snapshot: { keep: { daily: 30d } } }\n",
      sound: "checklist: [{ id: b, check: backup, verified-within: 26h }]\n" + database
        + ", snapshot: { keep: { daily: 30d } } }\n"),
    Case(
      name: "snapshot.outlives-period", lines: (5, 4),
      text: database + ", snapshot: { encrypt-to: [\n  \"b-{year}-{month}.pub\",\n  escrow.pub] } }\n",
      sound: database + ", snapshot: { encrypt-to: [\n  \"b-{year}-{month}.pub\",\n  \"e-{year}-{month}.pub\"] } }\n"),
    Case(
      name: "snapshot.outlives-period", lines: (4, 5),
      text: database + ", snapshot: { encrypt-to: [\n  \"b-{year}-{quarter}.pub\",\n  \"e-{year}-{month}.pub\"] } }\n",
      sound: database + ", snapshot: { encrypt-to: [\n  \"b-{year}.pub\",\n  \"e-{year}.pub\"] } }\n"),
    Case(
      name: "snapshot.recipient-twice", lines: (5, 4),
      text: database + ", snapshot: { encrypt-to: [\n  a.pub,\n  a.pub] } }\n",
      sound: database + ", snapshot: { encrypt-to: [\n  a.pub,\n  b.pub] } }\n"),
    Case(
      name: "snapshot.exported-but-left-out", lines: (3, 4),
      text: database + ", exports: { tables: [audit.log] },\n  snapshot: { encrypt-to: [a.pub], exclude: [audit] } }\n",
      isCertain: true,
      sound: database
        + ", exports: { tables: [clinic.log] },\n  snapshot: { encrypt-to: [a.pub], exclude: [audit] } }\n"),
    Case(
      name: "database.exports-plain", lines: (3, 0), text: database + ", exports: { tables: [log] } }\n",
      isCertain: true,
      sound: database + ", exports: { tables: [log] }, snapshot: { encrypt-to: [a.pub] } }\n"),
    Case(
      name: "database.exported-twice", lines: (5, 4),
      text: database + ", snapshot: { encrypt-to: [a.pub] }, exports: { tables: [\n  log,\n  public.log] } }\n",
      isCertain: true,
      sound: database + ", snapshot: { encrypt-to: [a.pub] }, exports: { tables: [\n  log,\n  audit.log] } }\n"),
    Case(
      name: "database.export-columns", lines: (5, 4),
      text: database
        + ", snapshot: { encrypt-to: [a.pub] }, exports: { tables: [\n  { table: log, columns: [a],\n  except: [b] }] } }\n",
      isCertain: true,
      sound: database
        + ", snapshot: { encrypt-to: [a.pub] }, exports: { tables: [\n  { table: log,\n  except: [b] }] } }\n"),
    Case(
      name: "migration.all-refused", lines: (4, 3),
      text: database
        + ", migrations: { tool: sql, directory: m,\n  refuse: [additive, needs-both-versions, breaking, data-losing] } }\n",
      isCertain: true,
      sound: database + ", migrations: { tool: sql, directory: m,\n  refuse: [breaking, data-losing] } }\n"),
    Case(
      name: "migration.down-unused", lines: (4, 5),
      text: database
        + ", migrations: { tool: prisma, directory: m, run: up,\n  down: down },\n  on-rollback: restore }\n",
      sound: database
        + ", migrations: { tool: prisma, directory: m, run: up,\n  down: down },\n  on-rollback: down-if-safe }\n"),
    Case(
      name: "migration.no-down", lines: (4, 3),
      text: database
        + ", migrations: { tool: command, directory: m, run: up, pending: p, applied: a },\n  on-rollback: down-if-safe }\n",
      sound: database
        + ", migrations: { tool: command, directory: m, run: up, pending: p, applied: a, down: d },\n  on-rollback: down-if-safe }\n"
    ),
    Case(
      name: "window.never-both", lines: (4, 3),
      text:
        "windows: { deploy: { weekly: [\"Mon-Fri 09:00-17:00\"] },\n  migrate: { weekly: [\"Sun 02:00-06:00\"] } }\n"
        + database
        + ", migrations: { tool: sql, directory: m } }\n", isCertain: true,
      sound:
        "windows: { deploy: { weekly: [\"Mon-Sun 01:00-17:00\"] },\n  migrate: { weekly: [\"Sun 02:00-06:00\"] } }\n"
        + database + ", migrations: { tool: sql, directory: m } }\n"),
    Case(
      name: "window.too-short", lines: (3, 4),
      text: "windows: { deploy: { weekly: [\"Mon 09:00-09:10\"] } }\nrelease: { budget: { verify: 15m } }\n",
      isCertain: true,
      sound: "windows: { deploy: { weekly: [\"Mon 09:00-09:20\"] } }\nrelease: { budget: { verify: 15m } }\n"),
    Case(
      name: "approval.before-notice", lines: (3, 4),
      text:
        "approvals: { deploy: { count: 1, valid-for: 12h } }\nwindows: { migrate: { weekly: [\"Sun 02:00-06:00\"], notice: 72h } }\n",
      sound:
        "approvals: { deploy: { count: 1, valid-for: 4d } }\nwindows: { migrate: { weekly: [\"Sun 02:00-06:00\"], notice: 72h } }\n"
    ),
    Case(
      name: "evidence.ages-while-judged", lines: (3, 4),
      text: "evidence: { max-age: 10m }\nrelease: { budget: { prepare: 11m } }\n",
      sound: "evidence: { max-age: 11m }\nrelease: { budget: { prepare: 11m } }\n"),
    Case(
      name: "evidence.command-beyond-budget", lines: (3, 4),
      text: "checklist: [{ id: a, check: command, run: make, timeout: 20m }]\nrelease: { budget: { prepare: 15m } }\n",
      sound: "checklist: [{ id: a, check: command, run: make, timeout: 15m }]\nrelease: { budget: { prepare: 15m } }\n"),
    Case(
      name: "evidence.always-true", lines: (4, 3),
      text: "checklist: [{ id: a, check: changed-together, changed: [docs],\n  needs: [docs, x] }]\n",
      isCertain: true,
      sound: "checklist: [{ id: a, check: changed-together, changed: [src, docs],\n  needs: [docs, x] }]\n"),
    Case(
      name: "evidence.signed-for-nothing", lines: (4, 3),
      text: "evidence: { bind-to: none,\n  signers: [{ id: ci, key: k.pem }] }\n", isCertain: true,
      sound: "evidence: { bind-to: commit,\n  signers: [{ id: ci, key: k.pem }] }\n"),
    Case(
      name: "evidence.nobody-signs", lines: (3, 0), text: "evidence: { provenance: [\"p/*.jsonl\"] }\n",
      isCertain: true,
      sound: "evidence: { provenance: [\"p/*.jsonl\"], signers: [{ id: ci, key: k.pem }] }\n"),
    Case(
      name: "evidence.nobody-verifies", lines: (3, 0), text: "evidence: { sign-with: { env: KEY } }\n",
      sound: "evidence: { sign-with: { env: KEY }, signers: [{ id: ci, key: k.pem }] }\n"),
    Case(
      name: "evidence.no-section", lines: (3, 0), text: "checklist: [{ id: a, check: backup, verified-within: 1d }]\n",
      sound: "checklist: [{ id: a, check: backup, verified-within: 1d }]\n" + database + " }\n"),
    Case(
      name: "limit.unsatisfiable", lines: (5, 4),
      text:
        "checklist:\n  - { id: a, check: benchmarks, reports: [r], limits: { k6.p95: \"<= 200ms\" } }\n  - { id: b, check: benchmarks, reports: [r], limits: { k6.p95: \">= 1s\" } }\n",
      isCertain: true,
      sound:
        "checklist:\n  - { id: a, check: benchmarks, reports: [r], limits: { k6.p95: \"<= 200ms\" } }\n  - { id: b, check: benchmarks, reports: [r], limits: { k6.p95: \"<= 1s\" } }\n"
    ),
    Case(
      name: "retention.journal-outlives-ledger", lines: (3, 4), text: "retention: { ledger: 1y,\n  releases: 5y }\n",
      sound: "retention: { ledger: 5y,\n  releases: 5y }\n"),
  ]

  @Test(arguments: cases) func `a contradiction is told at both places, and a sound policy is not`(item: Case) throws {
    func findings(_ text: String) -> (certain: [PolicyProblem], doubtful: [PolicyProblem]) {
      switch PolicyFile.load(text: Samples.policy(text)) {
      case .success(let loaded): ([], loaded.warnings)
      case .failure(let problems): (problems.problems, problems.warnings)
      }
    }
    let found = findings(item.text)
    let named = item.isCertain ? found.certain : found.doubtful
    let finding = try #require(
      named.first { $0.name == item.name },
      "\(Samples.describe(PolicyFile.load(text: Samples.policy(item.text)))) \(found)")
    #expect([finding.place.line, finding.other?.line ?? 0] == [item.lines.0, item.lines.1])
    #expect(finding.hint?.isEmpty == false)
    if !item.isCertain { #expect(found.certain.isEmpty, "a doubt is no problem") }
    let sound = findings(item.sound)
    #expect(!(sound.certain + sound.doubtful).contains { $0.name == item.name })
    #expect(sound.certain.isEmpty, "\(sound.certain.map(\.what))")
  }

  @Test func `more approvals than people listed can never be given`() {
    let people = """
      apiVersion: gatehouse.people/v1
      people:
        - { id: ana@clinic.example, roles: [dba], keys: [{ key: "ssh-ed25519 AAAAC3Nza ana" }] }
        - { id: rui@clinic.example, roles: [manager], keys: [{ key: "ssh-ed25519 AAAAC3Nzb rui" }] }

      """
    func load(_ rules: String) -> Result<LoadedPolicy, PolicyProblems> {
      Samples.load(
        [
          "gatehouse.yml": Samples.policy("approvals: { people: gatehouse/people.yml, deploy: { \(rules) } }\n"),
          "gatehouse/people.yml": people,
        ], "gatehouse.yml")
    }
    let described = Samples.describe(load("count: 2, roles: [dba]"))
    #expect(
      described.contains("only 1 with one of the roles dba is listed")
        && described.contains("with gatehouse/people.yml:3"))
    #expect(Samples.describe(load("count: 2, roles: [dba, manager]")) == "accepted")
    guard case .success(let loaded) = load("count: 2, not-by: [authors]") else {
      Issue.record("refused")
      return
    }
    #expect(loaded.warnings.map(\.name) == ["approval.nobody-may-be-away"])
    #expect(PolicyFile.warnings(loaded).contains("warning: gatehouse.yml:3:"))
  }

  @Test func `the large template and the example contradict nothing for certain`() throws {
    for path in [Samples.neonpro, Samples.shared].compactMap({ $0 }) {
      #expect(Samples.describe(PolicyFile.load(path: path)) == "accepted")
    }
  }
}
