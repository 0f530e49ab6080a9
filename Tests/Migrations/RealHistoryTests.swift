import Core
import FoundationEssentials
import JSONText
import Migrations
import OpenSSL
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

enum RealHistories {
  static let folder: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let candidates = [
      ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"], "/" + package + "/../shared",
      "/" + package + "/../../shared",
    ]
    let found = candidates.compactMap { $0.map { $0 + "/databases/migrations" } }
      .first { FileManager.default.fileExists(atPath: $0) }
    if found == nil { print("NOT TESTED: the real migration histories are not here (set GATEHOUSE_SHARED)") }
    return found
  }()

  /// The long ones take minutes.
  static let isLong: Bool = {
    let isLong = ProcessInfo.processInfo.environment["GATEHOUSE_LONG_HISTORIES"] != nil
    if !isLong { print("NOT TESTED: the long migration histories (set GATEHOUSE_LONG_HISTORIES)") }
    return isLong
  }()
}

/// Migrations of real products, where the collection lies beside a checkout of the project: what applies, which ways back
/// run, and which restore the schema exactly, must be what was measured of each by hand (`facts.json`).
@Suite(.serialized, .enabled(if: RealHistories.folder != nil, "the real migration histories are not here"))
struct RealHistoryTests {
  /// What was measured of one migration.
  private struct Fact {
    var applies: Bool
    var hasDown: Bool
    var downRuns: Bool
    var restores: Bool
  }

  private func facts(_ name: String) throws -> (each: [String: Fact], fingerprint: String) {
    let folder = try #require(RealHistories.folder)
    let root = try JSON(parsing: try text(of: "\(folder)/\(name)/facts.json"))
    var each: [String: Fact] = [:]
    for one in root["per_migration"]?.array ?? [] {
      let id = try #require(one["name"]?.string)
      each[id.hasSuffix(".sql") ? String(id.dropLast(4)) : id] = Fact(
        applies: one["applies"]?.bool ?? false, hasDown: one["has_down"]?.bool ?? false,
        downRuns: one["down_ok"]?.bool ?? false, restores: one["down_restores_schema"]?.bool ?? false)
    }
    return (each, try #require(root["schema_fingerprint_after_all"]?.string))
  }

  /// `pg_dump -s` without the tool's own tables, comments, blank lines and the marks of its newest versions.
  private func schema(_ database: Secret, _ tool: any MigrationTool) async throws -> [Substring] {
    var options = tool.bookkeeping.schemas.sorted().map { "-N \($0)" }
    options += tool.bookkeeping.tables.sorted().map { "-T '*.\($0)'" }
    let address = database.reveal()
    let finished = try await SystemProcessRunner().run(
      .shell(
        "pg_dump -s --no-owner \(options.joined(separator: " ")) \"$ADDRESS\"",
        environment: ["PATH": Workbench.path, "ADDRESS": address], folder: "/", timeout: .seconds(120)))
    #expect(finished.succeeded)
    return String(decoding: finished.output, as: UTF8.self).split(separator: "\n").filter {
      !$0.hasPrefix("--") && !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict")
    }
  }

  private func fingerprint(_ schema: [Substring]) -> String {
    Digest.hex(Digest.sha256(Array(schema.joined(separator: "\n").utf8)))
  }

  private func copyOf(_ database: Secret) async throws -> Secret {
    let server = try await ThrowawayPostgres.server()
    let name = database.reveal().split(separator: "?")[0].split(separator: "/").last.map(String.init) ?? ""
    let copy = name + "_copy"
    try await server.dropDatabase(copy)
    try await server.createDatabase(copy, template: name)
    return server.url(database: copy)
  }

  /// Each migration up by itself, then down on a copy, as the facts were measured.
  private func eachUpAndDown(_ name: String, _ kind: MigrationRules.Tool, _ make: (Workbench) -> any MigrationTool)
    async throws
  {
    let (facts, _) = try facts(name)
    let source = try #require(RealHistories.folder) + "/\(name)/migrations"
    let whole = try await Workbench()
    let all = try await make(try await linked(whole, source)).state(database: whole.database).pending
    #expect(all.count == facts.count)
    let bench = try await Workbench(["readme.txt": ""])
    let files = try FileManager.default.contentsOfDirectory(atPath: source)
    let tool = make(bench)
    for pending in all {
      let fact = try #require(facts[pending.id.text])
      for file in files where file.split(separator: ".")[0] == pending.id.text {
        try bench.folder.write(try text(of: source + "/" + file), to: "db/" + file)
      }
      let before = try await schema(bench.database, tool)
      let failure = await code { () throws(Problem) in
        try await tool.up(database: bench.database, migrations: [pending.id], run: nil, progress: { _ in })
      }
      #expect((failure == nil) == fact.applies, "\(pending.id) applies")
      let copy = try await copyOf(bench.database)
      let back = await code { () throws(Problem) in
        try await tool.down(database: copy, migrations: [pending.id], progress: { _ in })
      }
      let isWritten = try tool.reversibility(of: [pending.id]).isComplete
      #expect((isWritten && back == nil) == (fact.hasDown && fact.downRuns), "\(pending.id) down: \(back ?? "ran")")
      if back == nil {
        #expect((try await schema(copy, tool) == before) == fact.restores, "\(pending.id) restores the schema")
      }
    }
  }

  private func linked(_ bench: Workbench, _ source: String) async throws -> Workbench {
    try FileManager.default.createSymbolicLink(
      atPath: bench.folder.path + "/db", withDestinationPath: source)
    return bench
  }

  private func applyWhole(_ name: String, _ count: Int, _ bench: Workbench, _ tool: any MigrationTool) async throws {
    let (facts, expected) = try facts(name)
    let pending = try await tool.state(database: bench.database).pendingIDs
    #expect(pending.count == count && facts.values.allSatisfy(\.applies))
    let state = try await tool.up(database: bench.database, migrations: pending, run: nil, progress: { _ in })
    #expect(state.appliedIDs == pending && state.drifted.isEmpty && state.obstacles.isEmpty)
    #expect(fingerprint(try await schema(bench.database, tool)) == expected)
  }

  // MARK: The histories

  @Test func `umami's history for Prisma is applied whole`() async throws {
    let bench = try await Workbench()
    let tool = bench.prisma(directory: try #require(RealHistories.folder) + "/umami")
    try await applyWhole("umami", 19, bench, tool)
  }

  @Test(.enabled(if: RealHistories.isLong, "set GATEHOUSE_LONG_HISTORIES"))
  func `langfuse's history for Prisma is applied whole`() async throws {
    let bench = try await Workbench()
    let tool = bench.prisma(directory: try #require(RealHistories.folder) + "/langfuse")
    try await applyWhole("langfuse", 434, bench, tool)
  }

  @Test func `pocket-id's history for golang-migrate is applied whole`() async throws {
    let bench = try await Workbench()
    let source = try #require(RealHistories.folder) + "/pocketid/migrations"
    try await applyWhole("pocketid", 64, bench, (try await linked(bench, source)).standin(.golangMigrate))
  }

  @Test(.enabled(if: RealHistories.isLong, "set GATEHOUSE_LONG_HISTORIES"))
  func `pocket-id's ways back run and restore as was measured`() async throws {
    try await eachUpAndDown("pocketid", .golangMigrate) { $0.standin(.golangMigrate) }
  }

  @Test func `openfga's history for goose goes up, and back as was measured`() async throws {
    try await eachUpAndDown("openfga", .goose) { $0.standin(.goose) }
  }

  @Test func `basejump's history for Supabase is applied whole`() async throws {
    let folder = try #require(RealHistories.folder) + "/basejump"
    let bench = try await Workbench()
    try await bench.run(try text(of: folder + "/platform-prelude.sql"))
    let tool = (try await linked(bench, folder + "/migrations")).standin(.supabase)
    let pending = try await tool.state(database: bench.database).pendingIDs
    let facts = try facts("basejump").each
    #expect(pending.count == 4 && facts.values.allSatisfy(\.applies))
    let state = try await tool.up(database: bench.database, migrations: pending, run: nil, progress: { _ in })
    #expect(state.appliedIDs == pending && state.drifted.isEmpty && state.obstacles.isEmpty)
    #expect(try tool.reversibility(of: pending).reversible.isEmpty)
  }

  @Test(.enabled(if: RealTools.sqitch, "sqitch is not here"))
  func `openfn's history for Sqitch goes up as far as it is right, and back`() async throws {
    let (facts, expected) = try facts("openfn")
    let bench = try await Workbench()
    _ = try await linked(bench, try #require(RealHistories.folder) + "/openfn/migrations")
    let tool = bench.tool(.sqitch, environment: SqitchToolTests.environment) {
      // One at a time, so that a failure does not take back the others.
      $0.run = "cd db && sqitch deploy --mode change"
      $0.down = "cd db && sqitch revert -y ${GATEHOUSE_TARGET:+--to \"$GATEHOUSE_TARGET\"}"
    }
    let empty = try await schema(bench.database, tool)
    let pending = try await tool.state(database: bench.database).pendingIDs
    #expect(pending.count == 6)
    let fails = try #require(pending.first { facts[$0.text]?.applies == false })
    do throws(Problem) {
      _ = try await tool.up(database: bench.database, migrations: pending, run: nil, progress: { _ in })
      Issue.record("all of it was deployed")
    } catch {
      #expect(error.code == "migration.command-failed")
      #expect((error.why ?? "").contains("it stopped at \(fails); Sqitch noted that \(fails) failed"))
    }
    let applied = try await tool.state(database: bench.database).appliedIDs
    #expect(applied == pending.filter { facts[$0.text]?.applies == true })
    #expect(fingerprint(try await schema(bench.database, tool)) == expected)
    // What each revert restores is the schema before its own change.
    for (place, id) in applied.enumerated().reversed() where facts[id.text]?.restores == true {
      let state = try await tool.down(database: bench.database, migrations: [id], progress: { _ in })
      #expect(state.appliedIDs == Array(applied[..<place]))
    }
    #expect(try await schema(bench.database, tool) == empty)
  }
}
