/// What a `review` line asks: how many people must have approved exactly what goes out, and where that is written.
package struct ReviewRules: Hashable, Sendable {
  package enum Provider: String, Sendable, CaseIterable { case github, gitlab }

  /// Whose reviews do not count. Authors and whoever pushed last never do.
  package enum Excluded: String, Sendable, CaseIterable { case authors, committers }

  package var provider: Provider
  /// From 1.
  package var approvals: Int
  package var notBy: Set<Excluded> = [.authors]
  /// The branch that the change must go to; `nil` is the repository's default branch.
  package var base: String?
  /// `owner/name`, at GitLab with all groups; `nil` is what the CI or the remote `origin` says.
  package var repository: String?
  /// The number of the pull or merge request; `nil` is what the CI says, else what the provider says of the commit.
  package var change: Int?
  /// `nil` is the provider's usual variable.
  package var token: SecretReference?
  /// The base address of the API; `nil` is what the CI says, else the provider's own.
  package var api: String?
  /// Globs of saved answers, read instead of asking the API; empty asks.
  package var reports: [String] = []
  /// E-mail addresses of programs that write commits and belong to no person.
  package var machines: [String] = []

  package init(provider: Provider, approvals: Int) {
    self.provider = provider
    self.approvals = approvals
  }

  /// Where the token is, said or not; a saved answer needs none.
  package var tokenReference: SecretReference? {
    guard reports.isEmpty else { return nil }
    if let token { return token }
    return switch provider {
    case .github: .environment("GITHUB_TOKEN")
    case .gitlab: .environment("GITLAB_TOKEN")
    }
  }
}
