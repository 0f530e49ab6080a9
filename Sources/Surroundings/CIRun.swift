import Core

/// The systems that Gatehouse recognises by their variables.
package enum CISystem: String, Sendable, CaseIterable {
  case gitHub = "GitHub Actions"
  case gitLab = "GitLab CI"
  case circle = "CircleCI"
  case buildkite = "Buildkite"
  case azure = "Azure Pipelines"
  case bitbucket = "Bitbucket Pipelines"
  case jenkins = "Jenkins"
  /// A build at Vercel itself; a deploy must not be driven from inside one.
  case vercelBuild = "a Vercel build"
  /// `CI=true` and nothing else.
  case other = "an unknown CI"
}

/// What the CI says about the job that we are a step of. Nothing of it proves who somebody is.
package struct CIRun: Hashable, Sendable {
  package var system: CISystem
  /// The commit the job was started for; in a GitHub pull request that is its merge commit.
  package var commit: CommitID?
  /// The branch the job was started for; `nil` for a tag or a merge request.
  package var branch: String?
  package var isPullRequest = false
  /// The number of the pull or merge request, where the CI names it (GitHub, GitLab).
  package var change: Int?
  /// The repository that the change goes to, with its owner or groups (GitHub, GitLab).
  package var repository: String?
  /// The page of the job.
  package var url: String?
  /// Who started it, as the CI says.
  package var actor: String?
  /// The folder that the job works in.
  package var workspace: String?
  /// Whether what is written to the workspace is gone in the next job.
  package var workspaceIsThrownAway = true
  /// From the first signal of a cancelled job to its kill.
  package var grace: Duration

  private init(_ system: CISystem, grace: Duration) {
    self.system = system
    self.grace = grace
  }

  /// What is left to end in an orderly way when nothing is known.
  package static let shortestGrace = Duration.seconds(5)

  /// The CI of an environment, or `nil` on a person's machine.
  ///
  /// Sources: the variables' pages of each vendor, gathered in env-ci (https://github.com/semantic-release/env-ci).
  package static func detect(_ environment: [String: String]) -> CIRun? {
    func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
    func commit(_ name: String) -> CommitID? {
      value(name).map { CommitID($0) }.flatMap { $0.isComplete ? $0 : nil }
    }
    func isOn(_ name: String) -> Bool { value(name).map { $0.lowercased() == "true" || $0 == "1" } ?? false }

    if isOn("GITHUB_ACTIONS") {
      // 7.5 s after SIGINT comes SIGTERM, 2.5 s later SIGKILL.
      var run = CIRun(.gitHub, grace: .milliseconds(7500))
      run.commit = commit("GITHUB_SHA")
      run.isPullRequest = value("GITHUB_HEAD_REF") != nil
      if !run.isPullRequest, value("GITHUB_REF_TYPE") != "tag" { run.branch = value("GITHUB_REF_NAME") }
      run.repository = value("GITHUB_REPOSITORY")
      let reference = value("GITHUB_REF")?.split(separator: "/") ?? []
      if reference.count == 4, reference.starts(with: ["refs", "pull"]) { run.change = Int(reference[2]) }
      run.actor = value("GITHUB_TRIGGERING_ACTOR") ?? value("GITHUB_ACTOR")
      run.workspace = value("GITHUB_WORKSPACE")
      if let server = value("GITHUB_SERVER_URL"), let repository = value("GITHUB_REPOSITORY"),
        let number = value("GITHUB_RUN_ID")
      {
        run.url =
          "\(server)/\(repository)/actions/runs/\(number)"
          + (value("GITHUB_RUN_ATTEMPT").map { "/attempts/" + $0 } ?? "")
      }
      return run
    }
    if isOn("GITLAB_CI") {
      var run = CIRun(.gitLab, grace: .seconds(10))
      run.commit = commit("CI_COMMIT_SHA")
      run.branch = value("CI_COMMIT_BRANCH")
      run.isPullRequest = value("CI_MERGE_REQUEST_IID") != nil
      run.change = value("CI_MERGE_REQUEST_IID").flatMap { Int($0) }
      run.repository = value("CI_MERGE_REQUEST_PROJECT_PATH") ?? value("CI_PROJECT_PATH")
      run.actor = value("GITLAB_USER_LOGIN")
      run.url = value("CI_JOB_URL")
      run.workspace = value("CI_PROJECT_DIR")
      return run
    }
    if isOn("CIRCLECI") {
      var run = CIRun(.circle, grace: shortestGrace)
      run.commit = commit("CIRCLE_SHA1")
      run.branch = value("CIRCLE_BRANCH")
      run.isPullRequest = value("CIRCLE_PULL_REQUEST") != nil
      run.actor = value("CIRCLE_USERNAME")
      run.url = value("CIRCLE_BUILD_URL")
      run.workspace = value("CIRCLE_WORKING_DIRECTORY")
      return run
    }
    if isOn("BUILDKITE") {
      var run = CIRun(.buildkite, grace: .seconds(10))
      run.commit = commit("BUILDKITE_COMMIT")
      run.branch = value("BUILDKITE_TAG") == nil ? value("BUILDKITE_BRANCH") : nil
      run.isPullRequest = (value("BUILDKITE_PULL_REQUEST") ?? "false") != "false"
      run.actor = value("BUILDKITE_UNBLOCKER") ?? value("BUILDKITE_BUILD_CREATOR")
      run.url = value("BUILDKITE_BUILD_URL").map { $0 + (value("BUILDKITE_JOB_ID").map { "#" + $0 } ?? "") }
      run.workspace = value("BUILDKITE_BUILD_CHECKOUT_PATH")
      return run
    }
    if isOn("TF_BUILD") {
      var run = CIRun(.azure, grace: shortestGrace)
      run.commit = commit("BUILD_SOURCEVERSION")
      let prefix = "refs/heads/"
      // The variable with the short name keeps only what follows the last slash.
      run.branch = value("BUILD_SOURCEBRANCH").flatMap {
        $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : nil
      }
      run.isPullRequest = value("SYSTEM_PULLREQUEST_PULLREQUESTID") != nil
      run.actor = value("BUILD_REQUESTEDFOR")
      run.workspace = value("BUILD_SOURCESDIRECTORY")
      return run
    }
    if value("BITBUCKET_BUILD_NUMBER") != nil {
      var run = CIRun(.bitbucket, grace: shortestGrace)
      run.commit = commit("BITBUCKET_COMMIT")
      run.branch = value("BITBUCKET_BRANCH")
      run.isPullRequest = value("BITBUCKET_PR_ID") != nil
      run.workspace = value("BITBUCKET_CLONE_DIR")
      return run
    }
    if value("JENKINS_URL") != nil {
      var run = CIRun(.jenkins, grace: shortestGrace)
      run.commit = commit("GIT_COMMIT")
      run.isPullRequest = value("CHANGE_ID") != nil
      if !run.isPullRequest, value("TAG_NAME") == nil { run.branch = value("BRANCH_NAME") }
      run.actor = value("BUILD_USER_ID")
      run.url = value("RUN_DISPLAY_URL") ?? value("BUILD_URL")
      run.workspace = value("WORKSPACE")
      // A Jenkins node keeps its workspaces unless the job cleans them.
      run.workspaceIsThrownAway = false
      return run
    }
    if isOn("VERCEL") {
      var run = CIRun(.vercelBuild, grace: shortestGrace)
      run.commit = commit("VERCEL_GIT_COMMIT_SHA")
      run.branch = value("VERCEL_GIT_COMMIT_REF")
      return run
    }
    guard isOn("CI") else { return nil }
    return CIRun(.other, grace: shortestGrace)
  }
}
