import Git
import TestSupport
import Testing

@Suite struct `A commit beside a merge of another one` {
  /// A branch `topic` off a `main` that has moved on.
  private func made() async throws -> (git: GitFolder, topic: String) {
    let made = try await GitFolder()
    try await made.git("checkout", "-q", "-b", "topic")
    try await made.git("mv", "README.md", "GUIDE.md")
    let topic = try await made.commit(["new.txt": "new\n"], "Topic")
    try await made.git("checkout", "-q", "main")
    try await made.commit(["README.md": "one\ntwo\nTHREE\n"], "Meanwhile")
    return (made, topic)
  }

  private func compare(_ made: GitFolder, _ commit: String = "HEAD", with head: String) throws -> MergeComparison {
    let repository = try Repository.open(discovering: made.path)
    return try repository.compare(repository.resolve(commit), withMerging: head)
  }

  @Test func `is the same when git merged it, also over a rename`() async throws {
    let (made, topic) = try await made()
    try await made.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    #expect(try compare(made, with: topic) == .same)
    // The commit before it is not what merging gives.
    #expect(try compare(made, "HEAD~1", with: topic) == .different)
  }

  @Test func `is the same when it was squashed, and not when something was added`() async throws {
    let (made, topic) = try await made()
    try await made.git("merge", "-q", "--squash", "topic")
    try await made.git("commit", "-q", "-m", "Squashed")
    #expect(try compare(made, with: topic) == .same)
    try made.write("evil\n", to: "new.txt")
    try await made.git("commit", "-q", "-a", "--amend", "--no-edit")
    #expect(try compare(made, with: topic) == .different)
  }

  @Test func `is the same for the last of a rebase`() async throws {
    let made = try await GitFolder()
    try await made.git("checkout", "-q", "-b", "topic")
    try await made.commit(["README.md": "ONE\ntwo\nthree\n"], "First")
    let topic = try await made.commit(["second.txt": "2\n"], "Second")
    try await made.git("checkout", "-q", "main")
    try await made.commit(["other.txt": "1\n"], "Meanwhile")
    try await made.git("checkout", "-q", "topic")
    try await made.git("rebase", "-q", "main")
    #expect(try await made.git("rev-parse", "HEAD") != topic)
    #expect(try compare(made, with: topic) == .same)
  }

  @Test func `is told when merging ends in conflicts`() async throws {
    let (made, _) = try await made()
    try await made.git("checkout", "-q", "topic")
    let topic = try await made.commit(["GUIDE.md": "one\ntwo\ndrei\n"], "In the way")
    try await made.git("checkout", "-q", "main")
    let merged = try await made.commit(["README.md": "resolved\n"], "By hand")
    #expect(try compare(made, merged, with: topic) == .conflicting)
  }

  @Test func `has no parent`() async throws {
    let (made, topic) = try await made()
    let root = try await made.git("rev-list", "--max-parents=0", "HEAD")
    #expect(try compare(made, root, with: topic) == .root)
  }

  @Test func `needs both, and says which is missing`() async throws {
    let (made, _) = try await made()
    #expect { try compare(made, with: String(repeating: "a1", count: 20)) } throws: {
      ($0 as? GitError)?.kind == .missing
    }
  }

  @Test func `leaves nothing in the repository`() async throws {
    let (made, topic) = try await made()
    // A merge within one file makes a blob that was never there.
    try await made.git("checkout", "-q", "topic")
    let longer = try await made.commit(["GUIDE.md": "ONE\ntwo\nthree\n"], "The first line")
    try await made.git("checkout", "-q", "main")
    try await made.git("merge", "-q", "--squash", "topic")
    try await made.git("commit", "-q", "-m", "Squashed")
    try await made.git("gc", "-q", "--prune=now")
    let before = try await made.git("count-objects", "-v")
    _ = try compare(made, with: longer)
    _ = try compare(made, with: topic)
    #expect(try await made.git("count-objects", "-v") == before)
  }
}

@Suite struct `The commits of a range` {
  @Test func `name their people, with the whole message`() async throws {
    let made = try await GitFolder()
    let first = try await made.git("rev-parse", "HEAD")
    let message = "More\n\n" + String(repeating: "text\n", count: 30_000) + "Co-authored-by: Rui <rui@example.org>"
    try await made.git("config", "core.editor", "true")
    let second = try await made.commit(["a": "1"], "Second")
    try made.folder.write(message, to: "message")
    try await made.git("commit", "-q", "--allow-empty", "-F", made.folder.path + "/message")
    let repository = try Repository.open(discovering: made.path)
    let head = try repository.resolve("HEAD")
    let records = try repository.records(from: first, to: head, limit: 10)
    #expect(records.map(\.commit) == [head, second])
    #expect(records[0].authorEmail == "ana@example.org" && records[0].committerName == "Ana")
    #expect(records[0].message.hasSuffix("Co-authored-by: Rui <rui@example.org>\n"))
    #expect(try repository.records(from: head, to: head, limit: 10).isEmpty)
    #expect(throws: GitError.self) { try repository.records(from: first, to: head, limit: 1) }
  }
}
