import Core
import PolicyFile
import Testing

/// What somebody who wants less to be asked would try in the layer below.
@Suite struct LayerAttackTests {
  static let base = """
    apiVersion: gatehouse/v1
    name: organisation
    timezone: America/Sao_Paulo
    evidence: { signers: [{ id: ci, key: k/ci.pem }, { id: scan, key: k/scan.pem, builder: "https://b" }], provenance: ["p/*.jsonl", q.json] }
    store: { postgres: { env: STORE } }
    projects:
      - { id: api, path: apps/api, vercel: { project: p, token: { env: T } }, identity: { path: /v, json: "$.c" }, build: [make, make check], variables: { production: [A, B] } }
      - { id: web, path: apps/web, after: [api], vercel: { project: q, token: { env: T } } }
    checklist:
      - { id: tests, check: tests, reports: ["r/*.xml"], examined: ">= 100 tests" }
      - { id: coverage, check: coverage, reports: [c], lines: ">= 80%", exclude: ["gen/**"] }
      - { id: scan, check: findings, reports: [s, t], limits: { high: "<= 5" } }
      - { id: unit, check: command, run: [bun test, bun lint] }
      - { id: docs, check: changed-together, changed: ["src/**"], needs: [docs] }
      - { id: norms, check: controls, packs: [lgpd, cfm], attestations: ["a/*"] }
      - { id: soft, check: migrations, severity: warning }
      - { id: plan, check: rollback-plan, document: docs/back.md }
    waivers: [{ id: old, applies-to: scan, finding: CVE-1, reason: r, owner: o, until: "2026-06-01" }]
    approvals: { people: gatehouse/people.yml, deploy: { count: 2, roles: [dba, manager], not-by: [authors], valid-for: 12h } }
    windows:
      deploy: { weekly: ["Mon-Thu 09:00-17:00", "Sun 02:00-06:00"] }
      migrate: { weekly: ["Sun 02:00-06:00"], notice: 72h }
      freezes: [{ from: "2026-12-20", until: "2027-01-04", reason: Year end }]
    database:
      url: { env: DB }
      snapshot: { to: [{ directory: a }, { directory: b }], encrypt-to: [k.pub], identity: { env: KEY }, canary: 3d, keep: { daily: 30d } }
      exports: { tables: [patients] }
      restore-points: [{ pgbackrest: clinic }]
      migrations: { tool: sql, directory: m, rehearse: true, refuse: [data-losing], longest-lock: 2s, then-run: [one, two] }
      on-rollback: restore
    release: { budget: { migrate: 10m }, traffic: [{ share: 10%, for: 5m }, { share: 100% }], confirm: [A, B] }
    health:
      then: { every: 30m, for: 24h }
      vantage-points: [{ id: gru }]
      probes:
        - { id: api, project: api, path: /health, expect: { status: [200], latency: "<= 2s", json: { "$.n": 1 }, headers: { file: x } } }
        - { id: db, sql: SELECT 1, expect: { value: ">= 1" } }
      metrics: [{ id: errors, query: q, unit: ratio, warning: "> 1%", critical: "> 5%", on-critical: rollback }]
    rollback: { validate: [check one, check two], compensate: [{ id: dns, vercel-dns: x.example, records: [A, CNAME] }] }
    alerts: { rules: [{ id: out, when: { consecutive-failures: ">= 2" }, severity: critical, notify: [dashboard] }], escalation: [{ level: 1, notify: [dashboard], after: 0m }] }
    retention: { ledger: 5y, logs: 90d }

    """

  static let attacks: [String] = [
    // Lines of the checklist: another kind, a softer severity, other reports, other commands.
    "checklist: [{ id: tests, check: command, run: \"true\" }]", "checklist: [{ id: plan, severity: warning }]",
    "checklist: [{ id: tests, reports: [\"r/*.xml\", \"copies/*.xml\"] }]",
    "checklist: [{ id: tests, reports: [\"r/a.xml\"] }]",
    "checklist: [{ id: coverage, reports: [c, well-covered] }]", "checklist: [{ id: coverage, exclude: [\"**\"] }]",
    "checklist: [{ id: coverage, exclude: [] }]", "checklist: [{ id: scan, reports: [s] }]",
    "checklist: [{ id: scan, reports: [s, s] }]", "checklist: [{ id: scan, exceptions: [\"vex/*\"] }]",
    "checklist: [{ id: scan, limits: { high: \"<= 6\" } }]", "checklist: [{ id: unit, run: \"true\" }]",
    "checklist: [{ id: unit, run: [bun lint, bun test] }]", "checklist: [{ id: unit, run: [bun test] }]",
    "checklist: [{ id: unit, run: [\"true\", bun test, bun lint] }]", "checklist: [{ id: unit, timeout: 11m }]",
    "checklist: [{ id: docs, changed: [\"src/a\"] }]", "checklist: [{ id: docs, needs: [docs, README.md] }]",
    "checklist: [{ id: norms, packs: [lgpd] }]", "checklist: [{ id: norms, attestations: [\"a/*\", \"b/*\"] }]",
    "checklist: [{ id: norms, people: other.yml }]",
    "checklist: [{ id: norms, not-applicable: [{ control: lgpd/x, reason: r }] }]",
    "checklist: [{ id: plan, document: README.md }]", "checklist: [{ id: \"tests\", severity: \"warning\" }]",
    // Exceptions.
    "waivers: [{ id: mine, applies-to: tests, reason: r, owner: me, until: \"2099-01-01\" }]",
    "waivers: [{ id: old, until: \"2026-06-02\" }]", "waivers: [{ id: old, finding: CVE-2 }]",
    "waivers: [{ id: old, applies-to: tests }]",
    // Evidence, though the included policy leaves both to the standard.
    "evidence: { max-age: 25h }", "evidence: { bind-to: none }",
    // Whose signatures count, and what is looked at.
    "evidence: { signers: [] }", "evidence: { signers: [{ id: ci, key: k/mine.pem }] }",
    "evidence: { signers: [{ id: ci, key: k/ci.pem }, { id: scan, key: k/scan.pem, builder: \"https://b\" }, { id: me, key: k/me.pem }] }",
    "evidence: { signers: [{ id: scan, key: k/scan.pem }] }",
    "evidence: { signers: [{ id: scan, key: k/scan.pem, builder: \"https://c\" }] }",
    "evidence: { provenance: [q.json] }",
    // People and time.
    "approvals: { people: mine.yml }", "approvals: { deploy: { count: 1 } }",
    "approvals: { deploy: { roles: [dba, manager, anybody] } }", "approvals: { deploy: { not-by: [requester] } }",
    "approvals: { deploy: { valid-for: 13h } }", "timezone: UTC", "timezone: Asia/Tokyo",
    "windows: { deploy: { weekly: [\"Mon-Fri 09:00-17:00\"] } }",
    "windows: { deploy: { weekly: [\"Mon-Thu 08:59-17:00\"] } }",
    "windows: { migrate: { notice: 71h } }", "windows: { migrate: { unless: additive } }", "windows: { freezes: [] }",
    "windows: { freezes: [{ from: \"2026-12-21\", until: \"2027-01-04\", reason: r }] }",
    "windows: { freezes: [{ from: \"2026-12-20\", until: \"2026-12-31\", reason: r }, { from: \"2026-12-31\", until: \"2027-01-03\", reason: r }] }",
    // The database.
    "database: { snapshot: { to: [{ directory: a }] } }", "database: { snapshot: { verify: read } }",
    "database: { snapshot: { exclude: [audit] } }", "database: { snapshot: { encrypt-to: [mine.pub] } }",
    "database: { snapshot: { encrypt-to: [k.pub, mine.pub] } }", "database: { snapshot: { canary: 4d } }",
    "database: { snapshot: { keep: { daily: 29d } } }", "database: { exports: { tables: [other] } }",
    "database: { restore-points: [{ pgbackrest: other }] }", "database: { restore-points: [{ template: mine }] }",
    "database: { exports: { tables: [{ table: patients, except: [name] }] } }",
    "database: { migrations: { rehearse: false } }", "database: { migrations: { refuse: [breaking] } }",
    "database: { migrations: { longest-lock: 3s } }", "database: { migrations: { then-run: [two] } }",
    "database: { migrations: { then-run: \"one\" } }", "database: { migrations: { directory: empty } }",
    "database: { migrations: { tool: prisma, run: x } }", "database: { on-rollback: keep }",
    // The release and its watch, also where the included policy leaves it to the standard.
    "release: { budget: { migrate: 11m } }", "release: { stage-first: false }",
    "release: { traffic: [{ share: 100% }] }",
    "release: { confirm: [A] }", "health: { rollback-after: 4 }", "health: { every: 31s }", "health: { for: 29m }",
    "health: { then: { every: 31m, for: 24h } }", "health: { quorum: 2 }",
    "health: { probes: [{ id: api, expect: { status: [200, 500] } }] }",
    "health: { probes: [{ id: api, expect: { json: { \"$.n\": \"1\" } } }] }",
    "health: { probes: [{ id: api, expect: { headers: { file: y } } }] }",
    "health: { probes: [{ id: api, expect: { latency: \"<= 2001ms\" } }] }",
    "health: { probes: [{ id: api, timeout: 11s }] }",
    "health: { probes: [{ id: api, method: HEAD }] }", "health: { probes: [{ id: api, path: /ok }] }",
    "health: { probes: [{ id: db, sql: SELECT 2 }] }",
    "health: { probes: [{ id: db, expect: { value: \">= 0.5\" } }] }",
    "health: { metrics: [{ id: errors, critical: \"> 6%\" }] }",
    "health: { metrics: [{ id: errors, on-critical: alert }] }",
    "health: { metrics: [{ id: errors, on-no-data: ignore }] }", "health: { metrics: [{ id: errors, query: zero }] }",
    "rollback: { validate: check one }", "rollback: { validate: [] }", "rollback: { at-most: 0 }",
    "rollback: { at-most: 2 }",
    "rollback: { compensate: [{ id: dns, records: [A] }] }",
    "alerts: { rules: [{ id: out, when: { consecutive-failures: \">= 3\" } }] }",
    "alerts: { escalation: [{ level: 1, notify: [dashboard], after: 1h }] }",
    "retention: { ledger: 4y }", "retention: { logs: 30d }",
    // Projects.
    "projects: [{ id: api, path: apps/empty }]", "projects: [{ id: api, identity: none }]",
    "projects: [{ id: web, identity: none }]",
    "projects: [{ id: api, identity: { path: /mine } }]", "projects: [{ id: web, after: [] }]",
    "projects: [{ id: api, build: [make] }]", "projects: [{ id: api, variables: { production: [A] } }]",
    "projects: [{ id: api, unreadable: warn }]", "store: { postgres: { env: OTHER } }",
    "store: { directory: .gatehouse }",
  ]

  static func load(_ text: String, _ base: String = base) -> Result<LoadedPolicy, PolicyProblems> {
    Samples.load(
      ["base.yml": base, "gatehouse.yml": "apiVersion: gatehouse/v1\nname: team\nextends: base.yml\n" + text + "\n"],
      "gatehouse.yml")
  }

  @Test func `the included policy is accepted by itself and below an empty layer`() {
    #expect(Samples.describe(Samples.load(["gatehouse.yml": Self.base], "gatehouse.yml")) == "accepted")
    #expect(Samples.describe(Self.load("")) == "accepted")
  }

  @Test(arguments: attacks) func `an attempt to loosen is refused in the file that makes it`(text: String) {
    guard case .failure(let problems) = Self.load(text) else {
      Issue.record("accepted: \(text)")
      return
    }
    #expect(
      problems.problems.contains {
        $0.code == "policy.laxer" && $0.place.file == "gatehouse.yml" && $0.hint?.contains("base.yml:") == true
      }
        || problems.problems.contains { $0.code == "policy.empty-list" }, "\(problems.rendered())")
  }

  @Test(arguments: [
    "checklist: [{ id: scan, reports: [s, t, u], limits: { high: \"<= 0\", low: \"<= 3\" } }]",
    "checklist: [{ id: unit, run: [bun test, bun lint, bun more], timeout: 9m }]",
    "checklist: [{ id: soft, severity: critical }]",
    "checklist: [{ id: mine, check: command, run: make }]\nwaivers: [{ id: mine, applies-to: mine, reason: r, owner: me, until: \"2099-01-01\" }]",
    "waivers: [{ id: old, until: \"2026-05-01\" }]",
    "windows: { deploy: { weekly: [\"Tue 10:00-12:00\", \"Sun 02:00-05:00\"] } }",
    "windows: { freezes: [{ from: \"2026-12-01\", until: \"2027-01-10\", reason: longer }] }",
    "approvals: { deploy: { count: 3, roles: [dba] } }",
    "database: { url: { env: STAGING_DB }, scratch: { url: { env: S } } }",
    "projects: [{ id: api, vercel: { project: p-staging, token: { env: STAGING } } }, { id: more, path: m, vercel: { project: m, token: { env: T } } }]",
    "health: { every: 10s, for: 2h, probes: [{ id: api, expect: { latency: \"<= 1s\", contains: ok } }] }",
    "release: { budget: { migrate: 5m, snapshot: 2h } }", "rollback: { validate: [check one, check two, check three] }",
    "retention: { ledger: 20y, releases: 1y }",
    "evidence: { signers: [{ id: ci, key: k/ci.pem }], provenance: [q.json, \"p/*.jsonl\", more.json], sign-with: { env: K } }",
    "database: { migrations: { then-run: [one, two, three], refuse: [data-losing, breaking] } }",
  ])
  func `a stricter layer is accepted`(text: String) { #expect(Samples.describe(Self.load(text)) == "accepted") }

  @Test func `what a layer writes wrongly is not hidden by the layer above it`() {
    func refused(_ base: String, _ above: String, _ code: String) {
      guard case .failure(let problems) = Self.load(above, "apiVersion: gatehouse/v1\nname: o\n" + base + "\n") else {
        Issue.record("accepted: \(base)")
        return
      }
      #expect(problems.problems.contains { $0.code == code }, "\(problems.rendered())")
    }
    // A limit that nobody can read, and a weaker one upon it.
    refused(
      "checklist: [{ id: c, check: coverage, reports: [c], lines: \">= 9O%\" }]",
      "checklist: [{ id: c, lines: \">= 10%\" }]", "policy.laxer")
    refused("extends: { file: org.yml }", "timezone: UTC", "policy.extends")
    refused("extends: [{ file: org.yml }]", "timezone: UTC", "policy.extends")
    refused(
      "projects: [{ id: a, path: a, vercel: { project: p, token: hunter2pw } }]",
      "projects: [{ id: a, vercel: { token: { env: T } } }]", "policy.secret")
    refused("# once: token vcp_0123456789abcdefGHIJ", "timezone: UTC", "policy.secret")
    refused(
      "<<: { evidence: { max-age: 1h } }", "timezone: UTC", "policy.unknown-key")
    // An element that the included policy leaves open is completed, not loosened.
    refused(
      "checklist: [{ id: t, examined: \">= 100 tests\" }]",
      "checklist: [{ id: t, check: tests, reports: [r], examined: \">= 1 tests\" }]", "policy.laxer")
    refused(
      "health: { probes: [{ id: p, timeout: 5s }] }",
      "health: { probes: [{ id: p, url: \"http://x\", timeout: 60s }] }", "policy.laxer")
  }

  @Test func `a map with a key called file or env is joined like any other`() throws {
    let loaded = try Self.load("health: { probes: [{ id: api, expect: { headers: { env: y } } }] }").get()
    #expect(loaded.policy.health?.probes.first?.expect.headers == ["file": "x", "env": "y"])
  }

  @Test func `a policy that is extended beside another keeps its standards`() {
    func both(_ first: String, _ second: String) -> String {
      let head = "apiVersion: gatehouse/v1\nname: o\n"
      return Samples.describe(
        Samples.load(
          ["a.yml": head + first, "b.yml": head + second, "gatehouse.yml": head + "extends: [a.yml, b.yml]\n"],
          "gatehouse.yml"))
    }
    #expect(both("evidence: { max-age: 48h }\n", "evidence: { bind-to: commit }\n").contains("max-age"))
    #expect(both("evidence: { max-age: 12h }\n", "evidence: { bind-to: commit }\n") == "accepted")
    #expect(
      both(
        "checklist: [{ id: s, check: migrations, severity: warning }]\n", "checklist: [{ id: s, check: migrations }]\n"
      ).contains("severity"))
    #expect(
      both(
        "checklist: [{ id: s, check: migrations }]\nwaivers: [{ id: w, applies-to: s, reason: r, owner: o, until: \"2027-01-01\" }]\n",
        "checklist: [{ id: s, check: migrations }]\n"
      ).contains("waiver"))
  }
}
