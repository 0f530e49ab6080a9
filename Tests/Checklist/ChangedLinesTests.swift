import Checklist
import Core
import Evidence
import Surroundings
import Testing

@Suite struct ChangedLinesTests {
  private static let eighty = Limit(.atLeast, 80, .percent, text: ">= 80%")

  /// Files with ten lines each; those of `ran` ran.
  private func evidence(_ files: (path: String, ran: ClosedRange<Int>)...) -> LocatedEvidence {
    var facts = CoverageFacts()
    for file in files {
      var coverage = FileCoverage(format: .lcov)
      for line in 1...10 { coverage.lines.note(line, ran: file.ran.contains(line)) }
      facts.files[file.path] = coverage
    }
    return LocatedSamples.counting(.coverage(facts), path: "coverage/lcov.info")
  }

  private func judge(
    _ changed: [(path: String, lines: ClosedRange<Int>)], _ evidence: [LocatedEvidence], files: [String]? = nil,
    since: CommitID = older, gone: Int = 0, exclude: [String] = []
  ) -> CheckReport {
    var rules = CoverageRules(reports: ["coverage/lcov.info"])
    rules.changedLines = Self.eighty
    rules.exclude = exclude
    let changes = ChangedLineFacts(
      since: since, head: head, files: changed.map { .init($0.path, added: [$0.lines]) }, gone: gone)
    return CoverageCheck.judge(
      LocatedSamples.item("coverage", .coverage(rules)), rules, evidence,
      files: .success(SourceFiles(paths: files ?? ["src/a.ts", "src/b.ts"] + changed.map(\.path))),
      changes: .success(changes)
    ).settled
  }

  private func figure(_ report: CheckReport, _ name: String) -> JSON? {
    report.examined.first { $0.key == name }?.value
  }

  @Test func `new lines that ran are enough`() {
    let report = judge([("src/a.ts", 1...5)], [evidence(("src/a.ts", 1...4))])
    #expect(report.status == .pass)
    #expect(report.details.contains("80 % of 5 changed lines since production (\(older.short)), asked ≥ 80 %"))
    #expect(report.details.contains("not run: src/a.ts:5"))
    #expect(figure(report, "changed-lines-covered") == 4)
  }

  @Test func `new lines that did not run are named`() {
    let report = judge(
      [("src/a.ts", 1...9), ("src/b.ts", 3...4)], [evidence(("src/a.ts", 3...5), ("src/b.ts", 3...3))])
    #expect(report.status == .fail)
    #expect(report.reason == "36.3 % of 11 changed lines since production (\(older.short)), asked ≥ 80 %")
    #expect(Array(report.details.prefix(2)) == ["not run: src/a.ts:1-2, 6-9", "not run: src/b.ts:4"])
    #expect(report.remedy == "cover 5 more changed lines")
  }

  @Test func `the rest of a file does not count`() {
    #expect(judge([("src/a.ts", 9...10)], [evidence(("src/a.ts", 9...10))]).status == .pass)
    #expect(judge([("src/a.ts", 1...2)], [evidence(("src/a.ts", 9...10))]).status == .fail)
  }

  @Test func `a changed source file that no report measures is no pass`() {
    let report = judge([("src/a.ts", 1...1), ("src/new.ts", 1...40)], [evidence(("src/a.ts", 1...10))])
    #expect(report.status == .inconclusive)
    #expect(report.reason == "1 of 2 source files changed since production (\(older.short)) is measured by no report")
    #expect(report.details.contains("not measured: src/new.ts"))
    #expect(judge([("src/a.ts", 1...1), ("src/new.ts", 1...40)], [evidence(("src/a.ts", 5...10))]).status == .fail)
  }

  @Test func `a source file that is binary to Git is no pass`() {
    func judge(_ path: String, exclude: [String] = []) -> CheckReport {
      var rules = CoverageRules(reports: ["coverage/lcov.info"])
      rules.changedLines = Self.eighty
      rules.exclude = exclude
      let changes = ChangedLineFacts(
        since: older, head: head, files: [.init("src/a.ts", added: [1...5]), .init(path, added: [], isBinary: true)])
      return CoverageCheck.judge(
        LocatedSamples.item("coverage", .coverage(rules)), rules,
        [evidence(("src/a.ts", 1...10), ("src/b.ts", 1...10))],
        files: .success(SourceFiles(paths: ["src/a.ts", "src/b.ts", path])), changes: .success(changes)
      ).settled
    }
    for path in ["src/b.ts", "src/new.ts"] {
      let report = judge(path)
      #expect(report.status == .inconclusive)
      #expect(report.reason.contains("1 source file changed since production (\(older.short)) is binary to Git"))
      #expect(report.details.contains("binary: \(path)"))
      #expect(judge(path, exclude: [path]).status == .pass)
    }
    for path in ["public/logo.png", "src/new.test.ts"] { #expect(judge(path).status == .pass) }
  }

  @Test func `what is not measured may be too little to matter`() {
    let report = judge([("src/a.ts", 1...10), ("src/new.ts", 1...2)], [evidence(("src/a.ts", 1...10))])
    #expect(report.status == .pass)
    #expect(report.details.contains { $0.contains("also if none of those that are not measured ran") })
    #expect(report.details.contains("not measured: src/new.ts"))
  }

  /// The chief complaint of users of such tools: reports and changes that do not meet look like nothing to cover.
  @Test(arguments: ["/elsewhere/app/lib/a.ts", "lib/x.ts"])
  func `reports and changes that do not meet are said`(written: String) {
    let report = judge([("src/c.ts", 1...5)], [evidence((written, 1...10))], files: ["src/c.ts"])
    #expect(report.status == .inconclusive)
    #expect(report.reason.hasPrefix("no report measures any of the 1 source file changed"))
    #expect(report.details.contains { $0.contains("is not in the repository: \(written)") })
  }

  @Test func `a path that could be several files is said and not guessed`() {
    let report = judge(
      [("api/src/a.ts", 1...5)], [evidence(("src/a.ts", 1...10))], files: ["api/src/a.ts", "web/src/a.ts"])
    #expect(report.status == .inconclusive)
    #expect(report.details.contains { $0.contains("could be several of the repository: src/a.ts") })
  }

  @Test func `paths of another machine are found`() {
    let report = judge([("src/a.ts", 1...5)], [evidence(("/builds/42/app/src/a.ts", 1...10))])
    #expect(report.status == .pass)
  }

  @Test func `documents, tests, settings and excluded files are not asked to be measured`() {
    let changed: [(path: String, lines: ClosedRange<Int>)] = [
      ("docs/a.md", 1...99), ("src/a.test.ts", 1...99), ("vite.config.ts", 1...9), ("gen/api.ts", 1...9),
    ]
    let report = judge(changed, [evidence(("src/a.ts", 1...10))], exclude: ["gen/**"])
    #expect(report.status == .pass)
    #expect(report.details.contains("no source file changed since production (\(older.short))"))
    #expect(
      report.details.contains(
        "changed too, and not asked to be measured: 2 tests and settings, 1 other file, 1 excluded file"))
    #expect(figure(report, "changed-files") == 4)
  }

  @Test func `nothing new is a pass that says so`() {
    let same = judge([], [evidence(("src/a.ts", 1...10))], since: head)
    #expect(same.status == .pass)
    #expect(same.details.contains("no changed lines: \(head.short) is what runs in production"))
    let gone = judge([], [evidence(("src/a.ts", 1...10))], gone: 2)
    #expect(gone.details.contains("no changed lines since production (\(older.short)), only files that are gone"))
    let comments = judge([("src/a.ts", 11...20)], [evidence(("src/a.ts", 1...10))])
    #expect(comments.status == .pass)
    #expect(comments.details.contains("none of the 10 changed lines in 1 measured file is one that runs"))
  }

  @Test func `who could not look at the changes has not decided`() {
    var rules = CoverageRules(reports: ["r"])
    rules.changedLines = Self.eighty
    let item = LocatedSamples.item("coverage", .coverage(rules))
    let problem = Problem("source.shallow", "cannot compare", why: "cut", remedy: "fetch it")
    let good = SourceFiles(paths: ["src/a.ts"])
    let changes = ChangedLineFacts(since: older, head: head, files: [])
    let looks: [(Result<SourceFiles, Problem>?, Result<ChangedLineFacts, Problem>?)] = [
      (.success(good), .failure(problem)), (.failure(problem), .success(changes)), (.success(good), nil),
    ]
    for (files, changes) in looks {
      let report = CoverageCheck.judge(item, rules, [evidence(("src/a.ts", 1...10))], files: files, changes: changes)
      #expect(report.status == .inconclusive)
    }
  }

  @Test func `totals without lines measure no changed line`() {
    var facts = CoverageFacts()
    var file = FileCoverage(format: .istanbulSummary)
    file.declaredLines = Share(10, of: 10)
    facts.files["src/a.ts"] = file
    let report = judge([("src/a.ts", 1...5)], [LocatedSamples.counting(.coverage(facts))])
    #expect(report.status == .inconclusive)
    #expect(report.details.contains("not measured: src/a.ts"))
  }

  /// Law L1: whatever is taken away, the verdict gets no better.
  @Test func `taking measured files away never improves the verdict`() {
    let changed: [(path: String, lines: ClosedRange<Int>)] = [
      ("src/a.ts", 1...10), ("src/b.ts", 1...10), ("src/c.ts", 1...10),
    ]
    let all: [(path: String, ran: ClosedRange<Int>)] = [("src/a.ts", 1...10), ("src/b.ts", 1...9), ("src/c.ts", 1...2)]
    func rank(_ status: CheckStatus) -> Int { status == .pass ? 1 : 0 }
    for kept in 0..<8 {
      for less in 0..<8 where less & kept == less {
        func verdict(_ set: Int) -> CheckStatus {
          judge(
            changed,
            all.indices.filter { set & (1 << $0) != 0 }.map { evidence((all[$0].path, all[$0].ran)) }
          ).status
        }
        #expect(rank(verdict(less)) <= rank(verdict(kept)), "\(less) of \(kept)")
      }
    }
  }
}

@Suite struct CoveragePartsTests {
  private func judge(_ parts: [CoverageRules.Part], _ facts: EvidenceFacts) -> CheckReport {
    var rules = CoverageRules(reports: ["r"])
    rules.lines = Limit(.atLeast, 10, .percent, text: ">= 10%")
    rules.parts = parts
    return CoverageCheck.judge(
      LocatedSamples.item("coverage", .coverage(rules)), rules, [LocatedSamples.counting(facts)]
    ).settled
  }

  private func part(_ match: String, _ percent: Double) -> CoverageRules.Part {
    var part = CoverageRules.Part(match: [match])
    part.lines = Limit(.atLeast, percent, .percent, text: ">= \(percent)%")
    return part
  }

  private let facts = LocatedSamples.coverage([("apps/api/a.ts", 9, 10), ("apps/web/b.ts", 1, 10)])

  @Test func `every rule for some files has its own line`() {
    let report = judge([part("apps/api/**", 90), part("apps/web/**", 10)], facts)
    #expect(report.status == .pass)
    #expect(report.reason.hasPrefix("50 % of 20 lines, asked ≥ 10 %"))
    #expect(
      report.details == ["apps/api/**: 90 % of 10 lines, asked ≥ 90 %", "apps/web/**: 10 % of 10 lines, asked ≥ 10 %"])
    #expect(report.comparisons.map(\.subject).contains("paths[1].lines"))
  }

  @Test func `one that is missed fails the line though all together are enough`() {
    let report = judge([part("apps/api/**", 90), part("apps/web/**", 50)], facts)
    #expect(report.status == .fail)
    #expect(report.reason == "apps/web/**: 10 % of 10 lines, asked ≥ 50 %")
    #expect(report.details.first == "lowest: apps/web/b.ts 10 %")
    #expect(report.remedy == "cover 4 more lines")
  }

  @Test func `one that matches no measured file is undecided`() {
    let report = judge([part("apps/api/**", 90), part("apps/none/**", 1)], facts)
    #expect(report.status == .inconclusive)
    #expect(report.reason == "no measured file matches apps/none/**")
  }

  @Test func `one that asks for nothing or cannot be read is undecided`() {
    #expect(judge([CoverageRules.Part(match: ["**"])], facts).status == .inconclusive)
    #expect(judge([part("[", 1)], facts).status == .inconclusive)
  }

  @Test func `statements stand for lines where a format counts them, and are called so`() {
    var facts = CoverageFacts()
    var file = FileCoverage(format: .goCoverprofile)
    file.counting = .statements
    file.statements.note(2, Share(3, of: 4))
    facts.files["a.go"] = file
    let report = judge([], .coverage(facts))
    #expect(report.reason.hasPrefix("75 % of 4 statements, asked ≥ 10 %"))
  }
}
