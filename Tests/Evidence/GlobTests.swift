import Evidence
import Testing

@Suite struct GlobTests {
  @Test(arguments: [
    ("a.xml", "a.xml", true), ("a.xml", "b/a.xml", false), ("*.xml", "a.xml", true), ("*.xml", ".xml", true),
    ("*.xml", "a/b.xml", false), ("?.xml", "a.xml", true), ("?.xml", "é.xml", true), ("?.xml", "ab.xml", false),
    ("reports/**/junit*.xml", "reports/junit.xml", true), ("reports/**/junit*.xml", "reports/a/b/junit-1.xml", true),
    ("reports/**/junit*.xml", "other/junit.xml", false), ("**/*.ts", "a.ts", true), ("**/*.ts", "a/b/c.ts", true),
    ("**", "a/b", true), ("a/**", "a/b/c", true), ("a/**", "b/c", false), ("a/**/b/**/c", "a/b/c", true),
    ("a/**/b/**/c", "a/x/b/y/z/c", true), ("a/**/b/**/c", "a/x/c", false), ("[a-c]x", "bx", true),
    ("[a-c]x", "dx", false), ("[!a-c]x", "dx", true), ("[]]x", "]x", true), ("[a-]x", "-x", true),
    ("{a,b}/c.{xml,json}", "b/c.json", true), ("{a,b}/c.{xml,json}", "c/c.json", false), ("a{,b}c", "ac", true),
    ("{a,{b,c}}d", "cd", true), ("apps/*/src/**", "apps/web/src/a/b.ts", true), ("./a/b", "a/b", true),
    ("a\\*b", "a*b", true), ("a\\*b", "axb", false), ("*a*b*", "xaybz", true), ("*a*b*", "xbya", false),
  ])
  func `a pattern matches what it says`(pattern: String, path: String, expected: Bool) throws {
    #expect(try Glob(pattern).matches(path) == expected)
  }

  @Test(arguments: [
    "", "/etc/passwd", "../x", "a/../../b", "[a", "[", "{a", "a}", "{a,b", "[z-a]", "a\\", "./", "{a,/../b}",
  ])
  func `what is no pattern within the folder is refused`(pattern: String) {
    #expect(throws: Glob.Fault.self) { try Glob(pattern) }
  }

  @Test func `braces cannot be made to explode`() {
    #expect(throws: Glob.Fault.self) { try Glob(String(repeating: "{a,b}", count: 30)) }
    #expect(throws: Glob.Fault.self) {
      try Glob(String(repeating: "{", count: 100) + String(repeating: "}", count: 100))
    }
  }

  @Test func `stars cannot be made to take for ever`() throws {
    let glob = try Glob(String(repeating: "*a", count: 200) + "b")
    #expect(!glob.matches(String(repeating: "a", count: 2000)))
    let folders = try Glob(String(repeating: "**/a/", count: 50) + "b")
    #expect(!folders.matches(Array(repeating: "a", count: 400).joined(separator: "/")))
  }
}
