import Core
import PolicyFile
import Testing

@Suite struct ExampleTests {
  @Test func `the whole language loads as the example writes it`() throws {
    let found = PolicyFile.load(path: Samples.neonpro)
    let loaded = try #require(try? found.get(), "\(Samples.describe(found))")
    let policy = loaded.policy
    #expect(policy.name == "neonpro")
    #expect(policy.timezone == "America/Sao_Paulo")
    #expect(policy.store == .postgres(.environment("GATEHOUSE_STORE_URL")))
    #expect(policy.projects.map(\.id) == ["backend", "frontend"])
    #expect(policy.projects[0].identity == .json(path: "/health", pointer: "$.releaseId"))
    #expect(policy.projects[1].identity == .header(path: "/", name: "x-release-id"))
    #expect(policy.projects[1].after == ["backend"])
    #expect(policy.projects[0].build == ["bun install --frozen-lockfile", "bun run build"])
    #expect(policy.projects[1].vercel.token == .file("/run/secrets/vercel"))
    #expect(policy.projects[1].bypass == .command(["pass", "show", "vercel/bypass"]))
    #expect(policy.projects[1].sameVariablesAs == ["backend": ["JWT_SECRET"]])
    #expect(policy.projects[1].unreadable == .warn)
    #expect(policy.evidence.maxAge == .seconds(12 * 3600))
    #expect(policy.checklist.count == 16)
    #expect(policy.digest.utf8.count == 64)
  }

  @Test func `the checklist keeps what each line asks`() throws {
    let policy = try PolicyFile.load(path: Samples.neonpro).get().policy
    func rules(_ id: CheckID) -> CheckRules? { policy.checklist.first { $0.id == id }?.rules }
    var coverage = CoverageRules(reports: ["coverage/lcov.info", "coverage/cobertura.xml"])
    coverage.lines = Limit(.atLeast, 90, .percent, text: ">= 90%")
    coverage.branches = Limit(.atLeast, 75.5, .percent, text: ">= 75.5%")
    coverage.functions = Limit(.atLeast, 80, .percent, text: ">= 80%")
    coverage.changedLines = Limit(.atLeast, 95, .percent, text: ">= 95%")
    coverage.examined = Limit(.atLeast, 4000, .count("lines"), text: ">= 4000 lines")
    coverage.exclude = ["**/*.generated.ts"]
    #expect(rules("coverage") == .coverage(coverage))
    var findings = FindingsRules(reports: ["scan/{code,image}.sarif"])
    findings.limits = [
      .critical: Limit(.atMost, 0, text: "<= 0"), .high: Limit(.atMost, 0, text: "<= 0"),
      .medium: Limit(.atMost, 10, .count("findings"), text: "<= 10 findings"),
    ]
    findings.exceptions = ["security/*.openvex.json"]
    #expect(rules("scan") == .findings(findings))
    var review = ReviewRules(provider: .gitlab, approvals: 2)
    review.notBy = [.authors, .committers]
    #expect(rules("review") == .review(review))
    guard case .benchmarks(let load) = rules("load") else { throw Unexpected() }
    #expect(load.limits["k6.http_req_duration.p95"] != nil)
    #expect(rules("commit") == .source(SourceRules(branch: "main", clean: true, upToDate: true)))
    #expect(
      rules("backup")
        == .backup(BackupRules(verifiedWithin: .seconds(26 * 3600), openedWithin: .seconds(7 * 86400))))
    #expect(
      rules("types") == .command(CommandRules(run: ["bun run type-check", "bun run lint"], timeout: .seconds(300))))
    #expect(policy.checklist.first { $0.id == "load" }?.severity == .warning)
    #expect(policy.checklist.first { $0.id == "coverage" }?.title == "Line and branch coverage")
  }

  @Test func `the database, the watch and the channels are read`() throws {
    let policy = try PolicyFile.load(path: Samples.neonpro).get().policy
    let database = try #require(policy.database)
    #expect(database.scratch == .server(.environment("SCRATCH_URL")))
    #expect(
      database.snapshot.places == [
        .directory(".gatehouse/snapshots"),
        .bucket(
          BucketRule(
            bucket: "s3://neonpro-backups/production", region: "sa-east-1", accessKey: .environment("BACKUP_KEY"),
            secretKey: .environment("BACKUP_SECRET"))),
      ])
    #expect(database.snapshot.exclude == ["cron"])
    #expect(database.migrations?.tool == .prisma)
    #expect(database.migrations?.thenRun == ["bun run prisma:generate"])
    #expect(database.migrations?.refuse == [.breaking, .dataLosing])
    #expect(database.migrations?.longestLock == .milliseconds(1500))
    #expect(database.onRollback == .downIfSafe)
    let health = try #require(policy.health)
    #expect(health.jitter == 0.125)
    #expect(health.lasts == .seconds(2400))
    #expect(health.probes.count == 6)
    #expect(health.probes[0].expect.status == [200, 204])
    #expect(health.probes[0].expect.latency == Limit(.atMost, 1.5, .duration, text: "<= 1500ms"))
    #expect(
      health.probes[1].expect.json.map(\.good) == [[.string("ok"), .string("pass")], [.integer(2)], [.bool(true)]])
    #expect(health.probes[1].timeout == .seconds(5))
    #expect(health.probes[2].target == .project("frontend", path: "/sw.js", method: "HEAD"))
    #expect(health.probes[2].expect.headers == ["cache-control": "no-cache"])
    #expect(health.probes[4].target == .sql("SELECT count(*) FROM appointments"))
    #expect(health.probes[5].target == .tls("neonpro.example:443"))
    #expect(
      policy.alerts.channels == [
        AlertChannel(id: "hook", kind: .webhook(url: .environment("HOOK_URL"), secret: .environment("HOOK_SECRET"))),
        AlertChannel(
          id: "mail",
          kind: .smtp(url: .environment("SMTP_URL"), from: "gate@neonpro.example", to: ["ops@neonpro.example"])),
      ])
    #expect(policy.rollback.validate == ["bun run test:compliance"])
    #expect(policy.release.confirm == [ConfirmedFlow(id: "1", look: "A clinician can open the schedule")])
    #expect(policy.release.budget.confirm == .seconds(1800))
  }

  @Test func `a flow to confirm has its place or a name of its own`() throws {
    let text = """
      release:
        budget: { confirm: 45m }
        confirm: [A clinician can open the schedule, { id: consent, look: A consent can be signed }, A third]

      """
    let release = try Samples.loaded(Samples.policy(text)).policy.release
    #expect(release.confirm.map(\.id) == ["1", "consent", "3"])
    #expect(
      release.confirm.map(\.look) == ["A clinician can open the schedule", "A consent can be signed", "A third"])
    #expect(release.budget.confirm == .seconds(45 * 60))
  }

  @Test(arguments: [
    "release: { confirm: [The same, Another, The same] }\n",
    "release: { confirm: [{ id: a, look: One }, { id: a, look: Two }] }\n",
    "release: { confirm: [{ id: a, look: One }, One] }\n",
  ])
  func `two flows to confirm are told apart`(text: String) {
    #expect(Samples.problems(Samples.policy(text)).map(\.code) == ["policy.duplicate-id"])
  }

  @Test func `what is asked for and not done yet is named with its line, and nothing else is`() throws {
    let loaded = try PolicyFile.load(path: Samples.neonpro).get()
    let paths = Set(loaded.policy.notYet.map(\.path))
    #expect(
      paths == [
        "approvals", "windows",
        "health.then", "health.vantage-points", "health.quorum", "health.prometheus",
        "health.metrics",
        "rollback.compensate.certificates.files", "alerts.business-hours", "alerts.channels.chat",
        "alerts.channels.sms", "alerts.channels.pager", "alerts.rules", "alerts.escalation", "retention",
      ])
    let lines = try Samples.text(Samples.neonpro).split(separator: "\n", omittingEmptySubsequences: false)
    for part in loaded.policy.notYet where !part.path.contains("[") {
      let key = String(part.path.split(separator: ".").last ?? "")
      #expect(lines[part.line - 1].contains(key), "\(part.path) in line \(part.line)")
    }
  }

  @Test func `a tool that this version lacks leaves no rules behind and is named`() throws {
    let loaded = try Samples.loaded(
      Samples.policy("database: { url: { env: URL }, migrations: { tool: liquibase, directory: sql } }\n"))
    #expect(loaded.policy.database?.migrations == nil)
    #expect(loaded.policy.notYet.map(\.path) == ["database.migrations"])
  }

  @Test func `all folders for snapshots are read, in their order`() throws {
    let loaded = try Samples.loaded(
      Samples.policy("database: { url: { env: URL }, snapshot: { to: [{ directory: a }, { directory: b }] } }\n"))
    #expect(loaded.policy.notYet.isEmpty && loaded.policy.database?.snapshot.directories == ["a", "b"])
  }

  @Test func `encryption is read, and the check of the backup asks for a key that opens it`() throws {
    func loaded(_ snapshot: String) throws -> Policy {
      try Samples.loaded(
        Samples.policy(
          "checklist: [{ id: b, check: backup, verified-within: 26h }]\n"
            + "database: { url: { env: URL }, snapshot: { \(snapshot) } }\n")
      ).policy
    }
    let policy = try loaded("encrypt-to: [a.pub, keys/b.pub], identity: { env: KEY }")
    #expect(policy.notYet.isEmpty && policy.database?.snapshot.encryptTo.map(\.text) == ["a.pub", "keys/b.pub"])
    #expect(policy.database?.snapshot.identity == .environment("KEY"))
    func rules(_ policy: Policy) -> CheckRules? { policy.checklist.first?.rules }
    let day = Duration.seconds(86400)
    #expect(rules(policy) == .backup(BackupRules(verifiedWithin: .seconds(26 * 3600), openedWithin: day * 7)))
    let often = try loaded("encrypt-to: [a.pub], canary: 2d")
    #expect(rules(often) == .backup(BackupRules(verifiedWithin: .seconds(26 * 3600), openedWithin: day * 2)))
    #expect(rules(try loaded("canary: 2d")) == .backup(BackupRules(verifiedWithin: .seconds(26 * 3600))))
  }

  @Test func `keys of periods are read, and placeholders that are none are named with their line`() throws {
    func text(_ path: String) -> String {
      Samples.policy("database: { url: { env: URL }, snapshot: { encrypt-to: [\n  \"\(path)\"] } }\n")
    }
    let paths = try Samples.loaded(text("k/{year}/{quarter}-{month}-{day}.pub")).policy.database?.snapshot.encryptTo
    #expect(paths?.map(\.span) == [.day])
    for (path, says) in [
      ("k-{week}.pub", "has the placeholder '{week}'"), ("k-{month}.pub", "has no {year}"),
      ("k-{year.pub", "has a '{'"),
    ] {
      let problem = Samples.problems(text(path)).first
      #expect(problem?.what.contains(says) == true && problem?.place.line == 4, "\(problem.map { "\($0)" } ?? "")")
    }
  }

  @Test func `tables to export are read, with the columns that are left out`() throws {
    let loaded = try Samples.loaded(
      Samples.policy(
        "database: { url: { env: URL }, snapshot: { encrypt-to: [a.pub] },\n"
          + "  exports: { tables: [patients, { table: clinic.notes, except: [text] }, { table: x, columns: [a, b] }] } }\n"
      ))
    #expect(loaded.policy.notYet.isEmpty)
    #expect(
      loaded.policy.database?.exports
        == ExportRules([.init("patients"), .init("clinic.notes", except: ["text"]), .init("x", columns: ["a", "b"])]))
  }

  @Test func `restore points are read, each of its kind`() throws {
    let loaded = try Samples.loaded(
      Samples.policy(
        "database: { url: { env: URL }, restore-points:\n"
          + "  [{ pgbackrest: clinic, config: /etc/pb.conf, repo: 2, wait: 5m }, { template: before }] }\n"))
    var rule = PgBackRestRule(stanza: "clinic")
    (rule.config, rule.repository, rule.wait) = ("/etc/pb.conf", 2, .seconds(300))
    #expect(loaded.policy.notYet.isEmpty)
    #expect(loaded.policy.database?.restorePoints == [.pgBackRest(rule), .template(prefix: "before")])
  }

  @Test func `a bucket for snapshots is read with all that can be said of it`() throws {
    let loaded = try Samples.loaded(
      Samples.policy(
        """
        database:
          url: { env: URL }
          snapshot:
            to:
              - { s3: "s3://clinic/prod/", region: auto, endpoint: "https://storage.example", addressing: host,
                  access-key: { env: KEY }, secret-key: { file: secret }, session-token: { env: TOKEN }, lock: 90d,
                  lock-mode: compliance }

        """))
    var rule = BucketRule(
      bucket: "s3://clinic/prod/", region: "auto", accessKey: .environment("KEY"), secretKey: .file("secret"))
    rule.endpoint = "https://storage.example"
    rule.addressing = .host
    rule.sessionToken = .environment("TOKEN")
    rule.lock = .seconds(90 * 86_400)
    rule.lockMode = .compliance
    #expect(loaded.policy.notYet.isEmpty && loaded.policy.database?.snapshot.places == [.bucket(rule)])
    #expect(loaded.policy.database?.snapshot.directories == [])
  }

  @Test func `two lines are a policy, with the standards of everything else`() throws {
    let policy = try Samples.loaded("apiVersion: gatehouse/v1\nname: clinic\n").policy
    #expect(policy == Policy(name: "clinic", digest: policy.digest))
  }

  @Test(.enabled(if: Samples.shared != nil, "the shared example is not there"))
  func `the shared example loads as written`() throws {
    let found = PolicyFile.load(path: try #require(Samples.shared))
    let loaded = try #require(try? found.get(), "\(Samples.describe(found))")
    #expect(loaded.policy.projects.map(\.id) == ["api", "web"])
    #expect(loaded.policy.checklist.count == 19)
    #expect(loaded.policy.health?.probes.count == 11)
  }

  @Test(arguments: ["gatehouse.yml", "examples/clinic/gatehouse.yml"])
  func `the policies of this repository load and ask for nothing that is not done`(path: String) throws {
    let found = PolicyFile.load(path: Samples.root + "/" + path)
    let loaded = try #require(try? found.get(), "\(Samples.describe(found))")
    #expect(loaded.policy.notYet == [])
  }

  @Test func `the digest changes with the meaning and not with the writing`() throws {
    let one = try Samples.loaded(Samples.policy("evidence: { max-age: 24h }\ntimezone: UTC\n"))
    let same = try Samples.loaded(Samples.policy("timezone: 'UTC' # a comment\nevidence:\n  max-age: \"24h\"\n"))
    let other = try Samples.loaded(Samples.policy("evidence: { max-age: 23h }\ntimezone: UTC\n"))
    #expect(one.policy.digest == same.policy.digest)
    #expect(one.policy.digest != other.policy.digest)
  }

  @Test func `what is shown is itself a policy with the same digest`() throws {
    let loaded = try PolicyFile.load(path: Samples.neonpro).get()
    let again = PolicyFile.load(text: PolicyFile.shown(loaded))
    let digest = try #require(try? again.get().policy.digest, "\(Samples.describe(again))")
    #expect(digest == loaded.policy.digest)
    #expect(PolicyFile.shown(loaded).contains("health.quorum"))
  }

  @Test func `an accepted policy is summed up with what is not done yet`() throws {
    let told = PolicyFile.accepted(try PolicyFile.load(path: Samples.neonpro).get())
    #expect(told.hasPrefix("valid: neonpro, 2 projects, 16 checks, 6 probes, policy "))
    #expect(told.contains("health.quorum: there is one vantage point"))
    #expect(!told.contains("checklist.licences"))
  }
}

private struct Unexpected: Error {}
