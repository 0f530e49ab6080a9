import Core
import Evidence
import FoundationEssentials
import TestSupport
import Testing

@Suite struct EvidenceLocatorTests {
  private static let commit = CommitID("3f9c2e1000000000000000000000000000000000")
  private static let other = CommitID("1a2b3c4000000000000000000000000000000000")
  private static let now = Timestamp(seconds: 1_795_000_000)
  private static let junit = "<testsuite tests='1'><testcase name='a'/></testsuite>"

  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private func locate(
    _ patterns: [String], bindTo: EvidenceRules.Binding = .commit, commit: CommitID? = EvidenceLocatorTests.commit
  ) -> [LocatedEvidence] {
    var rules = EvidenceRules()
    rules.bindTo = bindTo
    return EvidenceLocator(root: folder.path, commit: commit, rules: rules, now: Self.now).locate(patterns)
  }

  /// Writes a report and an entry for it, as `collect` would.
  private func collect(
    _ text: String = EvidenceLocatorTests.junit, as name: String, commit: CommitID = EvidenceLocatorTests.commit,
    age: Duration = .seconds(240), isClean: Bool? = true
  ) throws {
    let path = try folder.write(text, to: name)
    let digest = try EvidenceReader.digest(path)
    let file = name.split(separator: "/").last.map(String.init) ?? name
    let parent = path.dropLast(file.count + 1)
    try EvidenceManifest.add(
      [
        ManifestEntry(
          file: file, sha256: digest.sha256, size: digest.size, commit: commit, command: "make test", exit: 0,
          finished: Self.now - age, isClean: isClean)
      ], in: String(parent), shown: "reports")
  }

  @Test func `a collected report counts, with its commit and age`() throws {
    try collect(as: "reports/a.xml")
    let located = locate(["reports/*.xml"])
    #expect(located.count == 1)
    #expect(located.first?.fault == nil)
    #expect(located.first?.reference.commit == Self.commit)
    #expect(located.first?.reference.age == .seconds(240))
    #expect(located.first?.reference.format == "junit")
    #expect(located.first?.exit == 0)
    #expect(located.first?.stamps == [])
  }

  @Test func `each way not to count has its name`() throws {
    try folder.write(Self.junit, to: "r/bare.xml")
    try folder.write("", to: "r/empty.xml")
    try folder.write("<x", to: "r/broken.xml")
    try folder.write("<pom/>", to: "r/other.xml")
    try collect(as: "s/old.xml", age: .seconds(86_401))
    try collect(as: "t/future.xml", age: .seconds(-301))
    try collect(as: "u/foreign.xml", commit: Self.other)
    try collect(as: "v/dirty.xml", isClean: false)
    try collect(as: "w/changed.xml")
    try folder.write("<testsuite><testcase name='b'/></testsuite>", to: "w/changed.xml")
    try collect(as: "x/gone.xml")
    try FileManager.default.removeItem(atPath: folder.path + "/x/gone.xml")
    try folder.write(Self.junit, to: "y/a.xml")
    try folder.write("{}", to: "y/gatehouse-evidence.json")
    let expected: [(String, EvidenceFault.Kind)] = [
      ("r/bare.xml", .unbound), ("r/empty.xml", .empty), ("r/broken.xml", .unreadable), ("r/other.xml", .unrecognised),
      ("s/old.xml", .stale), ("t/future.xml", .future), ("u/foreign.xml", .foreign), ("v/dirty.xml", .foreign),
      ("w/changed.xml", .unbound), ("x/*.xml", .missing), ("x/gone.xml", .missing), ("y/a.xml", .unreadable),
      ("none/*.xml", .missing), ("../a.xml", .unreadable), ("[", .unreadable),
    ]
    for (pattern, kind) in expected {
      let located = locate([pattern])
      #expect(located.map(\.fault?.kind) == [kind], "\(pattern): \(located.compactMap(\.fault))")
      #expect(located.allSatisfy { $0.fault?.remedy.isEmpty == false })
    }
  }

  @Test func `a report about another commit is told with both`() throws {
    try collect(as: "r/a.xml", commit: Self.other)
    #expect(locate(["r/a.xml"]).first?.fault?.description == "r/a.xml is about commit 1a2b3c4, not 3f9c2e1")
  }

  private func sarif(_ commit: String, _ end: Timestamp) -> String {
    #"{"version":"2.1.0","runs":[{"results":[],"versionControlProvenance":[{"revisionId":"\#(commit)"}],"#
      + #""invocations":[{"executionSuccessful":true,"endTimeUtc":"\#(end)"}]}]}"#
  }

  @Test func `a report that names its commit and time needs no manifest`() throws {
    try folder.write(sarif(Self.commit.text, Self.now - .seconds(60)), to: "a.sarif")
    try folder.write(sarif("3f9c2e1", Self.now - .seconds(60)), to: "short.sarif")
    #expect(locate(["a.sarif", "short.sarif"]).map(\.fault) == [nil, nil])
    try folder.write(sarif("main", Self.now - .seconds(60)), to: "word.sarif")
    #expect(locate(["word.sarif"]).map(\.fault?.kind) == [.foreign])
    try folder.write(sarif(Self.commit.text, Self.now + .seconds(3600)), to: "future.sarif")
    #expect(locate(["future.sarif"]).map(\.fault?.kind) == [.future])
  }

  @Test func `of two ages the older counts, and a manifest cannot make a foreign report ours`() throws {
    try collect(sarif(Self.commit.text, Self.now - .seconds(3600)), as: "r/a.sarif", age: .seconds(1))
    #expect(locate(["r/a.sarif"]).first?.reference.age == .seconds(3600))
    try collect(sarif(Self.other.text, Self.now), as: "r/b.sarif")
    #expect(locate(["r/b.sarif"]).map(\.fault?.kind) == [.foreign])
  }

  @Test func `without a known commit nothing belongs to it`() throws {
    try collect(as: "r/a.xml")
    #expect(locate(["r/a.xml"], commit: nil).map(\.fault?.kind) == [.unbound])
  }

  @Test func `unbound evidence is stamped, and still may not be old or from the future`() throws {
    try folder.write(Self.junit, to: "r/a.xml")
    let located = locate(["r/a.xml"], bindTo: .none)
    #expect(located.map(\.fault) == [nil])
    #expect(located.first?.stamps == [EvidenceLocator.unboundStamp])
    #expect(located.first?.reference.age == nil)
    try collect(as: "s/a.xml", commit: Self.other, age: .seconds(86_401))
    #expect(locate(["s/a.xml"], bindTo: .none).map(\.fault?.kind) == [.stale])
  }

  @Test func `measured files that are not in the checkout are told`() throws {
    try folder.write("", to: "src/a.ts")
    try collect("SF:src/a.ts\nDA:1,1\nend_of_record\nSF:app/b.ts\nDA:1,1\nend_of_record\n", as: "r/lcov.info")
    guard case .success(let read) = locate(["r/lcov.info"]).first?.outcome else { throw Unexpected() }
    #expect(read.warnings == ["1 of 2 measured files not found in this checkout"])
  }

  @Test func `a file that two patterns name is one report`() throws {
    try collect(as: "r/a.xml")
    #expect(locate(["r/a.xml", "r/*.xml"]).count == 1)
  }

  @Test func `a manifest that cannot be trusted spoils what lies beside it`() throws {
    let entry =
      #"{"file":"../a.xml","sha256":"\#(String(repeating: "0", count: 64))","size":1,"commit":"\#(Self.commit)","finished":"2026-11-21T00:00:00Z"}"#
    for text in [
      "", "{}", #"{"schema":"gatehouse.evidence/v1","files":[{}]}"#, #"{"schema":"gatehouse.evidence/v2","files":[]}"#,
      #"{"schema":"gatehouse.evidence/v1","files":[\#(entry)]}"#,
    ] {
      try folder.write(Self.junit, to: "z/a.xml")
      try folder.write(text, to: "z/gatehouse-evidence.json")
      #expect(locate(["z/a.xml"]).map(\.fault?.kind) == [.unreadable])
    }
  }
}

@Suite struct CollectTests {
  private let folder: TemporaryFolder
  private let timing = ManualTiming()
  private let commit = CommitID("3f9c2e1000000000000000000000000000000000")
  init() throws { folder = try TemporaryFolder() }

  private func collect(
    _ patterns: [String], command: String? = "test", exit: Int32 = 0, writes files: [String: String] = [:]
  ) async throws -> Collect.Outcome {
    let folder = folder
    let timing = timing
    return try await Collect.run(
      Collect.Request(root: folder.path, patterns: patterns, command: command, commit: commit, isClean: true),
      timing: timing
    ) { _ throws(Problem) in
      timing.advance(by: .seconds(5))
      for (name, text) in files {
        do {
          try folder.write(text, to: name)
        } catch {
          throw Problem("test", "could not write")
        }
      }
      return exit
    }
  }

  @Test func `what the command writes is recorded and then counts`() async throws {
    let outcome = try await collect(
      ["r/*.xml"], exit: 1, writes: ["r/a.xml": "<testsuite><testcase name='a'/></testsuite>", "r/b.xml": "<pom/>"])
    #expect(outcome.exit == 1)
    #expect(outcome.files.map(\.path) == ["r/a.xml", "r/b.xml"])
    #expect(outcome.files.map(\.format) == [.junit, nil])
    #expect(outcome.warnings.count == 1)
    let manifest = try #require(try EvidenceManifest.read(in: folder.path + "/r", shown: "r"))
    #expect(manifest.entries.map(\.file) == ["a.xml", "b.xml"])
    #expect(manifest.entry(for: "a.xml")?.exit == 1)
    #expect(manifest.entry(for: "a.xml").map { $0.finished - ($0.started ?? $0.finished) } == .seconds(5))
    let locator = EvidenceLocator(root: folder.path, commit: commit, rules: EvidenceRules(), now: timing.now())
    #expect(locator.locate(["r/a.xml"]).map(\.fault) == [nil])
  }

  @Test func `a report that the command did not write is refused`() async throws {
    try folder.write("<testsuite/>", to: "r/old.xml")
    let problem = await #expect(throws: Problem.self) { try await collect(["r/*.xml"]) }
    #expect(problem?.code == "collect.stale")
    #expect(try EvidenceManifest.read(in: folder.path + "/r", shown: "r") == nil)
  }

  @Test func `a report written again with the same bytes is of this run`() async throws {
    try folder.write("<testsuite/>", to: "r/a.xml")
    #expect(try await collect(["r/*.xml"], writes: ["r/a.xml": "<testsuite/>"]).files.count == 1)
  }

  @Test func `no report at all is refused`() async throws {
    let problem = await #expect(throws: Problem.self) { try await collect(["r/*.xml"], exit: 3) }
    #expect(problem?.code == "collect.missing")
    #expect(problem?.why?.contains("exit 3") == true)
  }

  @Test func `entries of the same commit are kept, and of other commits dropped`() async throws {
    try folder.write("<testsuite/>", to: "a.xml")
    try folder.write("<testsuite/>", to: "b.xml")
    _ = try await collect(["a.xml"], command: nil)
    _ = try await collect(["b.xml"], command: nil)
    #expect(try EvidenceManifest.read(in: folder.path, shown: "")?.entries.map(\.file) == ["a.xml", "b.xml"])
    _ = try await Collect.run(
      Collect.Request(
        root: folder.path, patterns: ["b.xml"], command: nil,
        commit: "1a2b3c4000000000000000000000000000000000", isClean: nil),
      timing: timing
    ) { _ throws(Problem) in 0 }
    #expect(try EvidenceManifest.read(in: folder.path, shown: "")?.entries.map(\.file) == ["b.xml"])
  }

  @Test func `a shortened commit is refused`() async throws {
    let problem = await #expect(throws: Problem.self) {
      try await Collect.run(
        Collect.Request(root: folder.path, patterns: ["*"], command: nil, commit: "3f9c2e1", isClean: nil),
        timing: timing
      ) { _ throws(Problem) in 0 }
    }
    #expect(problem?.code == "collect.no-commit")
  }
}
