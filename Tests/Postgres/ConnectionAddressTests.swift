import Core
import Postgres
import Testing

@Suite struct `An address` {
  @Test(arguments: [
    ("postgresql://u:p%40ss@db.example.com:6543/app", "db.example.com:6543/app"),
    ("postgres://u:p@h/app?schema=public&connection_limit=1&sslmode=require", "h:5432/app"),
    ("postgres://u:p@h/app?pgbouncer=true", "h:5432/app"),
    ("host=h user=u password='a b' dbname=x", "h:5432/x"),
    ("postgresql://u@localhost/x?host=/tmp/here", "socket:5432/x"),
    ("postgresql://u@[::1]:5/x", "::1:5/x"),
  ])
  func `is read, and its place has no user and no password`(_ text: String, _ place: String) throws {
    #expect(try ConnectionAddress(Secret(text)).place == place)
  }

  @Test(arguments: [
    "", "https://h/x", "postgres://user:hunt@er2@h/x", "postgres://user:hunt/er2@h/x", "postgres://user:12/hunter2@h/x",
    "postgres://h/x?sslmod=require", "postgres://u:p@h:port/x",
  ])
  func `that cannot be read is refused without quoting it`(_ text: String) throws {
    let error = #expect(throws: PostgresError.self) { try ConnectionAddress(Secret(text)) }
    #expect(error?.kind == .protocolMismatch)
    for part in ["hunt", "er2"] { #expect(error?.message.contains(part) == false) }
  }

  @Test func `a child gets everything by its environment`() throws {
    let address = try ConnectionAddress(Secret("postgresql://u:p%40ss@h:7/x?sslmode=require&schema=public"))
    #expect(
      address.childEnvironment() == [
        "PGHOST": "h", "PGPORT": "7", "PGUSER": "u", "PGPASSWORD": "p@ss", "PGDATABASE": "x", "PGSSLMODE": "require",
        "PGAPPNAME": "gatehouse",
      ])
  }

  @Test(arguments: [
    ("postgresql://u:p%40s@h:7/x?sslmode=require", "postgresql://u:p%40s@h:7/other%20one?sslmode=require"),
    ("postgresql://u@localhost/x?host=/tmp/here", "postgresql://u@localhost/other%20one?host=%2Ftmp%2Fhere"),
    ("host=a,b port=1,2 user=u", "postgresql://u@/other%20one?host=a%2Cb&port=1%2C2"),
  ])
  func `the same server's other database keeps the rest`(_ text: String, _ expected: String) throws {
    #expect(try ConnectionAddress(Secret(text)).url(database: "other one").reveal() == expected)
    #expect(throws: Never.self) { try ConnectionAddress(Secret(expected)) }
  }

  @Test(arguments: [
    ("postgres://u:p@aws-0.pooler.supabase.com:6543/x", true), ("postgres://u:p@ep-x-pooler.eu.neon.tech/x", true),
    ("postgres://u:p@h/x?pgbouncer=true", true), ("postgres://u:p@h:6543/x", false),
  ])
  func `says when its name is a pooler's`(_ text: String, _ expected: Bool) throws {
    #expect(try ConnectionAddress(Secret(text)).namesPooler == expected)
  }

  @Test(arguments: [("a\"b", "\"a\"\"b\""), ("plain", "\"plain\"")])
  func `identifiers are quoted`(_ name: String, _ quoted: String) { #expect(name.quotedIdentifier == quoted) }
}
