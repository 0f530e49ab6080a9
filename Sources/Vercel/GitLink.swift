import Core

/// The repository that a project is connected to, as far as a deployment of it names it.
package struct GitLink: Hashable, Sendable {
  /// `github`, `github-limited`, `github-custom-host`, `gitlab`, `bitbucket`.
  package var type: String
  /// What names the repository, in the words of `gitSource`.
  var names: [JSON.Member]
  package var productionBranch: String?

  /// `nil` for a host that `gitSource` has no words for, or when the repository is not named.
  package init?(json: JSON) {
    guard let type = json["type"]?.string else { return nil }
    self.type = type
    productionBranch = json["productionBranch"]?.string
    func named(_ pairs: [(String, String)]) -> [JSON.Member]? {
      let members = pairs.compactMap { from, to in
        json[from].flatMap { $0.isNull ? nil : JSON.Member(to, $0) }
      }
      return members.count == pairs.count ? members : nil
    }
    let found: [JSON.Member]? =
      switch type {
      case "github", "github-limited":
        named([("repoId", "repoId")]) ?? named([("org", "org"), ("repo", "repo")])
      case "github-custom-host":
        named([("host", "host"), ("repoId", "repoId")]) ?? named([("host", "host"), ("org", "org"), ("repo", "repo")])
      case "gitlab": named([("projectId", "projectId")])
      case "bitbucket":
        named([("uuid", "repoUuid"), ("workspaceUuid", "workspaceUuid")])
          ?? named([("owner", "owner"), ("slug", "slug")])
      default: nil
      }
    guard let found else { return nil }
    names = found
  }

  /// What is asked for: this commit of it. A ref must be named; the commit is what counts.
  func source(_ commit: CommitID, ref: String?) -> JSON {
    .object(
      [JSON.Member("type", .string(type))] + names + [
        JSON.Member("ref", .string(ref ?? productionBranch ?? commit.text)), JSON.Member("sha", .string(commit.text)),
      ])
  }
}
