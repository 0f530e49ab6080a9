import Core
import FoundationEssentials
import Migrations
import TestSupport
import Testing

/// Migrations of real products, where the collection lies beside a checkout of the project.
@Suite struct RealHistoryTests {
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

  @Test(.enabled(if: folder != nil, "the real migration histories are not here"))
  func `umami's history for Prisma is applied whole`() async throws {
    let folder = try #require(Self.folder)
    let bench = try await Workbench()
    let tool = bench.prisma(directory: folder + "/umami")
    let pending = try await tool.state(database: bench.database).pendingIDs
    #expect(pending.count == 19)
    let state = try await tool.up(database: bench.database, migrations: pending, run: nil, progress: { _ in })
    #expect(state.appliedIDs == pending)
    #expect(state.drifted.isEmpty)
  }

  @Test(.enabled(if: folder != nil, "the real migration histories are not here"))
  func `pocket-id's pairs go up, and back as far as their ways back are right`() async throws {
    let folder = try #require(Self.folder)
    let bench = try await Workbench()
    let tool = bench.tool(.sql, directory: folder + "/pocketid/migrations")
    let pending = try await tool.state(database: bench.database).pending
    #expect(pending.count == 64)
    let ids = pending.map(\.id)
    #expect(
      try await tool.up(database: bench.database, migrations: ids, run: nil, progress: { _ in }).appliedIDs == ids)
    let newest = Array(pending.reversed().prefix { $0.hasDown }.map(\.id))
    #expect(newest.count > 10)
    // Two of the history's own ways back fail, as its facts say, and some hold comments only; each leaves its
    // migration where it was.
    var back = 0
    for id in newest {
      do throws(Problem) {
        _ = try await tool.down(database: bench.database, migrations: [id], progress: { _ in })
        back += 1
      } catch {
        #expect(["migration.statement-failed", "migration.irreversible"].contains(error.code))
        break
      }
    }
    #expect(back > 0)
    #expect(try await tool.state(database: bench.database).applied.count == 64 - back)
  }
}
