import Core
import Processes
import Surroundings
import TestSupport
import Testing

@Suite struct `The source` {
  func tree(_ made: GitFolder, in place: String? = nil, ci: [String: String] = [:]) -> SourceTree {
    SourceTree(
      folder: place ?? made.path, processes: SystemProcessRunner(),
      environment: GitFolder.environment(made.folder).merging(ci) { $1 })
  }

  /// A repository with a bare remote that it pushed to.
  func pushed() async throws -> GitFolder {
    let made = try await GitFolder()
    try await made.git("clone", "-q", "--bare", made.path, made.folder.path + "/remote")
    try await made.git("remote", "add", "origin", made.folder.path + "/remote")
    try await made.git("push", "-q", "-u", "origin", "main")
    return made
  }

  @Test func `that was pushed is up to date, and the remote itself says so`() async throws {
    let made = try await pushed()
    let facts = try await tree(made).facts(askingRemote: true)
    #expect(facts.remote == .upToDate(branch: "main"))
    #expect(facts.branch == .checkedOut("main"))
    #expect(facts.dirty == [])
    #expect(facts.summary == "Begin")
    #expect(try await tree(made).facts(askingRemote: false).remote == nil)
  }

  @Test func `that was not pushed is ahead`() async throws {
    let made = try await pushed()
    try await made.commit(["a": "1"], "More")
    #expect(try await tree(made).facts(askingRemote: true).remote == .ahead(branch: "main", by: 1))
  }

  @Test func `that somebody else pushed over is behind, though the last fetch knew nothing`() async throws {
    let made = try await pushed()
    let other = made.folder.path + "/other"
    try await made.git("clone", "-q", made.folder.path + "/remote", other)
    try await made.git("commit", "-q", "--allow-empty", "-m", "Newer", in: other)
    try await made.git("push", "-q", in: other)
    #expect(try await tree(made).facts(askingRemote: true).remote == .behind(branch: "main", by: nil))
    try await made.git("fetch", "-q")
    #expect(try await tree(made).facts(askingRemote: true).remote == .behind(branch: "main", by: 1))
    try await made.commit(["b": "1"], "Mine")
    #expect(try await tree(made).facts(askingRemote: true).remote == .diverged(branch: "main"))
  }

  @Test func `whose branch the remote does not have says so, longer names notwithstanding`() async throws {
    let made = try await pushed()
    try await made.git("push", "-q", "origin", "main:refs/heads/other/refs/heads/new")
    try await made.git("checkout", "-q", "-b", "new")
    #expect(try await tree(made).facts(askingRemote: true).remote == .noSuchBranch("new"))
  }

  @Test func `that follows a branch of its own repository is not its own remote`() async throws {
    let made = try await GitFolder()
    try await made.git("checkout", "-q", "-b", "topic", "--track", "main")
    guard case .cannotAsk(let problem) = try await tree(made).facts(askingRemote: true).remote else {
      Issue.record("it asked itself")
      return
    }
    #expect(problem.code == "source.no-remote")
  }

  @Test func `whose remote is away cannot be asked`() async throws {
    let made = try await pushed()
    try await made.git("remote", "set-url", "origin", made.folder.path + "/nowhere")
    guard case .cannotAsk(let problem) = try await tree(made).facts(askingRemote: true).remote else {
      Issue.record("it was asked")
      return
    }
    #expect(problem.code == "source.remote-unreachable")
    #expect(problem.remedy != nil)
  }

  @Test func `without a remote says that there is none`() async throws {
    let made = try await GitFolder()
    guard case .cannotAsk(let problem) = try await tree(made).facts(askingRemote: true).remote else {
      Issue.record("it was asked")
      return
    }
    #expect(problem.code == "source.no-remote")
  }

  @Test func `of a detached head takes the branch that the CI names`() async throws {
    let made = try await pushed()
    try await made.git("checkout", "-q", "--detach")
    let named = try await tree(made, ci: ["GITHUB_ACTIONS": "true", "GITHUB_REF_NAME": "main"])
      .facts(askingRemote: true)
    #expect(named.branch == .detached(namedByCI: "main"))
    #expect(named.remote == .upToDate(branch: "main"))
    let unnamed = try await tree(made).facts(askingRemote: true)
    #expect(unnamed.branch == .detached(namedByCI: nil))
    guard case .cannotAsk = unnamed.remote else {
      Issue.record("a branch was guessed")
      return
    }
  }

  @Test func `that is dirty names each path and how it differs`() async throws {
    let made = try await GitFolder()
    try made.write("new", to: "README.md")
    try made.write("new", to: "other")
    #expect(try await tree(made).facts(askingRemote: false).dirty == ["README.md (modified)", "other (untracked)"])
  }

  @Test func `gives changes relative to the policy's folder`() async throws {
    let made = try await GitFolder()
    let old = try await made.commit(["apps/api/a.ts": "1", "docs/x.md": "long enough to be found again\n"], "Old")
    try await made.git("mv", "docs/x.md", "docs/y.md")
    let new = try await made.commit(["apps/api/a.ts": "2"], "New")
    let facts = try await tree(made, in: made.path + "/apps").changes(since: CommitID(old))
    #expect(
      facts
        == ChangeFacts(
          since: CommitID(old), head: CommitID(new), paths: ["../docs/x.md", "../docs/y.md", "api/a.ts"],
          gone: ["../docs/x.md"]))
    #expect(try await tree(made).changes(since: CommitID(new)).paths == [])
    #expect(try await tree(made, in: made.path + "/apps").committedSize(of: "api/a.ts") == 1)
    #expect(try await tree(made).committedSize(of: "none") == nil)
  }

  func code(_ body: () async throws -> Void) async -> String? {
    do {
      try await body()
      return nil
    } catch { return (error as? Problem)?.code ?? "no problem but \(error)" }
  }

  @Test func `cannot be compared with a commit it does not have`() async throws {
    let made = try await GitFolder()
    let missing = CommitID(String(repeating: "c", count: 40))
    #expect(await code { _ = try await tree(made).changes(since: missing) } == "source.unknown-commit")
    let first = try await CommitID(made.git("rev-parse", "HEAD"))
    try await made.commit(["a": "1"], "Second")
    try await made.git("clone", "-q", "--depth", "1", "file://" + made.path, made.folder.path + "/shallow")
    let shallow = tree(made, in: made.folder.path + "/shallow")
    #expect(await code { _ = try await shallow.changes(since: first) } == "source.shallow")
    #expect(try await shallow.facts(askingRemote: false).isShallow)
  }

  @Test func `that is no repository, or has no commit, is told apart`() async throws {
    let made = try await GitFolder(empty: true)
    #expect(await code { _ = try await tree(made).head() } == "source.no-commit")
    #expect(await code { _ = try await tree(made, in: made.folder.path).head() } == "source.no-repository")
  }

  @Test func `lists the files of the commit below the policy's folder`() async throws {
    let made = try await GitFolder()
    let commit = CommitID(
      try await made.commit(["app/gatehouse.yml": "x", "app/vex/a.json": "{}", "other/b.json": "{}"], "More"))
    try made.write("x", to: "app/vex/stray.json")
    let below = try await tree(made, in: made.path + "/app").committedFiles(at: commit)
    #expect(below == ["gatehouse.yml", "vex/a.json"])
    #expect(try await tree(made).committedFiles(at: commit).contains("other/b.json"))
  }
}

@Suite struct ZoneFileTests {
  @Test func `a zone is looked for by its name alone`() throws {
    #expect(ZoneFile.rules(of: "UTC", environment: [:]) == .utc)
    let folder = try TemporaryFolder()
    try folder.write("no zone", to: "Nowhere/Town")
    for name in ["Nowhere/Town", "Nowhere/Gone", "../passwd", "/etc/passwd", "a//b", ""] {
      #expect(ZoneFile.rules(of: name, environment: ["TZDIR": folder.path]) == nil, "\(name)")
    }
  }
}
