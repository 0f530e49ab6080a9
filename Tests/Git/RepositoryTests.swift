import FoundationEssentials
import Git
import Glibc
import TestSupport
import Testing

@Suite struct `A repository` {
  @Test func `its head and branch are those of git`() async throws {
    let made = try await GitFolder()
    try made.write("x", to: "deep/below/file")
    let repository = try Repository.open(discovering: made.path + "/deep/below")
    let head = try repository.head()
    #expect(try await head.commit == made.git("rev-parse", "HEAD"))
    #expect(head.branch == "main")
    #expect(repository.workingFolder == made.path)
    #expect(try repository.summary(of: head.commit ?? "") == "Begin")
  }

  @Test func `a branch without a commit has a name and no commit`() async throws {
    let made = try await GitFolder(initial: "unborn", empty: true)
    #expect(try Repository.open(discovering: made.path).head() == .init(commit: nil, branch: "unborn"))
  }

  @Test func `a detached head has a commit and no branch`() async throws {
    let made = try await GitFolder()
    try await made.git("checkout", "-q", "--detach")
    let head = try Repository.open(discovering: made.path).head()
    #expect(head.branch == nil)
    #expect(head.commit?.count == 40)
  }

  @Test func `a folder that is in none says so`() throws {
    let folder = try TemporaryFolder()
    #expect { try Repository.open(discovering: folder.path) } throws: {
      ($0 as? GitError)?.kind == .notARepository
    }
  }

  @Test(.enabled(if: geteuid() == 0, "only root can give a folder to somebody else"))
  func `a repository of another user is not trusted`() async throws {
    let made = try await GitFolder()
    chown(made.path, 65534, 65534)
    chown(made.path + "/.git", 65534, 65534)
    #expect { try Repository.open(discovering: made.path) } throws: {
      ($0 as? GitError)?.kind == .untrustedOwner
    }
  }

  @Test func `a clone with cut history is shallow`() async throws {
    let made = try await GitFolder()
    try await made.commit(["b": "1"], "Second")
    try await made.git("clone", "-q", "--depth", "1", "file://" + made.path, made.folder.path + "/clone")
    #expect(try Repository.open(discovering: made.folder.path + "/clone").isShallow())
    #expect(try !Repository.open(discovering: made.path).isShallow())
  }

  @Test func `ancestry is that of git, also over a merge`() async throws {
    let made = try await GitFolder()
    let first = try await made.git("rev-parse", "HEAD")
    try await made.git("checkout", "-q", "-b", "side")
    let side = try await made.commit(["side": "1"], "Side")
    try await made.git("checkout", "-q", "main")
    let main = try await made.commit(["main": "1"], "Main")
    try await made.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    let repository = try Repository.open(discovering: made.path)
    let merge = try #require(try repository.head().commit)
    #expect(try repository.isAncestor(first, of: merge))
    #expect(try repository.isAncestor(side, of: merge))
    #expect(try repository.isAncestor(merge, of: merge))
    #expect(try !repository.isAncestor(side, of: main))
    #expect(try repository.distance(from: main, to: side) == (1, 1))
    #expect(try repository.contains(commit: side))
    #expect(try !repository.contains(commit: String(repeating: "a", count: 40)))
    #expect(throws: GitError.self) { try repository.contains(commit: "not a name") }
    #expect(try repository.resolve("side") == side)
    #expect(try repository.resolve(String(side.prefix(8))) == side)
  }

  @Test func `the size of a committed file is that of the commit, not of the disk`() async throws {
    let made = try await GitFolder()
    let first = try await made.git("rev-parse", "HEAD")
    try made.write("changed and longer than before", to: "README.md")
    try made.write("never committed", to: "other")
    let repository = try Repository.open(discovering: made.path)
    #expect(try repository.size(of: "README.md", at: first) == 14)
    #expect(try repository.size(of: "other", at: first) == nil)
    #expect(try repository.size(of: "a/b/c", at: first) == nil)
    #expect(try repository.contents(of: "README.md", at: first, atMost: 100)?.count == 14)
    #expect(try repository.contents(of: "README.md", at: first, atMost: 3)?.count == 3)
    #expect(try repository.contents(of: "other", at: first, atMost: 100) == nil)
  }

  @Test func `remotes are read`() async throws {
    let made = try await GitFolder()
    try await made.git("clone", "-q", made.path, made.folder.path + "/clone")
    let clone = try Repository.open(discovering: made.folder.path + "/clone")
    #expect(try clone.remoteURL("origin") == made.path)
    #expect(try clone.remoteURL("upstream") == nil)
    #expect(try clone.remote(followedBy: "main") == "origin")
    #expect(try Repository.open(discovering: made.path).remote(followedBy: "main") == nil)
  }
}

@Suite struct `What is dirty` {
  @Test func `a clean tree has nothing, ignored files included`() async throws {
    let made = try await GitFolder()
    try await made.commit([".gitignore": "*.log\n"], "Ignore logs")
    try made.write("noise", to: "build.log")
    #expect(try Repository.open(discovering: made.path).dirtyPaths() == [])
  }

  @Test func `each kind is told`() async throws {
    let made = try await GitFolder()
    try await made.commit(["edited": "a", "gone": "b", "hidden": "c", "linked": "d"], "More")
    try made.write("changed", to: "edited")
    try made.write("new", to: "fresh/file")
    try made.write("ready", to: "ready")
    try await made.git("add", "ready")
    try await made.git("update-index", "--assume-unchanged", "hidden")
    try made.write("nobody sees this", to: "hidden")
    try FileManager.default.removeItem(atPath: made.path + "/gone")
    try FileManager.default.removeItem(atPath: made.path + "/linked")
    try FileManager.default.createSymbolicLink(atPath: made.path + "/linked", withDestinationPath: "README.md")
    #expect(
      try Repository.open(discovering: made.path).dirtyPaths() == [
        DirtyPath(path: "edited", kind: .modified), DirtyPath(path: "fresh/", kind: .untracked),
        DirtyPath(path: "gone", kind: .deleted), DirtyPath(path: "hidden", kind: .unwatched),
        DirtyPath(path: "linked", kind: .typeChanged), DirtyPath(path: "ready", kind: .staged),
      ])
  }

  @Test func `a submodule that moved makes the tree dirty`() async throws {
    let inner = try await GitFolder()
    let made = try await GitFolder()
    try await made.git("submodule", "--quiet", "add", inner.path, "inner")
    try await made.git("commit", "-q", "-m", "Add the submodule")
    let repository = try Repository.open(discovering: made.path)
    #expect(try repository.dirtyPaths() == [])
    try await made.git("commit", "-q", "--allow-empty", "-m", "Move", in: made.path + "/inner")
    #expect(try repository.dirtyPaths() == [DirtyPath(path: "inner", kind: .modified)])
  }
}

@Suite struct `Changes between commits` {
  @Test func `renames, deletions, additions and changed lines are found`() async throws {
    let made = try await GitFolder()
    let old = try await made.commit(
      ["kept": "1\n2\n3\n4\n5\n", "moved/old": String(repeating: "line\n", count: 40), "gone": "x\n"], "Old")
    try await made.git("mv", "moved/old", "moved/new")
    try await made.git("rm", "-q", "gone")
    let new = try await made.commit(["kept": "1\nnew\nnew too\n3\n4\n5\nlast\n", "added": "a\nb\n"], "New")
    let repository = try Repository.open(discovering: made.path)
    #expect(
      try repository.changes(from: old, to: new, lines: true) == [
        FileChange(kind: .added, path: "added", addedLines: [1...2]), FileChange(kind: .deleted, path: "gone"),
        FileChange(kind: .modified, path: "kept", addedLines: [2...3, 7...7]),
        FileChange(kind: .renamed, path: "moved/new", oldPath: "moved/old"),
      ])
    #expect(try repository.changes(from: old, to: new).allSatisfy { $0.addedLines.isEmpty })
    #expect(try repository.changes(from: new, to: new) == [])
  }

  @Test func `a binary file is told as such`() async throws {
    let made = try await GitFolder()
    let old = try await made.git("rev-parse", "HEAD")
    let new = try await made.commit(["image": "\0\u{1}\u{2}"], "Binary")
    let changes = try Repository.open(discovering: made.path).changes(from: old, to: new, lines: true)
    #expect(changes == [FileChange(kind: .added, path: "image", isBinary: true)])
  }

  @Test func `a commit that is not there is an error`() async throws {
    let made = try await GitFolder()
    let repository = try Repository.open(discovering: made.path)
    let head = try #require(try repository.head().commit)
    #expect { try repository.changes(from: String(repeating: "b", count: 40), to: head) } throws: {
      ($0 as? GitError)?.kind == .missing
    }
  }
}
