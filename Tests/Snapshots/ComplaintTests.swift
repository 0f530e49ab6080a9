import Processes
import Testing

@testable import Snapshots

@Suite struct `What a tool complains of` {
  @Test(arguments: [
    ("pg_restore: error: could not execute query: ERROR:  no\r\nDETAIL:  Maria Silva\r\n", "no"),
    ("psql:x.sql:3: ERROR:  invalid input syntax for type integer: \"\u{301}Maria\"\n", "‹…›"),
    ("psql:x.sql:3: ERROR:  relation \"visits\" does not exist\n", "relation \"visits\" does not exist"),
  ])
  func `is told without what may be a row's content`(text: String, told: String) {
    let complaint = DumpTools.complaint(Finished(ending: .exited(1), errorOutput: Array(text.utf8)))
    #expect(!complaint.contains("Maria"))
    #expect(complaint.hasSuffix(told))
  }

  @Test func `an array of names keeps each name whole`() {
    let text = ReadingSession.arrayLiteral(["a\"\u{301}b", "c\\"])
    #expect(Array(text.unicodeScalars) == Array("{\"a\\\"\u{301}b\",\"c\\\\\"}".unicodeScalars))
  }
}
