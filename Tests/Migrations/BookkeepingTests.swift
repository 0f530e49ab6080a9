import Core
import Migrations
import Testing

@Suite struct BookkeepingTests {
  private static let tool = Bookkeeping(schemas: ["sqitch"], tables: ["_prisma_migrations"])

  @Test(arguments: [
    "sqitch.changes", "schema sqitch", "column sqitch.changes.change_id", "constraint sqitch.tags.tags_pkey",
    "comment schema sqitch", "public._prisma_migrations", "index public._prisma_migrations_pkey",
    "column public._prisma_migrations.id", "constraint \"public\"._prisma_migrations.x",
  ])
  func `what the tool made is its own`(name: String) { #expect(Self.tool.holds(name)) }

  @Test(arguments: [
    "public.sqitch", "public.patients", "column public.sqitch.id", "index public.sqitch_pkey", "schema sqitched",
    "public.my_prisma_migrations", "public._prisma_migration", "", "schema public",
  ])
  func `nothing else is`(name: String) { #expect(!Self.tool.holds(name)) }

  @Test func `a state survives its journal form`() throws {
    var state = MigrationState(tool: .golangMigrate)
    state.pending = [
      .init(id: "2_b", sha256: "aa", path: "/x", form: .goose, runsInTransaction: false, hasDown: true)
    ]
    state.drifted = [.init(id: "1_a", why: "changed")]
    state.failed = "3_c"
    state.obstacles = [.init(kind: .severalHeads, id: "4_d", why: "two")]
    #expect(MigrationState(json: state.json) == state)
  }
}
