import Testing

@testable import Postgres

/// Combining marks and carriage returns make one character of Swift out of what is two for PostgreSQL.
@Suite struct `Text that is not what it seems` {
  @Test(arguments: [
    ("a\"b", "\"a\"\"b\""), ("a\"\u{301}; DROP ROLE x", "\"a\"\"\u{301}; DROP ROLE x\""),
    ("\"\u{200D}", "\"\"\"\u{200D}\""), ("", "\"\""),
  ])
  func `cannot end a quoted name`(name: String, quoted: String) {
    #expect(Array(name.quotedIdentifier.unicodeScalars) == Array(quoted.unicodeScalars))
  }

  @Test(arguments: [
    ("it's", "'it''s'"), ("'\u{301} OR true", "'''\u{301} OR true'"), ("\\\u{301}", " E'\\\\\u{301}'"),
    ("\\'", " E'\\\\'''"),
  ])
  func `cannot end a literal`(text: String, quoted: String) {
    #expect(Array(text.quotedLiteral.unicodeScalars) == Array(quoted.unicodeScalars))
  }

  @Test(arguments: [
    "invalid input syntax for type integer: \"\u{301}Maria Silva\"",
    "invalid input syntax for type integer: \"Maria Silva\u{301}\"",
    "invalid input syntax for type integer: \"\u{301}Maria Silva",
    "invalid input syntax for type integer: \"Maria\" Silva\"",
  ])
  func `cannot carry a row's content into a message`(primary: String) {
    let shown = PostgresError.withoutData(primary, sqlstate: "22P02", raisedBy: nil)
    #expect(!shown.contains("Maria") && !shown.contains("Silva"))
    #expect(shown.hasPrefix("invalid input syntax for type integer: "))
  }

  @Test func `cannot carry what follows a line into a message`() {
    #expect(PostgresError.withoutData("no\r\nDETAIL: Maria", sqlstate: "23505", raisedBy: nil) == "no")
    #expect(PostgresError.lines(of: "one\r\ntwo\rthree\n") == ["one", "two", "three"])
  }
}
