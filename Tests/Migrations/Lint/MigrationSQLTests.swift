import Core
import Migrations
import Testing

@Suite struct MigrationSQLTests {
  private func up(_ text: String, _ tool: String, named name: String = "1.sql") -> (
    text: String, MigrationSQL.Transaction
  )? {
    switch MigrationSQL.up(of: text, named: name, tool: tool) {
    case .success(let sql): (sql.text, sql.transaction)
    case .failure: nil
    }
  }

  @Test func `Of goose and dbmate only the way up is read, in the lines of the file`() throws {
    let goose = try #require(up("-- +goose Up\nCREATE TABLE a (b int);\n-- +goose Down\nDROP TABLE a;\n", "goose"))
    #expect(goose == ("\nCREATE TABLE a (b int);\n\n\n", .whole))
    #expect(up("-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;", "goose")?.1 == .each)
    let dbmate = try #require(
      up("-- migrate:up transaction:false\nSELECT 1;\r\n--migrate:down\nDROP TABLE a;", "dbmate"))
    #expect(dbmate == ("\nSELECT 1;\r\n\n", .each))
    #expect(up("DROP TABLE a;", "goose") == nil)
    #expect(up("-- +goose Down\nDROP TABLE a;\n", "goose") == nil)
  }

  @Test(arguments: [
    "-- +goose Up\nSELECT 1;\n -- +goose Down\nDROP TABLE a;", "-- +goose Up\nSELECT 1;\n-- +goose down\nDROP TABLE a;",
    "-- +goose Up\nSELECT 1;\n-- +goose Down\nSELECT 2;\n-- +goose Up\nDROP TABLE a;",
    "-- +goose Up\n-- +goose ENVSUB ON\nSELECT ${A};", "-- +goose Down\nSELECT 1;\n-- +goose Up\nSELECT 2;",
    "-- +goose Up\nSELECT 1;\n-- migrate:down\nDROP TABLE a;",
  ])
  func `What the tool might read otherwise is not read`(_ text: String) { #expect(up(text, "goose") == nil) }

  @Test func `Annotations of a tool that may not heed them leave the file unread, and a plain tool runs all of it`() {
    let text = "-- +goose Up\nSELECT 1;\n-- +goose Down\nDROP TABLE a;\n"
    #expect(up(text, "command") == nil)
    #expect(up(text, "sql")?.text == text)
    #expect(up(text, "prisma")?.text == text)
    #expect(up("SELECT 1", "command")?.1 == .unknown)
  }

  @Test func `What is no SQL is not read`() {
    #expect(up("class A(Migration):", "alembic", named: "0001_a.py") == nil)
    #expect(up("", "rails", named: "1_a.rb") == nil)
  }

  @Test func `How the tool runs it is known`() {
    #expect(up("-- gatehouse: no-transaction\nSELECT 1", "sql")?.1 == .each)
    #expect(up("SELECT 1;\n-- gatehouse: no-transaction", "sql")?.1 == .whole)
    #expect(up("SELECT 1", "golang-migrate")?.1 == .text)
    #expect(up("SELECT 1;--> statement-breakpoint\nSELECT 2;", "drizzle")?.1 == .whole)
    #expect(up("SELECT 1", "sqitch")?.1 == .each)
  }
}
