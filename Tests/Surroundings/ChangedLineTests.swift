import Core
import Processes
import Surroundings
import TestSupport
import Testing

@Suite struct ChangedLineTests {
  private func tree(_ made: GitFolder, in place: String? = nil) -> SourceTree {
    SourceTree(
      folder: place ?? made.path, processes: SystemProcessRunner(), environment: GitFolder.environment(made.folder))
  }

  private static let ten = (1...10).map { "line \($0)\n" }.joined()

  @Test func `a renamed file has only the lines that are new in it`() async throws {
    let made = try await GitFolder()
    let before = try await made.commit(["src/old.ts": Self.ten, "src/gone.ts": "1\n"], "Before")
    try await made.git("mv", "src/old.ts", "src/new.ts")
    try await made.git("rm", "-q", "src/gone.ts")
    let after = try await made.commit(["src/new.ts": Self.ten + "eleven\ntwelve\n"], "After")
    let facts = try await tree(made).changedLines(since: CommitID(before))
    #expect(facts.head == CommitID(after) && facts.gone == 1)
    #expect(facts.files == [.init("src/new.ts", added: [11...12])])
    let below = try await tree(made, in: made.path + "/src").changedLines(since: CommitID(before))
    #expect(below.files.map(\.path) == ["new.ts"])
  }

  /// An attribute must not make lines vanish.
  @Test func `a file that an attribute makes binary says so, unless its bytes are the same`() async throws {
    let made = try await GitFolder()
    let before = try await made.commit(
      [".gitattributes": "*.ts -diff\n", "a.ts": Self.ten, "old.ts": Self.ten + "x\n"], "Before")
    try await made.git("mv", "old.ts", "new.ts")
    try await made.commit(["a.ts": Self.ten + "eleven\n"], "After")
    let facts = try await tree(made).changedLines(since: CommitID(before))
    #expect(facts.files == [.init("a.ts", added: [], isBinary: true), .init("new.ts", added: [])])
  }

  @Test func `a branch is compared with where it left another`() async throws {
    let made = try await GitFolder()
    try await made.commit(["a.ts": Self.ten], "Before")
    let base = try await made.git("rev-parse", "HEAD")
    try await made.git("checkout", "-q", "-b", "feature")
    try await made.commit(["a.ts": "new\n" + Self.ten], "Feature")
    try await made.git("checkout", "-q", "main")
    try await made.commit(["b.ts": Self.ten], "Main goes on")
    try await made.git("checkout", "-q", "feature")
    let facts = try await tree(made).changedLines(sinceBranch: "main")
    #expect(facts.since == CommitID(base) && facts.base == "the branch left main")
    #expect(facts.files == [.init("a.ts", added: [1...1])])
  }

  @Test func `a branch that is not there, and one that holds the commit, are problems`() async throws {
    let made = try await GitFolder()
    let none = await #expect(throws: Problem.self) { try await tree(made).changedLines(sinceBranch: "trunk") }
    #expect(none?.code == "source.unknown-branch")
    let same = await #expect(throws: Problem.self) { try await tree(made).changedLines(sinceBranch: "main") }
    #expect(same?.code == "source.nothing-since")
    let unknown = await #expect(throws: Problem.self) {
      try await tree(made).changedLines(since: CommitID(String(repeating: "a", count: 40)))
    }
    #expect(unknown?.code == "source.unknown-commit")
  }

  @Test func `the files of the commit come with the modules of Go`() async throws {
    let made = try await GitFolder()
    try await made.commit(
      ["go.mod": "// ours\nmodule example.com/gate\n\ngo 1.22\n", "tools/go.mod": "module \"example.com/tools\"\n"],
      "Go")
    let files = try await tree(made).sourceFiles()
    #expect(files.goModules == ["example.com/gate": "", "example.com/tools": "tools"])
    #expect(files.paths.contains("tools/go.mod"))
    let below = try await tree(made, in: made.path + "/tools").sourceFiles()
    #expect(below.paths.contains("../go.mod") && below.paths.contains("go.mod"))
  }
}
