import Git
import TestSupport
import Testing

@Suite struct RepositoryFilesTests {
  @Test func `the files of a commit are those of git, links and folders not`() async throws {
    let made = try await GitFolder()
    try made.write("x", to: "deep/below/a.ts")
    try await made.git("add", ".")
    try await made.git("commit", "-q", "-m", "More")
    let repository = try Repository.open(discovering: made.path)
    let head = try await made.git("rev-parse", "HEAD")
    let files = try await made.git("ls-tree", "-r", "--name-only", "HEAD").split(separator: "\n").map(String.init)
    #expect(try repository.files(at: head) == files)
    #expect(files.contains("deep/below/a.ts"))
  }

  @Test func `where two branches parted is what git says`() async throws {
    let made = try await GitFolder()
    let base = try await made.git("rev-parse", "HEAD")
    try await made.git("checkout", "-q", "-b", "side")
    let side = try await made.commit(["a": "1"], "Side")
    try await made.git("checkout", "-q", "main")
    let main = try await made.commit(["b": "1"], "Main")
    try await made.git("checkout", "-q", "--orphan", "other")
    let other = try await made.commit(["c": "1"], "Other")
    let repository = try Repository.open(discovering: made.path)
    #expect(try repository.mergeBase(side, main) == base)
    #expect(try repository.mergeBase(side, other) == nil)
  }
}
