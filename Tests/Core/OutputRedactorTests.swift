import Testing

@testable import Core

@Suite struct `Secrets in a program's output` {
  private func shown(_ text: String, _ secrets: [String], cut: Int) -> String {
    var redactor = OutputRedactor(secrets.map { Secret($0) })
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      out += redactor.pass(rest.prefix(cut))
      rest = rest.dropFirst(cut)
    }
    return String(decoding: out + redactor.finish(), as: UTF8.self)
  }

  @Test(arguments: [1, 2, 3, 7, 1000]) func `are taken out wherever the pieces are cut`(_ cut: Int) {
    let secrets = ["postgres://u:p@h/db?x=1", "hunter2", "hunter2-longer", "two\nlines-of-key", "on"]
    let text = """
      url postgres://u:p@h/db?x=1, again postgres://u:p@h/db?x=1
      json "postgres:\\/\\/u:p@h\\/db?x=1" query postgres%3A%2F%2Fu%3Ap%40h%2Fdb%3Fx%3D1
      hunter2-longer hunter2hunter2 hunter lines-of-key
      base64 aHVudGVyMi1sb25nZXI= on
      """
    #expect(
      shown(text, secrets, cut: cut) == """
        url ‹secret›, again ‹secret›
        json "‹secret›" query ‹secret›
        ‹secret› ‹secret›‹secret› hunter ‹secret›
        base64 ‹secret›ZXI= on
        """)
  }

  @Test func `nothing is held back for ever, and nothing else is changed`() {
    #expect(shown("plain", [], cut: 2) == "plain")
    #expect(shown("almost secre", ["secret"], cut: 3) == "almost secre")
    #expect(shown("", ["secret"], cut: 3) == "")
  }
}
