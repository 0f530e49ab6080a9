import Core
import Migrations
import Testing

/// Holds and limits by hand.
@Suite struct LongLocksTests {
  private static let patients = RelationName("public", "patients")

  private func seen(
    _ least: Int, _ most: Int, _ mode: LockMode = .accessExclusive, widest: Int = 2, bytes: Int64 = 64 << 20
  ) -> SeenWork {
    var work = SeenWork(took: .seconds(3), sampling: .init(samples: 100, widest: .milliseconds(widest)))
    let held = HeldFor(atLeast: .milliseconds(least), atMost: .milliseconds(most))
    work.locks = [
      .init(
        table: Self.patients, mode: mode, held: held, stopsReaders: mode.blocksReads ? held : nil,
        stopsWriters: mode.blocksWrites ? held : nil, bytes: bytes)
    ]
    return work
  }

  struct Case: Sendable {
    var least: Int
    var most: Int
    var mode = LockMode.accessExclusive
    var widest = 2
    var code: String?
  }

  @Test(arguments: [
    Case(least: 990, most: 1000), Case(least: 1001, most: 1010, code: "migration.lock-too-long"),
    Case(least: 1001, most: 1010, mode: .share, code: "migration.lock-too-long"),
    Case(least: 1001, most: 1010, mode: .shareRowExclusive, code: "migration.lock-too-long"),
    Case(least: 9000, most: 9010, mode: .shareUpdateExclusive), Case(least: 9000, most: 9010, mode: .rowExclusive),
    Case(least: 995, most: 1005, code: "migration.lock-unmeasured"),
    Case(least: 0, most: 4, widest: 1001, code: "migration.lock-unmeasured"),
    Case(least: 0, most: 4, widest: 1000),
  ])
  func `A limit of one second`(_ sample: Case) {
    let problem = LongLocks.problem(
      seen(sample.least, sample.most, sample.mode, widest: sample.widest), at: LiveEstimate(live: [:]),
      longest: .seconds(1))
    #expect(problem?.code == sample.code)
  }

  @Test func `The words name the table, the lock, the times and the limit`() {
    let problem = LongLocks.problem(seen(2100, 2240), at: LiveEstimate(live: [:]), longest: .milliseconds(1500))
    #expect(problem?.what == "the migrations lock patients for longer than `longest-lock` allows")
    #expect(
      problem?.why == "patients: ACCESS EXCLUSIVE, reads and writes wait, 2.1 s to 2.2 s; `longest-lock` is 1.5 s")
    #expect(problem?.place == nil)
  }

  @Test func `Where lint knows the statement, its line and its safe form are told`() async throws {
    let schema = await Linting.schema("CREATE TABLE patients (id int, name text);")
    let report = await Linting.report(["SELECT 1;\nCREATE INDEX i ON patients (name);"], on: schema)
    let problem = LongLocks.problem(
      seen(2100, 2240, .share), at: LiveEstimate(live: [:]), longest: .seconds(1), lint: report)
    #expect(problem?.place == "1.sql:2")
    #expect(problem?.remedy?.contains("CONCURRENTLY") == true)
  }

  @Test func `A live table that is larger takes longer in proportion`() {
    let live = LiveEstimate(live: [Self.patients: 256 << 20])
    let work = seen(400, 410)
    #expect(LongLocks.problem(work, at: live, longest: .seconds(2)) == nil)
    let problem = LongLocks.problem(work, at: live, longest: .milliseconds(1500))
    #expect(problem?.code == "migration.lock-too-long")
    #expect(
      problem?.why?.contains("1.6 s to 1.6 s by the live table's bytes, measured on 64.0 MiB of 256.0 MiB") == true,
      "\(String(describing: problem?.why))")
    #expect(live.json(for: work)["how"]?.string == "by-bytes")
    #expect(live.json(for: work)["tables"]?[0]?["heldAtMostMs"]?.integer == 1640)
  }

  @Test(arguments: [64 << 20, 80 << 20, 1 << 20] as [Int64])
  func `A live table of about the same size was measured`(_ bytes: Int64) {
    let live = LiveEstimate(live: [Self.patients: bytes])
    #expect(live.factor(seen(1, 2).locks[0]) == 1)
    #expect(live.json(for: seen(1, 2))["how"]?.string == "measured")
  }

  @Test func `What lint did not expect of a large table is told`() async {
    let schema = await Linting.schema("CREATE TABLE patients (id int, name text); CREATE TABLE visits (id int);")
    let live = LiveEstimate(live: [Self.patients: 64 << 20, RelationName("public", "visits"): 64 << 20])
    let index = await Linting.report(["CREATE INDEX i ON patients (name)"], on: schema)
    #expect(seen(1, 2, .share).surprises(for: index, at: live) == [])
    #expect(
      seen(1, 2).surprises(for: index, at: live) == ["patients: locked ACCESS EXCLUSIVE, lint expected SHARE"])
    #expect(seen(1, 2, bytes: 8192).surprises(for: index, at: LiveEstimate(live: [:])) == [], "it is small")
    var work = seen(1, 2)
    work.rewritten = [Self.patients: 64 << 20]
    let column = await Linting.report(["ALTER TABLE patients ADD born date"], on: schema)
    #expect(
      work.surprises(for: column, at: live) == ["patients: all of it was written anew, which lint did not expect"])
    let rewrite = await Linting.report(["ALTER TABLE patients ALTER id TYPE bigint"], on: schema)
    #expect(work.surprises(for: rewrite, at: live) == [])
    #expect(
      seen(1, 2).surprises(for: rewrite, at: live) == ["patients: not written anew, which lint expected"])
    let unread = await Linting.report(["DO $$ BEGIN EXECUTE 'x'; END $$"], on: schema)
    #expect(unread.isKnown == false)
    #expect(
      seen(1, 2).surprises(for: unread, at: live) == [
        "patients: locked ACCESS EXCLUSIVE, lint expected no lock (lint cannot read all of these migrations)"
      ])
  }
}
