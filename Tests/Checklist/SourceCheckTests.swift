import Core
import Surroundings
import Testing

@testable import Checklist

@Suite struct `The source check` {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var rules = SourceRules(branch: "main", clean: true, upToDate: true)
    var change: @Sendable (inout SourceFacts) -> Void = { _ in }
    let status: CheckStatus
    var says = ""
  }

  static let away = Problem("source.remote-unreachable", "cannot ask the remote origin", remedy: "see the network")
  static let cases: [Case] = [
    Case(testDescription: "as asked", status: .pass, says: "3f9c2e1, on main, clean, up to date with its remote"),
    Case(
      testDescription: "another branch", change: { $0.branch = .checkedOut("topic") }, status: .fail,
      says: "on topic, asked main"),
    Case(testDescription: "dirty", change: { $0.dirty = ["a (modified)"] }, status: .fail, says: "1 path"),
    Case(
      testDescription: "dirty where nobody asks", rules: SourceRules(branch: nil, clean: false, upToDate: false),
      change: { $0.dirty = ["a (modified)"] }, status: .pass),
    Case(testDescription: "shallow", change: { $0.isShallow = true }, status: .inconclusive, says: "cut"),
    Case(
      testDescription: "shallow and dirty",
      change: {
        $0.isShallow = true; $0.dirty = ["a"]
      }, status: .fail),
    Case(
      testDescription: "behind", change: { $0.remote = .behind(branch: "main", by: 2) }, status: .fail,
      says: "2 commits"),
    Case(
      testDescription: "behind what is not here", change: { $0.remote = .behind(branch: "main", by: nil) },
      status: .fail),
    Case(testDescription: "not pushed", change: { $0.remote = .ahead(branch: "main", by: 1) }, status: .fail),
    Case(testDescription: "diverged", change: { $0.remote = .diverged(branch: "main") }, status: .fail),
    Case(testDescription: "no such branch", change: { $0.remote = .noSuchBranch("main") }, status: .fail),
    Case(
      testDescription: "the remote is away", change: { $0.remote = .cannotAsk(away) }, status: .inconclusive,
      says: "cannot ask the remote origin"),
    Case(testDescription: "the remote was not asked", change: { $0.remote = nil }, status: .inconclusive),
    Case(
      testDescription: "another commit than the job's", change: { $0.expected = older }, status: .inconclusive,
      says: "0badcaf"),
    Case(testDescription: "the job's commit", change: { $0.expected = head }, status: .pass),
    Case(
      testDescription: "detached, confirmed by the remote", change: { $0.branch = .detached(namedByCI: "main") },
      status: .pass, says: "on main"),
    Case(
      testDescription: "detached, on the CI's word alone",
      rules: SourceRules(branch: "main", clean: true, upToDate: false),
      change: {
        $0.branch = .detached(namedByCI: "main"); $0.remote = .cannotAsk(away)
      }, status: .inconclusive,
      says: "does not confirm"),
    Case(
      testDescription: "detached, and the remote is further",
      rules: SourceRules(branch: "main", clean: true, upToDate: false),
      change: {
        $0.branch = .detached(namedByCI: "main"); $0.remote = .behind(branch: "main", by: 1)
      },
      status: .inconclusive),
    Case(
      testDescription: "detached, another branch", change: { $0.branch = .detached(namedByCI: "topic") },
      status: .fail),
    Case(
      testDescription: "detached, nobody says", change: { $0.branch = .detached(namedByCI: nil) },
      status: .inconclusive, says: "nobody says"),
  ]

  @Test(arguments: cases)
  func `judges`(example: Case) {
    var facts = SourceFacts(head: head, branch: .checkedOut("main"), remote: .upToDate(branch: "main"))
    example.change(&facts)
    let report = SourceCheck.judge(line(.source(example.rules)), example.rules, .success(facts))
    #expect(report.status == example.status)
    #expect(report.reason.contains(example.says), "\(report.reason)")
    #expect(report.status == .pass || report.remedy?.isEmpty == false)
  }

  @Test func `a shallow clone is told how to get its history`() {
    let facts = SourceFacts(head: head, branch: .checkedOut("main"), isShallow: true)
    let rules = SourceRules(branch: nil, clean: false, upToDate: false)
    #expect(SourceCheck.judge(line(.source(rules)), rules, .success(facts)).remedy?.contains("fetch-depth: 0") == true)
  }

  @Test func `a hostile path cannot write on the terminal`() {
    let facts = SourceFacts(head: head, branch: .checkedOut("main"), dirty: ["\u{1B}[2Jgone (untracked)"])
    let rules = SourceRules(branch: nil, clean: true, upToDate: false)
    let report = SourceCheck.judge(line(.source(rules)), rules, .success(facts))
    #expect(!report.json.text().contains("\\u001b"))
  }
}

@Suite struct `The changed-together check` {
  let rules = ChangedTogetherRules(changed: ["apps/*/src/**"], needs: ["docs/**", "CHANGELOG.md"])

  func judge(_ paths: [String], gone: Set<String> = [], since: CommitID = older) -> CheckReport {
    ChangedTogetherCheck.judge(
      line(.changedTogether(rules)), rules, .success(ChangeFacts(since: since, head: head, paths: paths, gone: gone)))
  }

  @Test func `asks for the other kind only when one changed`() {
    #expect(judge(["README.md"]).status == .pass)
    #expect(judge(["apps/api/src/a.ts", "docs/x/y.md"]).status == .pass)
    #expect(judge(["CHANGELOG.md", "apps/api/src/a.ts"]).status == .pass)
    let failed = judge(["apps/api/src/a.ts", "apps/web/src/b/c.ts"])
    #expect(failed.status == .fail)
    #expect(failed.reason == "2 files changed since 0badcaf without what they need")
    #expect(failed.remedy == "change one of docs/**, CHANGELOG.md too")
  }

  @Test func `a file that was taken away answers nothing, and asks`() {
    #expect(judge(["apps/api/src/a.ts", "docs/x.md"], gone: ["docs/x.md"]).status == .fail)
    #expect(judge(["apps/api/src/a.ts"], gone: ["apps/api/src/a.ts"]).status == .fail)
  }

  @Test func `no change since production is said as such`() {
    let report = judge([], since: head)
    #expect(report.status == .pass)
    #expect(report.reason.hasPrefix("no change since production"))
    #expect(judge([]).reason.contains("no file differs"))
  }

  @Test func `a pattern that cannot be read decides nothing`() {
    let rules = ChangedTogetherRules(changed: ["/absolute/**"], needs: ["docs/**"])
    let report = ChangedTogetherCheck.judge(
      line(.changedTogether(rules)), rules, .success(ChangeFacts(since: older, head: head, paths: ["a"])))
    #expect(report.status == .inconclusive)
  }
}
