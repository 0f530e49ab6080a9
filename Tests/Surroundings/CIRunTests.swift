import Core
import Surroundings
import Testing

@Suite struct `The CI` {
  static let commit = String(repeating: "a1", count: 20)

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let environment: [String: String]
    var system: CISystem?
    var branch: String?
    var isPullRequest = false
    var hasCommit = true
  }

  static let cases: [Case] = [
    Case(testDescription: "a person's machine", environment: ["HOME": "/home/ana", "CI": ""], hasCommit: false),
    Case(
      testDescription: "GitHub on a branch",
      environment: ["GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_SHA": commit, "GITHUB_REF_NAME": "feature/x"],
      system: .gitHub, branch: "feature/x"),
    Case(
      testDescription: "GitHub on a pull request",
      environment: [
        "GITHUB_ACTIONS": "true", "GITHUB_SHA": commit, "GITHUB_REF_NAME": "7/merge", "GITHUB_HEAD_REF": "feature",
      ], system: .gitHub, isPullRequest: true),
    Case(
      testDescription: "GitHub on a tag",
      environment: [
        "GITHUB_ACTIONS": "true", "GITHUB_SHA": commit, "GITHUB_REF_NAME": "v1", "GITHUB_REF_TYPE": "tag",
      ], system: .gitHub),
    Case(
      testDescription: "GitLab",
      environment: ["GITLAB_CI": "true", "CI": "true", "CI_COMMIT_SHA": commit, "CI_COMMIT_BRANCH": "main"],
      system: .gitLab, branch: "main"),
    Case(
      testDescription: "GitLab on a merge request",
      environment: ["GITLAB_CI": "true", "CI_COMMIT_SHA": commit, "CI_MERGE_REQUEST_IID": "7"],
      system: .gitLab, isPullRequest: true),
    Case(
      testDescription: "Buildkite, whose pull request may be the word false",
      environment: [
        "BUILDKITE": "true", "BUILDKITE_COMMIT": "HEAD", "BUILDKITE_BRANCH": "main", "BUILDKITE_PULL_REQUEST": "false",
      ], system: .buildkite, branch: "main", hasCommit: false),
    Case(
      testDescription: "Azure, whose branch keeps its slashes",
      environment: [
        "TF_BUILD": "True", "BUILD_SOURCEVERSION": commit, "BUILD_SOURCEBRANCH": "refs/heads/feature/x",
        "BUILD_SOURCEBRANCHNAME": "x",
      ], system: .azure, branch: "feature/x"),
    Case(
      testDescription: "Jenkins",
      environment: ["JENKINS_URL": "http://j", "GIT_COMMIT": commit, "BRANCH_NAME": "main"],
      system: .jenkins, branch: "main"),
    Case(testDescription: "an unknown one", environment: ["CI": "1"], system: .other, hasCommit: false),
    Case(
      testDescription: "a Vercel build", environment: ["VERCEL": "1", "CI": "1", "VERCEL_GIT_COMMIT_SHA": commit],
      system: .vercelBuild),
  ]

  @Test(arguments: cases)
  func `is recognised with its commit and branch`(example: Case) {
    let run = CIRun.detect(example.environment)
    #expect(run?.system == example.system)
    #expect(run?.branch == example.branch)
    #expect(run?.isPullRequest ?? false == example.isPullRequest)
    #expect(run?.commit == (example.hasCommit ? CommitID(Self.commit) : nil))
  }

  @Test func `a change is known with the repository that it goes to`() {
    let github = CIRun.detect([
      "GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "clinic/agenda", "GITHUB_REF": "refs/pull/12/merge",
    ])
    #expect(github?.repository == "clinic/agenda" && github?.change == 12)
    #expect(CIRun.detect(["GITHUB_ACTIONS": "true", "GITHUB_REF": "refs/heads/pull/12"])?.change == nil)
    let gitlab = CIRun.detect([
      "GITLAB_CI": "true", "CI_PROJECT_PATH": "eva/agenda", "CI_MERGE_REQUEST_PROJECT_PATH": "clinic/web/agenda",
      "CI_MERGE_REQUEST_IID": "7",
    ])
    #expect(gitlab?.repository == "clinic/web/agenda" && gitlab?.change == 7)
    #expect(CIRun.detect(["GITLAB_CI": "true", "CI_PROJECT_PATH": "clinic/agenda"])?.repository == "clinic/agenda")
  }

  @Test func `GitHub's page of the run is known, with its attempt`() {
    let run = CIRun.detect([
      "GITHUB_ACTIONS": "true", "GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "a/b",
      "GITHUB_RUN_ID": "9", "GITHUB_RUN_ATTEMPT": "2", "GITHUB_ACTOR": "first", "GITHUB_TRIGGERING_ACTOR": "second",
    ])
    #expect(run?.url == "https://github.com/a/b/actions/runs/9/attempts/2")
    #expect(run?.actor == "second")
    #expect(run?.grace == .milliseconds(7500))
    #expect(run?.workspaceIsThrownAway == true)
  }
}
