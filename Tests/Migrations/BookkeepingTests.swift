import Core
import Migrations
import Testing

@Suite struct BookkeepingTests {
  private static let tool = Bookkeeping(schemas: ["sqitch"], tables: ["_prisma_migrations"])

  @Test(arguments: [
    "sqitch.changes", "schema sqitch", "column sqitch.changes.change_id", "constraint sqitch.tags.tags_pkey",
    "comment schema sqitch", "public._prisma_migrations", "index public._prisma_migrations_pkey",
    "column public._prisma_migrations.id", "constraint \"public\"._prisma_migrations.x",
    "trigger public._prisma_migrations.x", "index public._prisma_migrations_name_idx",
    "sequence \"Odd one\"._prisma_migrations_id_seq", "relation public._prisma_migrations_id_seq",
    "comment on table column public._prisma_migrations.id",
    "comment on table constraint x on public._prisma_migrations",
    "public._prisma_migrations_pkey", "function sqitch.f(integer)",
  ])
  func `what the tool made is its own`(name: String) { #expect(Self.tool.holds(name)) }

  @Test(arguments: [
    "public.sqitch", "public.patients", "column public.sqitch.id", "index public.sqitch_pkey", "schema sqitched",
    "public.my_prisma_migrations", "public._prisma_migration", "", "schema public",
    "relation public._prisma_migrations_audit", "relation public._prisma_migrations_key",
    "column public.users._prisma_migrations", "column public._prisma_migrations_audit.id",
    "constraint public.users._prisma_migrations_fkey", "function public.f(_prisma_migrations)",
    "index public.users__prisma_migrations_idx", "index public._prisma_migrations_of_others",
    "public.\"sqitch.t\"", "trigger public.users.sqitch", "_prisma_migrations.users",
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
