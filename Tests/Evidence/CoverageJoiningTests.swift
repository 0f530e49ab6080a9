import Core
import Evidence
import Testing

@Suite struct CoverageJoiningTests {
  private func facts(_ paths: String..., format: EvidenceFormat = .lcov, sources: [String] = []) -> CoverageFacts {
    var facts = CoverageFacts()
    for path in paths {
      var file = FileCoverage(format: format)
      file.lines.note(1, ran: true)
      facts.files[path] = file
    }
    facts.sources = sources
    return facts
  }

  private func joined(
    _ facts: CoverageFacts, report: String = "coverage/lcov.info", _ files: [String], modules: [String: String] = [:]
  ) -> JoinedCoverage {
    JoinedCoverage([(facts, report)], root: "/app", tree: SourceList(files, goModules: modules))
  }

  @Test(arguments: [
    ("/app/src/a.ts", "coverage/lcov.info", ["src/a.ts", "b/src/a.ts"], "src/a.ts"),
    ("./src/a.ts", "coverage/lcov.info", ["src/a.ts"], "src/a.ts"),
    ("src/a.ts", "apps/api/coverage/lcov.info", ["apps/api/src/a.ts"], "apps/api/src/a.ts"),
    ("../src/a.ts", "apps/api/coverage/lcov.info", ["apps/api/src/a.ts"], "apps/api/src/a.ts"),
    ("/builds/x/src/a.ts", "coverage/lcov.info", ["src/a.ts"], "src/a.ts"),
    ("C:/agent/src/a.cs", "coverage/lcov.info", ["src/a.cs"], "src/a.cs"),
    (
      "com/example/A.java", "target/site/jacoco.xml", ["core/src/main/java/com/example/A.java"],
      "core/src/main/java/com/example/A.java"
    ),
    (
      "com/example/A.java", "web/target/jacoco.xml",
      ["core/src/com/example/A.java", "web/src/com/example/A.java"], "web/src/com/example/A.java"
    ),
  ])
  func `a path finds its file`(written: String, report: String, files: [String], found: String) {
    let joined = joined(facts(written), report: report, files)
    #expect(Array(joined.facts.files.keys) == [found])
    #expect(joined.unknownCount == 0 && joined.ambiguousCount == 0)
  }

  @Test(arguments: [
    ("src/a.ts", ["api/src/a.ts", "web/src/a.ts"]), ("/builds/x/src/a.ts", ["a.ts", "src/a.ts"]),
    ("src/a.ts", ["src/a.ts", "apps/api/src/a.ts"]),
  ])
  func `a path that could be several files is none`(written: String, files: [String]) {
    let joined = joined(facts(written), report: "apps/api/coverage/lcov.info", files)
    // The second has the shorter of two foreign folders, and is found.
    if written.hasPrefix("/builds") {
      #expect(Array(joined.facts.files.keys) == ["src/a.ts"])
    } else {
      #expect(joined.ambiguous == [written])
    }
  }

  @Test func `a path that is no file of the repository is said`() {
    let joined = joined(facts("src/gone.ts", "/app/.build/runner.swift"), ["src/a.ts", "runner.swift"])
    #expect(joined.unknown == [".build/runner.swift", "src/gone.ts"])
  }

  @Test func `what only ends like our own files is not ours`() {
    let joined = joined(
      facts("/builds/x/src/a.ts", "/builds/x/node_modules/left/index.js"), ["src/a.ts", "index.js"])
    #expect(joined.facts.files.keys.sorted() == ["/builds/x/node_modules/left/index.js", "src/a.ts"])
    #expect(joined.unknownCount == 1)
  }

  @Test func `import paths of Go are found by their modules`() {
    let joined = joined(
      facts("example.com/gate/a/a.go", "example.com/gate/tools/t.go", format: .goCoverprofile), report: "c.out",
      ["a/a.go", "tools/t.go", "other/t.go"], modules: ["example.com/gate": "", "example.com/gate/tools": "tools"])
    #expect(joined.facts.files.keys.sorted() == ["a/a.go", "tools/t.go"])
  }

  @Test func `the folders that Cobertura names are all tried`() {
    let joined = joined(
      facts("core.py", "util.py", format: .cobertura, sources: ["/app/src", "/app/lib"]),
      ["src/core.py", "lib/util.py"])
    #expect(joined.facts.files.keys.sorted() == ["lib/util.py", "src/core.py"])
  }

  @Test func `a file twice in one report under two names is neither`() {
    let joined = joined(facts("x/com/A.java", "y/com/A.java"), ["com/A.java"])
    #expect(joined.facts.files.count == 2)
    #expect(joined.facts.files["com/A.java"] == nil)
  }

  @Test func `excluded files are told by the name in the report and in the repository`() throws {
    for glob in ["src/**", "builds/**", "**/a.ts"] {
      let joined = JoinedCoverage(
        [(facts("/builds/x/src/a.ts"), "r")], root: "/app", tree: SourceList(["src/a.ts"]),
        excluding: [try Glob(glob)])
      #expect(joined.excluded == 1 && joined.facts.files.isEmpty, "\(glob)")
    }
  }
}

/// Whatever is put together, nothing becomes better than what any report shows of it.
@Suite struct MixedCoverageTests {
  private func file(_ format: EvidenceFormat, _ change: (inout FileCoverage) -> Void) -> FileCoverage {
    var file = FileCoverage(format: format)
    change(&file)
    return file
  }

  @Test func `branches that two formats count differently are a doubt`() throws {
    let lcov = file(.lcov) { for arm: UInt64 in [2, 4] { $0.branches.note(arm, ran: true) } }
    let istanbul = file(.istanbul) { $0.branches.note(8, ran: false) }
    for order in [[lcov, istanbul], [istanbul, lcov]] {
      let joined = try #require(FileCoverage.joined(order))
      #expect(joined.branchesAreUncertain)
      #expect(joined.branchShare == Share(0, of: 1))
    }
  }

  @Test func `of as many branches the report that shows less counts`() throws {
    let lcov = file(.lcov) { for arm: UInt64 in [2, 4] { $0.branches.note(arm, ran: true) } }
    let istanbul = file(.istanbul) {
      $0.branches.note(16, ran: false)
      $0.branches.note(18, ran: true)
    }
    let joined = try #require(FileCoverage.joined([lcov, istanbul]))
    #expect(joined.branchShare == Share(1, of: 2) && !joined.branchesAreUncertain)
  }

  @Test func `totals beside detail of other size are a doubt, and the detail counts`() throws {
    let detail = file(.lcov) { $0.lines.note(1, ran: true) }
    for (total, isDoubt) in [(Share(1, of: 1), false), (Share(90, of: 100), true)] {
      let summary = file(.istanbulSummary) { $0.declaredLines = total }
      for order in [[detail, summary], [summary, detail]] {
        let joined = try #require(FileCoverage.joined(order))
        #expect(joined.lineShare == Share(1, of: 1))
        #expect(joined.uncertain.contains(.lines) == isDoubt)
      }
    }
  }

  @Test func `lines are judged by statements where those show less`() throws {
    let go = file(.goCoverprofile) {
      $0.counting = .statements
      $0.statements.note(1, Share(1, of: 10))
    }
    let few = file(.lcov) { $0.lines.note(1, ran: true) }
    #expect(FileCoverage.joined([go, few])?.lineShare == Share(1, of: 10))
    let none = file(.lcov) { $0.lines.note(1, ran: false) }
    #expect(FileCoverage.joined([none, go])?.lineShare == Share(0, of: 1))
  }

  @Test func `the same package with other lines is another file`() {
    func report(_ lines: [Int: Bool]) -> CoverageFacts {
      var facts = CoverageFacts()
      facts.files["p/A.java"] = file(.jacoco) { file in
        for (line, ran) in lines.sorted(by: { $0.key < $1.key }) { file.lines.note(line, ran: ran) }
      }
      return facts
    }
    let apart = CoverageFacts.joined([report([1: true, 2: true]), report([1: false, 3: false])], root: "/app")
    #expect(apart.lines == Share(2, of: 4))
    let same = CoverageFacts.joined([report([1: true, 2: false]), report([1: false, 2: true])], root: "/app")
    #expect(same.lines == Share(2, of: 2))
  }
}

@Suite struct LineMapTests {
  @Test func `a line is asked whether it ran`() {
    var map = LineMap()
    for (line, ran) in [(7, true), (3, false), (9, false), (3, true)] { map.note(line, ran: ran) }
    map.note(130, ran: true)
    map.settle()
    #expect(
      [0, 1, 3, 7, 8, 9, 10, 64, 130, .max].map { map.ran($0) } == [
        nil, nil, true, true, nil, false, nil, nil, true, nil,
      ])
    #expect(map.measured(in: 4...9).map(\.line) == [7, 9])
    #expect(map.measured(in: 9...130).map(\.ran) == [false, true])
    #expect(map.measured(in: 1...2).isEmpty && map.measured(in: 131...Int.max).isEmpty)
  }
}
