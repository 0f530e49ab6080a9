import Core
import JSONText
import Standins
import TestSupport
import Testing

/// Law L1 through the program: nothing unexamined passes, and taking evidence away never improves a verdict.
@Suite struct EvidenceLawTests {
  private static let policy = """
    evidence: { max-age: 1h, bind-to: commit }
    checklist:
      - { id: tests, check: tests, reports: ["reports/junit*.xml"], examined: ">= 5 tests" }
      - { id: coverage, check: coverage, reports: ["reports/lcov.info"], lines: ">= 75%" }
      - { id: scan, check: findings, reports: ["reports/scan.sarif"], limits: { any: "<= 0" } }

    """

  /// A repository whose three lines pass: reports written by a command under `gatehouse collect`.
  private func workplace(failing: Bool = false) async throws -> Workplace {
    let workplace = try await Workplace(policy: Self.policy, files: ["apps/api/index.js": "1\n2\n3\n4\n"])
    try workplace.write(TeamReports.tests, to: "kept/junit-a.xml")
    try workplace.write(failing ? TeamReports.failing : TeamReports.moreTests, to: "kept/junit-b.xml")
    try workplace.write(TeamReports.coverage, to: "kept/lcov.info")
    try workplace.write(TeamReports.scan, to: "kept/scan.sarif")
    try await collect(workplace)
    return workplace
  }

  private func collect(_ workplace: Workplace) async throws {
    let collected = try await workplace.gatehouse(
      "collect", "--command", "mkdir -p reports && cat kept/scan.sarif > reports/scan.sarif && cp kept/* reports/",
      "reports/*")
    #expect(collected.exit == 0, "\(collected.talk)")
  }

  private static let files = ["junit-a.xml", "junit-b.xml", "lcov.info", "scan.sarif", "gatehouse-evidence.json"]

  @Test(arguments: [
    (false, "rm reports/"), (true, "rm reports/"), (false, ": > reports/"),
    (false, "head -c 20 kept/scan.sarif > reports/"),
  ])
  func `no subset of the evidence is judged better than all of it`(failing: Bool, taking: String) async throws {
    let workplace = try await workplace(failing: failing)
    let whole = try await workplace.gatehouse("check")
    #expect(whole.exit == (failing ? 1 : 0), "\(whole.output)")
    try await workplace.shell("cp -a reports all")
    // Every subset is removed; damaging is tried one file at a time.
    for subset in taking.hasPrefix("rm") ? Array(1..<32) : [1, 2, 4, 8, 16] {
      let gone = Self.files.indices.filter { subset & (1 << $0) != 0 }.map { Self.files[$0] }
      let left = try await workplace.shell(
        "rm -rf reports; cp -a all reports; \(gone.map { taking + $0 }.joined(separator: "; ")); gatehouse check")
      #expect([1, 3].contains(left.exit), "without \(gone): \(left.output)")
      if !failing { #expect(left.exit == 3, "without \(gone): \(left.output)") }
    }
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let name: String
    let done: String
    let place: String
    let why: String
    let remedy: String
    var testDescription: String { name }
  }

  private static let manifest = "reports/gatehouse-evidence.json"

  @Test(arguments: [
    Fault(
      name: "missing", done: "rm reports/lcov.info", place: "reports/lcov.info", why: "was collected and is gone",
      remedy: "collect"),
    Fault(
      name: "missing with the folder", done: "rm -r reports", place: "reports/lcov.info", why: "names no file",
      remedy: "run the step that writes it"),
    Fault(
      name: "empty", done: ": > reports/lcov.info", place: "reports/lcov.info", why: "empty", remedy: "run it again"),
    Fault(
      name: "stale", done: "sed -i -E 's/\"(started|finished)\": \"20[0-9]{2}/\"\\1\": \"2020/' \(manifest)",
      place: "reports/lcov.info", why: "at most 60 min is allowed", remedy: "make the report again"),
    Fault(
      name: "from the future", done: "sed -i -E 's/\"(started|finished)\": \"20[0-9]{2}/\"\\1\": \"2090/' \(manifest)",
      place: "reports/lcov.info", why: "in the future", remedy: "clocks"),
    Fault(
      name: "foreign", done: "git commit -q --allow-empty -m 'Another'", place: "reports/lcov.info",
      why: "is about commit", remedy: "make the report again for this commit"),
    Fault(
      name: "of a dirty tree", done: "sed -i 's/\"clean\": true/\"clean\": false/' \(manifest)",
      place: "reports/lcov.info", why: "changes that are in no commit", remedy: "clean working tree"),
    Fault(
      name: "edited", done: "sed -i 's/DA:4,0/DA:4,1/' reports/lcov.info", place: "reports/lcov.info",
      why: "was changed after it was collected", remedy: "gatehouse collect"),
    Fault(
      name: "unbound", done: "rm \(manifest)", place: "reports/lcov.info", why: "names no commit",
      remedy: "gatehouse collect --command"),
    Fault(
      name: "cut short", done: "sed -i '$d' reports/lcov.info", place: "reports/lcov.info", why: "is cut short",
      remedy: "write the report again"),
    Fault(
      name: "no report", done: "echo '<html>Sign in</html>' > reports/lcov.info", place: "reports/lcov.info",
      why: "", remedy: ""),
    Fault(
      name: "of another kind", done: "cp kept/junit-a.xml reports/lcov.info && gatehouse collect 'reports/*'",
      place: "reports/lcov.info", why: "holds tests (junit), not coverage", remedy: "name a report of coverage"),
    Fault(
      name: "a broken manifest", done: "echo '{' > \(manifest)", place: manifest, why: "", remedy: ""),
    Fault(
      name: "a link out of the folder",
      done: "mv reports/lcov.info ../lcov.info; ln -s ../../lcov.info reports/lcov.info",
      place: "reports/lcov.info", why: "out", remedy: ""),
  ])
  func `evidence that does not count is inconclusive and says which file, why and what to do`(fault: Fault) async throws
  {
    let workplace = try await workplace()
    let done = try await workplace.shell(
      "git config user.name Ana; git config user.email ana@example.org; " + fault.done)
    #expect(done.exit == 0, "\(done.talk)")
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 3, "\(checked.talk)")
    let line = try #require(try checked.document().line("coverage"))
    #expect(line["status"] == "inconclusive")
    let told = line["reason"]?.string ?? ""
    #expect(told.contains(fault.place) && told.contains(fault.why), "\(told)")
    let remedy = line["remedy"]?.string ?? ""
    #expect(!remedy.isEmpty && remedy.contains(fault.remedy), "\(remedy)")
  }

  @Test func `a report that the command did not write is refused, and nothing is bound`() async throws {
    let workplace = try await Workplace(policy: Self.policy)
    try workplace.write(TeamReports.tests, to: "reports/junit-old.xml")
    let collected = try await workplace.gatehouse("collect", "--command", "true", "reports/*.xml")
    #expect(collected.exit == 3 && collected.talk.contains("reports/junit-old.xml"), "\(collected.talk)")
    #expect(try await workplace.shell("test -e \(Self.manifest)").exit == 1)
  }

  @Test func `a command that failed without a failing test leaves the line undecided`() async throws {
    let workplace = try await workplace()
    let collected = try await workplace.asked(
      "collect", "--command", "rm reports/*; cp kept/* reports/; exit 7", "reports/*")
    #expect(collected["command-exit"]?.integer == 7 && collected["exit"]?.integer == 0)
    let line = try await workplace.asked("check").line("tests")
    #expect(line?["status"] == "inconclusive" && line?["reason"]?.string?.contains("exit 7") == true)
  }

  @Test func `a secret of the policy in the command is refused before it runs`() async throws {
    let workplace = try await Workplace(
      policy: "database: { url: { env: DATABASE_URL }, snapshot: { to: [{ directory: snapshots }] } }\n")
    let collected = try await workplace.gatehouse(
      ["collect", "--command", "touch reports.xml; echo hush-hush-word", "*.xml"], ["DATABASE_URL": "hush-hush-word"])
    #expect(collected.exit == 2, "\(collected.talk)")
    #expect(try await workplace.shell("test -e reports.xml").exit == 1)
  }

  @Test func `bind-to none is stamped on every verdict that stands on it`() async throws {
    let policy = Self.policy.split(separator: "bind-to: commit").joined(separator: "bind-to: none")
    let workplace = try await Workplace(policy: policy, files: ["apps/api/index.js": "1\n2\n3\n4\n"])
    try workplace.write(TeamReports.tests, to: "reports/junit-a.xml")
    try workplace.write(TeamReports.moreTests, to: "reports/junit-b.xml")
    try workplace.write(TeamReports.coverage, to: "reports/lcov.info")
    try workplace.write(TeamReports.scan, to: "reports/scan.sarif")
    let checked = try await workplace.gatehouse("check", "--format", "json")
    #expect(checked.exit == 0, "\(checked.talk)")
    let lines = try checked.document()["checks"]?.array ?? []
    #expect(lines.count == 3)
    for line in lines { #expect(line.told.contains("not bound to a commit"), "\(line.told)") }
    #expect(checked.talk.split(separator: "not bound to a commit").count == 4, "people read it as well")
  }

  @Test func `a shallow clone is undecided and told to fetch the whole history`() async throws {
    let policy = """
      projects: [{ id: api, path: ., vercel: { project: clinic-api, token: { env: VERCEL_TOKEN } } }]
      checklist:
        - { id: source, check: source, branch: main }
        - { id: docs, check: changed-together, changed: ["apps/**"], needs: ["docs/**"] }

      """
    let workplace = try await Workplace(policy: policy)
    let released = try await workplace.git.git("rev-parse", "HEAD")
    try await workplace.git.commit(["apps/api.js": "1\n"], "Change the interface")
    try await workplace.git.git("clone", "-q", "--depth", "1", "file://" + workplace.path, "../shallow")
    var configuration = StandinConfiguration(projects: [ProjectSeed("clinic-api", releases: [released])])
    configuration.team = nil
    let standin = try await VercelStandin.start(configuration)
    let environment = ["VERCEL_API_URL": standin.apiURL, "VERCEL_TOKEN": standin.token, "NO_PROXY": "127.0.0.1"]

    let shallow = try await workplace.gatehouse(
      ["check", "--policy", "../shallow/gatehouse.yml", "--format", "json"], environment)
    #expect(shallow.exit == 3, "\(shallow.talk)")
    for id in ["source", "docs"] {
      let line = try shallow.document().line(id)
      #expect(line?["status"] == "inconclusive", "\(id)")
      #expect(line?["remedy"]?.string?.contains("fetch-depth: 0") == true, "\(id): \(line?.told ?? "")")
    }
    // The whole history decides: the documentation was left out.
    let whole = try await workplace.asked("check", with: environment).line("docs")
    #expect(whole?["status"] == "fail", "\(whole?.told ?? "")")
  }
}
