import Core
import HTTP

/// A field of a deployment that names the commit it was made from.
package struct NamedCommit: Hashable, Sendable {
  /// As in `meta.githubCommitSha`.
  package var field: String
  package var commit: CommitID

  /// Whether Vercel wrote it when it fetched a repository; what was sent with files is repeated elsewhere.
  var isOfVercel: Bool {
    field == "gitSource.sha"
      || ["github", "gitlab", "bitbucket"].contains { field.hasPrefix("meta." + $0) }
  }

  static func all(in json: JSON) -> [NamedCommit] {
    var found: [NamedCommit] = []
    func take(_ field: String, _ value: JSON?) {
      guard let text = value?.string, !text.isEmpty else { return }
      found.append(NamedCommit(field: field, commit: CommitID(text.oneLine(limit: 80))))
    }
    for member in json["meta"]?.members ?? [] {
      // The vendor names them by the host: `githubCommitSha`, `gitlabCommitSha`, `bitbucketCommitSha`, `gitCommitSha`.
      guard member.key == DeploymentMark.commitKey || member.key.hasSuffix("CommitSha") || member.key == "commitSha",
        let name = member.key.asPlainName
      else { continue }
      take("meta." + name, member.value)
    }
    take("gitSource.sha", json["gitSource"]?["sha"])
    take("gitMetadata.commitSha", json["gitMetadata"]?["commitSha"])
    take("gitRepo.sha", json["gitRepo"]?["sha"])
    return found
  }
}
