import Core
import Processes
import Surroundings
import TestSupport
import Testing

@Suite struct `The name of a repository` {
  @Test(arguments: [
    ("https://github.com/clinic/agenda.git", "clinic/agenda"), ("https://github.com/clinic/agenda", "clinic/agenda"),
    ("https://github.com/clinic/agenda/", "clinic/agenda"), ("git@github.com:clinic/agenda.git", "clinic/agenda"),
    ("ssh://git@git.example:2222/clinic/web/agenda.git", "clinic/web/agenda"),
    ("https://user:pass@git.example/clinic/web/agenda.git", "clinic/web/agenda"), ("/srv/git/agenda.git", nil),
    ("../agenda", nil), ("file:///srv/git/clinic/agenda", nil), ("https://github.com/agenda", nil),
    ("https://github.com/a/../b", nil), ("https://github.com/a/b?c", nil), ("C:\\clinic\\agenda", nil), ("", nil),
    (":a/b", nil), ("git@host:a/b c", nil), ("./a:b/c", nil),
  ])
  func `is read from the address of its remote`(address: String, name: String?) {
    #expect(RemoteRepository.name(in: address) == name)
  }
}

@Suite struct `What was reviewed` {
  private func tree(_ made: GitFolder, in place: String? = nil) -> SourceTree {
    SourceTree(
      folder: place ?? made.path, processes: SystemProcessRunner(), environment: GitFolder.environment(made.folder))
  }

  private static let reference = "refs/pull/12/head"

  @Test func `is carried by itself, by a merge, and by equal files`() async throws {
    let made = try await GitFolder()
    let base = CommitID(try await made.git("rev-parse", "HEAD"))
    try await made.git("checkout", "-q", "-b", "topic")
    let head = CommitID(try await made.commit(["a": "1\n"], "Topic"))
    try await made.git("checkout", "-q", "main")
    try await made.git("merge", "-q", "--no-ff", "-m", "Merge", "topic")
    let merge = CommitID(try await made.git("rev-parse", "HEAD"))
    let source = tree(made)
    func carriage(_ commit: CommitID, _ head: CommitID, tree: String? = nil) async throws -> ReviewFacts.Carriage {
      try await source.carriage(of: commit, reviewedAs: head, tree: tree, fetchedFrom: Self.reference)
    }
    #expect(try await carriage(head, head) == .isHead)
    #expect(try await carriage(merge, head) == .isMerge)
    #expect(try await carriage(base, head) == .differs("it has no parent"))
    let unknown = CommitID(String(repeating: "a1", count: 20))
    let files = try await made.git("rev-parse", "HEAD^{tree}")
    #expect(try await carriage(merge, unknown, tree: files) == .isMerge)
    guard case .unknown(let problem) = try await carriage(merge, unknown) else {
      Issue.record("compared with nothing")
      return
    }
    #expect(problem.remedy == "git fetch origin refs/pull/12/head before the gate")
    #expect(
      try await tree(made).people(from: base, to: merge).map(\.author.email)
        == Array(repeating: "ana@example.org", count: 2))
    await #expect(throws: Problem.self) { try await source.people(from: unknown, to: merge) }
  }

  @Test func `cannot be compared in a clone with cut history`() async throws {
    let made = try await GitFolder()
    let first = CommitID(try await made.git("rev-parse", "HEAD"))
    let second = CommitID(try await made.commit(["a": "1\n"], "More"))
    let place = made.folder.path + "/clone"
    try await made.git("clone", "-q", "--depth", "1", "file://" + made.path, place)
    let source = tree(made, in: place)
    let carriage = try await source.carriage(of: second, reviewedAs: first, tree: nil, fetchedFrom: Self.reference)
    guard case .unknown(let problem) = carriage else {
      Issue.record("\(carriage)")
      return
    }
    #expect(problem.remedy == SourceTree.shallowRemedy)
    await #expect(throws: Problem.self) { try await source.people(from: first, to: second) }
  }

  @Test func `is in the repository that the remote origin names`() async throws {
    let made = try await GitFolder()
    #expect(try await tree(made).originRepository() == nil)
    try await made.git("remote", "add", "origin", "git@git.example:clinic/agenda.git")
    #expect(try await tree(made).originRepository() == "clinic/agenda")
  }
}
