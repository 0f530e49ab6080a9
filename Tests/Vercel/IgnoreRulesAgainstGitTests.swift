import Processes
import TestSupport
import Testing

@testable import Vercel

/// Git itself says what patterns mean.
@Suite struct `Leaving files out, beside Git` {
  /// Texts of patterns, each with what is hard about it: negation, anchors, folders, `**`, classes, quoting, blanks.
  static let texts = [
    "*.log\n!important.log\n/build\nsrc/*.ts\n!src/main.ts\n",
    "/*\n!/src\n/src/*\n!/src/lib\n",
    "**/lib/\n!a/lib\n*.ts\n",
    "a/**\n!a/b\n!a/b/c.ts\n",
    "**/b/**\n", "a/**/c.ts\n", "**\n!*/\n!*.ts\n", "lib/\n", "/lib", "src/lib\n", "!src\nsrc\n",
    "[[:alpha:]].log\n[[:digit:]]*\n", "[!a-c].log\n[^x]y\n", "[]-]x\n[a-\n", "[[:nonsense:]]\n[\\]]x\n[\\a-\\c].log\n",
    "\\#hash\n\\!bang\n#comment\n", "trailing\\ \nblank \n  lead\n", "back\\\\ \nx\\\\\n", "a?c\n*.*.*\n",
    "***\n!c.ts\n",
    "SRC\n*.LOG\n[A-C].log\n", "a\r\n", "//a\na//b\n/\n./x\n", "src/**/*.ts\n!src/lib/**\n", "a*/b\n*/lib\n", "é*\n",
    "x\n!x\nx/\n", "*\\\n", "foo/**bar\n**foo\n",
  ]

  static let paths = [
    "a.log", "b.log", "d.log", "important.log", "build/x", "src/main.ts", "src/other.ts", "src/lib/c.ts",
    "src/lib/deep/d.ts",
    "a/lib/x", "a/b/c.ts", "a/b/d.ts", "a/x/c.ts", "a/c.ts", "lib/x", "c.ts", "1st", "xy", "]x", "-x", "#hash", "!bang",
    "#comment", "trailing ", "trailing", "blank", "blank ", "  lead", "lead", "abc", "a.b.c", "A/b/e.ts", "Src2/x",
    "été", "back\\", "x\\", "foo/xbar", "foo/bar/y", "xfoo", "x/file", "ab/b/file", "*", "[a-", "back\\ ",
  ]

  @Test(arguments: texts.indices) func `every path is left out or taken as Git does`(_ index: Int) async throws {
    let text = `Leaving files out, beside Git`.texts[index]
    // `./` at the beginning is the one thing that the vendor's client reads otherwise.
    let rules = IgnoreRules([text.replacing("./x", with: "nothing-of-it")])
    let folder = try TemporaryFolder()
    for path in `Leaving files out, beside Git`.paths { try folder.write("x", to: path) }
    try folder.write(text.replacing("./x", with: "nothing-of-it"), to: ".gitignore")
    let git = SystemProcessRunner()
    func run(_ arguments: [String], input: [UInt8]? = nil) async throws -> Finished {
      try await git.run(
        Command(
          ["git", "-c", "core.ignoreCase=true", "-c", "core.excludesFile=/dev/null"] + arguments,
          environment: ["PATH": "/usr/bin:/bin", "HOME": folder.path, "GIT_CONFIG_NOSYSTEM": "1"], folder: folder.path,
          timeout: .seconds(60), input: input))
    }
    try #require(try await run(["init", "-q"]).succeeded)
    let names = `Leaving files out, beside Git`.paths.joined(separator: "\0") + "\0"
    let told = try await run(["check-ignore", "--no-index", "-z", "--stdin"], input: Array(names.utf8))
    try #require(
      told.ending == .exited(0) || told.ending == .exited(1), "\(String(decoding: told.errorOutput, as: UTF8.self))")
    let ignored = Set(told.output.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
    for path in `Leaving files out, beside Git`.paths {
      #expect(rules.leavesOutAny(of: path) == ignored.contains(path), "\(text.debugDescription) on \(path)")
    }
  }
}
