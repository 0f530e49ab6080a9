import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// Coverage of what changed, in a real repository with the built program.
@Suite struct ChangedCoverageTests {
  private static let policy = """
    evidence: { max-age: 36500d, bind-to: none }
    checklist:
      - { id: coverage, check: coverage, reports: ["reports/*"], changed-lines: ">= 80%", changed-since: main }

    """
  private static let ten = (1...10).map { "line \($0);\n" }.joined()

  /// `main` with one source file; a branch that renames it and adds two lines at its end.
  private func branch(adding files: [String: String] = [:]) async throws -> Workplace {
    let workplace = try await Workplace(policy: Self.policy, files: ["src/old.ts": Self.ten])
    try await workplace.git.git("checkout", "-q", "-b", "feature")
    try await workplace.git.git("mv", "src/old.ts", "src/new.ts")
    try await workplace.git.commit(
      ["src/new.ts": Self.ten + "eleven();\ntwelve();\n"].merging(files) { $1 }, "Rename and add")
    return workplace
  }

  private func report(_ path: String, ran: ClosedRange<Int>) -> String {
    "SF:\(path)\n" + (1...12).map { "DA:\($0),\(ran.contains($0) ? 1 : 0)\n" }.joined() + "end_of_record\n"
  }

  private func judged(_ workplace: Workplace) async throws -> JSON {
    try #require(try await workplace.asked("check").line("coverage"))
  }

  @Test func `only the new lines of a renamed file count, also when the report was made elsewhere`() async throws {
    let workplace = try await branch()
    try workplace.write(report("/builds/7/app/src/new.ts", ran: 11...12), to: "reports/lcov.info")
    let good = try await judged(workplace)
    #expect(good["status"] == "pass", "\(good.told)")
    #expect(good["examined"]?["changed-lines-covered"] == 2)
    try workplace.write(report("src/new.ts", ran: 1...11), to: "reports/lcov.info")
    let bad = try await judged(workplace)
    #expect(bad["status"] == "fail" && bad.told.contains("not run: src/new.ts:12"), "\(bad.told)")
  }

  @Test func `a new file that nobody measures, and a report about other files, are no pass`() async throws {
    let workplace = try await branch(adding: ["src/more.ts": "more();\nof();\nit();\n", "docs/a.md": "text\n"])
    try workplace.write(report("src/new.ts", ran: 1...12), to: "reports/lcov.info")
    let missing = try await judged(workplace)
    #expect(
      missing["status"] == "inconclusive" && missing.told.contains("not measured: src/more.ts"), "\(missing.told)")
    try workplace.write(report("lib/other.ts", ran: 1...12), to: "reports/lcov.info")
    let apart = try await judged(workplace)
    #expect(apart["status"] == "inconclusive" && apart.told.contains("do not meet"), "\(apart.told)")
    #expect(try await workplace.gatehouse("check").exit == 3)
  }

  @Test func `on the branch itself there is nothing to compare`() async throws {
    let workplace = try await Workplace(policy: Self.policy, files: ["src/old.ts": Self.ten])
    try workplace.write(report("src/old.ts", ran: 1...12), to: "reports/lcov.info")
    let line = try await judged(workplace)
    #expect(line["status"] == "inconclusive" && line.told.contains("there is nothing to compare"), "\(line.told)")
  }
}

/// Every real coverage report, read by the built program.
@Suite(.enabled(if: CoverageCollection.folder != nil, "the real reports are not here (set GATEHOUSE_SHARED)"))
struct RealSamplesOfCoverageTests {
  /// What the program must show as examined: lines, covered.
  private static let expected: [(path: String, lines: Int64, covered: Int64)] = [
    ("jacoco/jacoco-0.8.6.xml", 4, 3), ("jacoco/jacoco-0.8.3.xml", 38, 26), ("jacoco/codingstyle.xml", 323, 294),
    ("jacoco/pester-powershell.xml", 4, 3), ("clover/phpunit-9.xml", 5, 4), ("clover/openclover-4.3.1.xml", 22, 15),
    ("clover/istanbul.xml", 11, 11), ("clover/clover-two-packages.xml", 55, 28),
    ("istanbul/coverage-final.nyc.json", 9, 6), ("istanbul/coverage-summary.nyc.json", 9, 6),
    ("llvm-cov/swift-test.json", 210, 56), ("go-coverprofile/set.out", 4, 3),
    ("go-coverprofile/coverpkg-duplicates.out", 8, 7), ("go-coverprofile/relative-import.out", 21, 14),
    ("coverage-py/branch.json", 22, 17), ("coverage-py/lines-only.json", 22, 17),
    ("simplecov/resultset-two-commands.json", 13, 6), ("simplecov/coverage-json-formatter.json", 10, 9),
  ]

  @Test func `they give the totals that were worked out by other means`() async throws {
    var policy = "evidence: { max-age: 36500d, bind-to: none }\nchecklist:\n"
    var files: [String: String] = [:]
    let paths = Self.expected.map(\.path) + ["simplecov/last_run.json"]
    for (index, path) in paths.enumerated() {
      let data = try Data(contentsOf: URL(filePath: (CoverageCollection.folder ?? "") + "/evidence/" + path))
      files["samples/" + path] = String(decoding: data, as: UTF8.self)
      policy += "  - { id: sample-\(index), check: coverage, lines: \">= 0.1%\", reports: [\"samples/\(path)\"] }\n"
    }
    let workplace = try await Workplace(policy: policy, files: files)
    let document = try await workplace.asked("check")
    for (index, expected) in Self.expected.enumerated() {
      let line = document.line("sample-\(index)")
      #expect(line?["status"] == "pass", "\(expected.path): \(line?.told ?? "")")
      #expect(line?["examined"]?["lines"]?.integer == expected.lines, "\(expected.path)")
      #expect(line?["examined"]?["covered"]?.integer == expected.covered, "\(expected.path)")
    }
    let percentages = document.line("sample-\(Self.expected.count)")
    #expect(percentages?["status"] == "inconclusive" && percentages?.told.contains(".resultset.json") == true)
  }
}

private enum CoverageCollection {
  static let folder: String? = {
    let candidates = [
      ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"], BuiltProgram.root + "/../shared",
      BuiltProgram.root + "/../../shared",
    ]
    return candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0 + "/evidence") }
  }()
}
