import Testing

@testable import Vercel

@Suite struct `Leaving files out` {
  struct Case: Sendable, CustomTestStringConvertible {
    var rules: String
    var path: String
    var isFolder = false
    var isLeftOut: Bool
    init(_ rules: String, _ path: String, isFolder: Bool = false, _ isLeftOut: Bool) {
      self.rules = rules
      self.path = path
      self.isFolder = isFolder
      self.isLeftOut = isLeftOut
    }
    var testDescription: String { "\(rules.debugDescription) on \(path)" }
  }

  /// Each line was held against `git check-ignore` of Git 2.39, except those about `./`.
  static let cases = [
    Case("a.txt", "a.txt", true), Case("a.txt", "deep/a.txt", true), Case("a.txt", "a.txt.bak", false),
    Case("/a.txt", "a.txt", true), Case("/a.txt", "deep/a.txt", false), Case("./a.txt", "a.txt", true),
    Case("dir/a.txt", "dir/a.txt", true), Case("dir/a.txt", "x/dir/a.txt", false),
    Case("dir/", "dir", isFolder: true, true), Case("dir/", "dir", false), Case("dir/", "x/dir", isFolder: true, true),
    Case("*.log", "a.log", true), Case("*.log", ".log", true), Case("*.log", "x/y.log", true),
    Case("a*c", "a/c", false), Case("a?c", "abc", true), Case("a?c", "a/c", false),
    Case("**/x", "x", true), Case("**/x", "a/b/x", true), Case("a/**", "a", isFolder: true, false),
    Case("a/**", "a/b", true), Case("a/**/b", "a/b", true), Case("a/**/b", "a/x/y/b", true),
    Case("a/**/b", "a/x/y/c", false), Case("[a-c].txt", "b.txt", true), Case("[!a-c].txt", "b.txt", false),
    Case("[^a-c].txt", "d.txt", true), Case("[]x].txt", "].txt", true), Case("[a", "[a", false),
    Case("\\[a", "[a", true),
    Case("# note", "# note", false), Case("\\# note", "# note", true), Case("\\!a", "!a", true),
    Case("a\\ ", "a ", true), Case("a ", "a", true), Case("", "a", false), Case("/", "a", false),
    Case("*.log\n!keep.log", "keep.log", false), Case("!keep.log\n*.log", "keep.log", true),
    Case("a\\*b", "a*b", true), Case("a\\*b", "axb", false), Case("*a*b*c*", "xxaxxbxxcxx", true),
  ]

  @Test(arguments: cases) func `patterns mean what Git says`(_ example: Case) {
    let rules = IgnoreRules([example.rules])
    #expect(rules.leavesOut(example.path, isFolder: example.isFolder) == example.isLeftOut)
  }

  @Test func `a hostile pattern costs no more than a long one`() {
    let rules = IgnoreRules([String(repeating: "*a", count: 500) + "b", String(repeating: "**/a/", count: 200) + "b"])
    #expect(!rules.leavesOut(String(repeating: "a", count: 2000), isFolder: false))
    #expect(!rules.leavesOut(String(repeating: "a/", count: 1000) + "c", isFolder: false))
  }

  @Test func `the vendor's own list and ours are patterns that hold`() {
    let vendor = IgnoreRules([IgnoreRules.vendor])
    for path in ["node_modules", "x/node_modules", ".git", ".env.local", ".env.prod.local", ".yarn/cache", "a/.x.swp"] {
      #expect(vendor.leavesOut(path, isFolder: true))
    }
    #expect(!vendor.leavesOut(".env", isFolder: false))
    let ours = IgnoreRules([IgnoreRules.ours])
    for path in [".env", "a/.env.production", ".gatehouse", "gatehouse-evidence.json"] {
      #expect(ours.leavesOut(path, isFolder: false))
    }
  }
}
