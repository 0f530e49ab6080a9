import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

/// The check `review` through the program, against a stand-in of the provider or with a saved answer of it.
@Suite struct ReviewTests {
  private static let token = "ghs_hush-hush-word"

  private static func policy(_ keys: String) -> String {
    "checklist: [{ id: reviewed, check: review, approvals: 1, not-by: [authors], \(keys) }]\n"
  }

  /// A repository whose line asks the stand-in.
  private func asking(
    _ host: CodeHostStandin, provider: String = "github", repository: String = "clinic/agenda"
  ) async throws -> Workplace {
    try await Workplace(
      policy: Self.policy(
        "provider: \(provider), repository: \(repository), api: \"\(host.api)\", token: { env: REVIEW_TOKEN }"))
  }

  private func line(_ workplace: Workplace, exit: Int32, _ environment: [String: String] = [:]) async throws -> JSON {
    let variables = ["REVIEW_TOKEN": Self.token].merging(environment) { $1 }
    let checked = try await workplace.gatehouse(["check", "--format", "json"], variables)
    #expect(checked.exit == exit, "\(checked.talk)")
    #expect(!(checked.output + checked.talk).contains(Self.token))
    return try #require(try checked.document().line("reviewed"))
  }

  @Test func `an approval of exactly this commit passes, and every way it can be less does not`() async throws {
    var host = try CodeHostStandin()
    let workplace = try await asking(host)
    let first = try await workplace.git.git("rev-parse", "HEAD")
    let head = try await workplace.git.commit(["agenda.js": "1\n"], "Add the agenda")
    typealias Sample = PullRequestSample

    func judged(exit: Int32, _ change: (inout Sample) -> Void = { _ in }) async throws -> JSON {
      var sample = Sample(head: head)
      change(&sample)
      try host.set(sample.answers(for: head))
      return try await line(workplace, exit: exit)
    }
    let good = try await judged(exit: 0)
    #expect(good["reason"]?.string == "1 approval of \(head.prefix(7)), none by its author · change 12")
    #expect(good["examined"]?["reviews"]?.integer == 1 && good["examined"]?["change"]?.integer == 12)
    #expect(
      good["evidence"]?[0]?["path"]?.string == host.api + "/repos/clinic/agenda/pulls/12"
        && good["evidence"]?[0]?["commit"]?.string == head)

    #expect(try await judged(exit: 1) { $0.reviews = [] }.told.contains("0 approvals"))
    #expect(
      try await judged(exit: 1) { $0.reviews = [Sample.review(Sample.rui, first)] }.told.contains(first.prefix(7)))
    #expect(try await judged(exit: 1) { $0.reviews = [Sample.review(Sample.ana, head)] }.told.contains("who opened it"))
    #expect(
      try await judged(exit: 1) { $0.reviews = [Sample.review(Sample.rui, head, "DISMISSED")] }.told.contains(
        "dismissed"))
    #expect(
      try await judged(exit: 1) {
        $0.reviews.append(Sample.review(Sample.eva, head, "CHANGES_REQUESTED"))
      }.told.contains("eva asks for changes"))
    #expect(try await judged(exit: 1) { $0.activity = [Sample.push(Sample.rui, head)] }.told.contains("who pushed it"))
    #expect(
      try await judged(exit: 3) {
        $0.commits = [Sample.commit(head, message: "It\n\nCo-authored-by: Z <z@laptop>")]
      }.told.contains("nobody can tell whether Z"))
    #expect(try await judged(exit: 3) { $0.activity = [] }.told.contains("nobody can tell who pushed"))
    #expect(try await judged(exit: 3) { $0.base = "topic" }.told.contains("another branch than main"))
    // The answer is of another commit as soon as there is one.
    _ = try await judged(exit: 0)
    try await workplace.git.commit(["agenda.js": "2\n"], "Change it")
    #expect(try await line(workplace, exit: 3).told.contains("cannot find the pull request"))
  }

  @Test(arguments: ["reviews", "commits", "events"])
  func `an answer that is missing leaves the line undecided, with what the token needs`(part: String) async throws {
    var host = try CodeHostStandin()
    let workplace = try await asking(host)
    let head = try await workplace.git.git("rev-parse", "HEAD")
    try host.set(PullRequestSample(head: head).answers())
    let path = try #require(host.answers.keys.first { $0.hasSuffix("12/" + part) })
    try host.set([path: .status(403)])
    let told = try await line(workplace, exit: 3).told
    #expect(told.contains("HTTP 403") && told.contains("pull-requests: read"), "\(told)")
  }

  @Test func `in a CI, its variables say where to ask, about what and with which token`() async throws {
    var host = try CodeHostStandin()
    let workplace = try await Workplace(policy: Self.policy("provider: github"))
    let head = try await workplace.git.git("rev-parse", "HEAD")
    try host.set(PullRequestSample(head: head).answers())
    let ci = [
      "GITHUB_ACTIONS": "true", "GITHUB_API_URL": host.api, "GITHUB_REPOSITORY": "clinic/agenda",
      "GITHUB_REF": "refs/pull/12/merge", "GITHUB_SHA": head, "GITHUB_ACTOR": "rui",
    ]
    #expect(try await line(workplace, exit: 3, ci).told.contains("GITHUB_TOKEN"))
    _ = try await line(workplace, exit: 0, ci.merging(["GITHUB_TOKEN": Self.token]) { $1 })
    #expect(try host.seen.allSatisfy { $0.headers["authorization"]?.string == "Bearer " + Self.token })
    // The number was named, so nobody had to look for it.
    #expect(try host.seen.allSatisfy { !$0.path.contains("/commits/\(head)") })
    let plain = ci.merging(["GITHUB_TOKEN": Self.token, "GITHUB_API_URL": "http://git.example/api"]) { $1 }
    #expect(try await line(workplace, exit: 3, plain).told.contains("no address that a token may be sent to"))
  }

  @Test func `the remote origin names the repository, and its password is not shown`() async throws {
    var host = try CodeHostStandin()
    let workplace = try await Workplace(policy: Self.policy("provider: github, api: \"\(host.api)\""))
    let head = try await workplace.git.git("rev-parse", "HEAD")
    try host.set(PullRequestSample(head: head).answers())
    let variables = ["GITHUB_TOKEN": Self.token]
    #expect(try await line(workplace, exit: 3, variables).told.contains("repository: owner/name"))
    try await workplace.git.git("remote", "add", "origin", "https://x:\(Self.token)@git.example/clinic/agenda.git")
    _ = try await line(workplace, exit: 0, variables)
  }

  @Test func `the token is not handed to the team's commands`() async throws {
    let workplace = try await Workplace(
      policy: """
        checklist:
          - { id: reviewed, check: review, provider: github, approvals: 1, repository: a/b, api: "http://127.0.0.1:9" }
          - { id: clean, check: command, run: 'test -z "$GITHUB_TOKEN"' }

        """)
    let checked = try await workplace.gatehouse(["check", "--format", "json"], ["GITHUB_TOKEN": Self.token])
    #expect(try checked.document().line("clean")?["status"] == "pass")
    #expect(try checked.document().line("reviewed")?["status"] == "inconclusive")
  }

  @Test func `GitLab's approvals count from the newest version on`() async throws {
    var host = try CodeHostStandin()
    let workplace = try await asking(host, provider: "gitlab", repository: "clinic/web/agenda")
    let head = try await workplace.git.git("rev-parse", "HEAD")
    var sample = MergeRequestSample(head: head)
    try host.set(sample.answers())
    #expect(try await line(workplace, exit: 0).told.contains("1 approval of \(head.prefix(7))"))
    #expect(try host.seen.allSatisfy { $0.headers["private-token"]?.string == Self.token })
    sample.versions.append(MergeRequestSample.version(2, head, at: "2026-11-20T12:00:01Z"))
    try host.set(sample.answers())
    #expect(try await line(workplace, exit: 1).told.contains("rui approved an earlier state"))
  }
}

/// What was merged is what was reviewed, or it does not count.
@Suite struct MergedReviewTests {
  /// A topic of one commit, and a branch `main` that has moved on meanwhile.
  private func repository(_ host: CodeHostStandin) async throws -> (workplace: Workplace, head: String) {
    let workplace = try await Workplace(
      policy:
        "checklist: [{ id: reviewed, check: review, provider: github, approvals: 1, repository: clinic/agenda, api: \"\(host.api)\" }]\n",
      files: ["a.js": "1\n2\n3\n4\n5\n6\n7\n8\n"])
    let git = workplace.git
    try await git.git("checkout", "-q", "-b", "topic")
    let head = try await git.commit(["a.js": "1\n2\n3\n4\n5\n6\n7\neight\n", "b.js": "new\n"], "Add the agenda")
    try await git.git("checkout", "-q", "main")
    try await git.commit(["a.js": "one\n2\n3\n4\n5\n6\n7\n8\n"], "Meanwhile")
    return (workplace, head)
  }

  private func line(
    _ workplace: Workplace, _ host: inout CodeHostStandin, head: String, exit: Int32, tree: String? = nil
  ) async throws -> JSON {
    let commit = try await workplace.git.git("rev-parse", "HEAD")
    var sample = PullRequestSample(head: head)
    (sample.state, sample.merged) = ("closed", commit)
    sample.commits = [PullRequestSample.commit(head, tree: tree)]
    try host.set(sample.answers())
    let checked = try await workplace.gatehouse(["check", "--format", "json"], ["GITHUB_TOKEN": "t0ken-of-tests"])
    #expect(checked.exit == exit, "\(checked.talk)")
    return try #require(try checked.document().line("reviewed"))
  }

  static let ways = [
    "git merge -q --no-ff -m 'Merge pull request' topic",
    "git merge -q --squash topic && git commit -q -m 'Add the agenda (12)'", "git cherry-pick topic",
  ]

  @Test(arguments: ways)
  func `a merge, a squash and a rebase of what was approved pass, and nothing is written for it`(way: String)
    async throws
  {
    var host = try CodeHostStandin()
    let (workplace, head) = try await repository(host)
    let done = try await workplace.shell("export \(Self.names); " + way)
    #expect(done.exit == 0, "\(done.talk)")
    let objects = "find .git/objects -type f | wc -l"
    let before = try await workplace.shell(objects).output
    let told = try await line(workplace, &host, head: head, exit: 0).told
    #expect(told.contains("1 approval of \(head.prefix(7))") && told.contains("is that, merged"), "\(told)")
    #expect(try await workplace.shell(objects).output == before)
  }

  @Test(arguments: ways)
  func `what was added on the way is undecided`(way: String) async throws {
    var host = try CodeHostStandin()
    let (workplace, head) = try await repository(host)
    let done = try await workplace.shell(
      "export \(Self.names); \(way) && echo evil >> b.js && git commit -q -a --amend --no-edit")
    #expect(done.exit == 0, "\(done.talk)")
    let told = try await line(workplace, &host, head: head, exit: 3).told
    #expect(told.contains("holds other files than merging \(head.prefix(7))"), "\(told)")
  }

  @Test func `conflicts that somebody resolved are undecided`() async throws {
    var host = try CodeHostStandin()
    let (workplace, head) = try await repository(host)
    try await workplace.git.commit(["b.js": "old\n"], "In the way")
    let done = try await workplace.shell(
      "export \(Self.names); git merge -q topic; echo both > b.js && git add -A && git commit -q -m Merge")
    #expect(done.exit == 0, "\(done.talk)")
    #expect(try await line(workplace, &host, head: head, exit: 3).told.contains("conflicts"))
  }

  @Test func `a clone without the reviewed commit is told what to fetch, unless the files are the very same`()
    async throws
  {
    var host = try CodeHostStandin()
    let (made, head) = try await repository(host)
    _ = try await made.shell(
      "export \(Self.names); git merge -q --squash topic && git commit -q -m Squashed && git branch -D topic")
    let tree = try await made.git.git("rev-parse", "HEAD^{tree}")
    try await made.git.git("clone", "-q", "--single-branch", "file://" + made.path, made.path + "/kept/clone")
    func told(exit: Int32, tree: String?, in folder: String) async throws -> String {
      let commit = try await made.git.git("rev-parse", "HEAD")
      var sample = PullRequestSample(head: head)
      (sample.state, sample.merged) = ("closed", commit)
      sample.commits = [PullRequestSample.commit(head, tree: tree)]
      try host.set(sample.answers())
      let checked = try await made.gatehouse(
        ["check", "--policy", folder + "/gatehouse.yml", "--format", "json"], ["GITHUB_TOKEN": "t0ken-of-tests"])
      #expect(checked.exit == exit, "\(checked.talk)")
      return try checked.document().line("reviewed")?.told ?? ""
    }
    #expect(try await told(exit: 3, tree: nil, in: "kept/clone").contains("git fetch origin refs/pull/12/head"))
    #expect(try await told(exit: 0, tree: tree, in: "kept/clone").contains("is that, merged"))
    try await made.git.git("clone", "-q", "--depth", "1", "file://" + made.path, made.path + "/kept/shallow")
    #expect(try await told(exit: 3, tree: nil, in: "kept/shallow").contains("fetch-depth: 0"))
  }

  private static let names =
    "GIT_AUTHOR_NAME=Ana GIT_AUTHOR_EMAIL=ana@clinic.example GIT_COMMITTER_NAME=Ana GIT_COMMITTER_EMAIL=ana@clinic.example"
}

/// An answer that was saved by an earlier step.
@Suite struct SavedReviewTests {
  private static let policy =
    "checklist: [{ id: reviewed, check: review, provider: github, approvals: 1, reports: [reports/reviews.json] }]\n"

  private func workplace() async throws -> (Workplace, String) {
    let workplace = try await Workplace(policy: Self.policy)
    let head = try await workplace.git.git("rev-parse", "HEAD")
    try workplace.write(PullRequestSample(head: head).saved.text(.indented), to: "kept/reviews.json")
    return (workplace, head)
  }

  private static let collect =
    "gatehouse collect --command 'mkdir -p reports && cat kept/reviews.json > reports/reviews.json' reports/reviews.json"

  @Test func `passes when it was collected, without any token`() async throws {
    let (workplace, head) = try await workplace()
    #expect(try await workplace.shell(Self.collect).exit == 0)
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 0, "\(checked.talk)")
    let line = try checked.document().line("reviewed")
    #expect(line?["reason"]?.string?.contains("1 approval of \(head.prefix(7))") == true)
    #expect(line?["evidence"]?[0]?["path"] == "reports/reviews.json")
    #expect(line?["evidence"]?[0]?["sha256"]?.string?.count == 64)
    #expect(line?["evidence"]?[0]?["format"] == "github-reviews")
  }

  private static let manifest = "reports/gatehouse-evidence.json"

  @Test(arguments: [
    ("rm reports/reviews.json", "names no file"), (": > reports/reviews.json", "is empty"),
    ("rm \(manifest)", "no manifest beside it"), ("echo >> reports/reviews.json", "was changed after it was collected"),
    ("echo '{' > \(manifest)", "gatehouse-evidence.json"),
    ("sed -i -E 's/\"(started|finished)\": \"20[0-9]{2}/\"\\1\": \"2020/' \(manifest)", "is allowed"),
    ("sed -i -E 's/\"(started|finished)\": \"20[0-9]{2}/\"\\1\": \"2090/' \(manifest)", "in the future"),
    ("git commit -q --allow-empty -m Another", "was saved for commit"),
    ("git commit -q --allow-empty -m Another; \(collect)", "does not bring"),
    ("echo '[]' > kept/reviews.json; \(collect)", "a list alone"),
    ("echo '[{}][{}]' > kept/reviews.json; \(collect)", "reports/reviews.json:1:"),
    ("echo '{\"message\":\"Not Found\"}' > kept/reviews.json; \(collect)", "an error that the provider answered with"),
    ("echo '{\"action\":\"submitted\",\"review\":{}}' > kept/reviews.json; \(collect)", "webhook"),
    ("sed -i 's/\"reviews\"/\"revises\"/' kept/reviews.json; \(collect)", "has no 'reviews'"),
    ("sed -i 's/\"activity\"/\"passivity\"/' kept/reviews.json; \(collect)", "who pushed"),
    ("mv reports/reviews.json ../r.json; ln -s ../../r.json reports/reviews.json", "out of the policy's folder"),
  ])
  func `is undecided with its place and what to do when it does not count`(done: String, says: String) async throws {
    let (workplace, _) = try await workplace()
    #expect(try await workplace.shell(Self.collect).exit == 0)
    try await workplace.shell("git config user.name Ana; git config user.email ana@example.org; " + done)
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 3, "\(checked.talk)")
    let line = try #require(try checked.document().line("reviewed"))
    #expect(line.told.contains(says), "\(line.told)")
    #expect(line["remedy"]?.string?.isEmpty == false)
  }

  @Test func `without approvals fails`() async throws {
    let (workplace, head) = try await workplace()
    var sample = PullRequestSample(head: head)
    sample.reviews = []
    try workplace.write(sample.saved.text(), to: "kept/reviews.json")
    #expect(try await workplace.shell(Self.collect).exit == 0)
    #expect(try await workplace.gatehouse("check").exit == 1)
  }

  @Test func `that is bound to nothing is stamped`() async throws {
    let workplace = try await Workplace(policy: "evidence: { bind-to: none }\n" + Self.policy)
    let head = try await workplace.git.git("rev-parse", "HEAD")
    try workplace.write(PullRequestSample(head: head).saved.text(), to: "reports/reviews.json")
    let checked = try await workplace.asked("check").line("reviewed")
    #expect(checked?["status"] == "pass" && checked?.told.contains("not bound to a commit") == true)
  }

  /// GitHub's own command is not there: what the guide asks of it is answered from a folder, page by page.
  @Test func `of the guide's script is read as it is`() async throws {
    let (workplace, head) = try await workplace()
    let bytes = try #require(FileManager.default.contents(atPath: BuiltProgram.root + "/docs/guides/reviews.md"))
    let script = try #require(
      String(decoding: bytes, as: UTF8.self).split(separator: "```sh\n").dropFirst().first?.split(separator: "```")
        .first)
    try workplace.write(String(script), to: "kept/save-reviews")
    try workplace.write(
      """
      #!/bin/sh
      test "$1" = api || exit 2
      shift
      case "$*" in
      "repos/clinic/agenda/pulls/12") cat pull ;;
      "--paginate --slurp repos/clinic/agenda/pulls/12/reviews") printf '[%s,[]]' "$(cat reviews)" ;;
      "--paginate --slurp repos/clinic/agenda/pulls/12/commits") printf '[%s]' "$(cat commits)" ;;
      "--paginate --slurp repos/clinic/agenda/issues/12/events") printf '[[]]' ;;
      "--paginate --slurp repos/clinic/agenda/activity") printf '[%s]' "$(cat activity)" ;;
      *) exit 1 ;;
      esac

      """, to: "kept/gh")
    let sample = PullRequestSample(head: head)
    try workplace.write(sample.pull.text(), to: "kept/pull")
    try workplace.write(JSON.array(sample.reviews).text(), to: "kept/reviews")
    try workplace.write(JSON.array(sample.commits).text(), to: "kept/commits")
    try workplace.write(JSON.array(sample.activity).text(), to: "kept/activity")
    let collected = try await workplace.shell(
      """
      chmod +x kept/gh kept/save-reviews && mkdir reports && gatehouse collect --command \
      'cd kept && PATH="$PWD:$PATH" ./save-reviews clinic/agenda 12 > ../reports/reviews.json' reports/reviews.json
      """)
    #expect(collected.exit == 0, "\(collected.talk)")
    let line = try await workplace.asked("check").line("reviewed")
    #expect(line?["status"] == "pass", "\(line?.told ?? "")")
  }
}
