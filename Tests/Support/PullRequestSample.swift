import Core

/// A pull request as GitHub's API tells it: Ana's, which Rui approved.
package struct PullRequestSample: Sendable {
  package static let ana: JSON = ["login": "ana", "id": 1, "type": "User"]
  package static let rui: JSON = ["login": "rui", "id": 2, "type": "User"]
  package static let eva: JSON = ["login": "eva", "id": 3, "type": "User"]
  package static let platform: JSON = ["login": "web-flow", "id": 19_864_447, "type": "User"]

  package var repository = "clinic/agenda"
  package var number = 12
  package var head: String
  package var base = "main"
  package var state = "open"
  package var merged: String?
  package var opener = ana
  package var commits: [JSON]
  package var reviews: [JSON]
  package var events: [JSON] = []
  package var activity: [JSON]
  /// What the pull request itself says of their number.
  package var commitCount: Int?

  package init(head: String) {
    self.head = head
    commits = [Self.commit(head)]
    reviews = [Self.review(Self.rui, head)]
    activity = [Self.push(Self.ana, head)]
  }

  package static func commit(
    _ sha: String, by author: JSON? = ana, email: String = "ana@clinic.example", committer: JSON? = platform,
    committerEmail: String = "noreply@github.com", message: String = "Add the agenda", tree: String? = nil
  ) -> JSON {
    [
      "sha": .string(sha), "author": author ?? .null, "committer": committer ?? .null,
      "commit": [
        "author": ["name": "Ana", "email": .string(email)],
        "committer": ["name": "GitHub", "email": .string(committerEmail)], "message": .string(message),
        "tree": ["sha": .string(tree ?? String(repeating: "e", count: 40))],
      ],
    ]
  }

  package static func review(
    _ user: JSON?, _ commit: String?, _ state: String = "APPROVED", at: String = "2026-11-20T12:00:00Z",
    as association: String? = "MEMBER"
  ) -> JSON {
    .dictionary([
      ("id", 80), ("user", user ?? .null), ("state", .string(state)),
      ("commit_id", commit.map { .string($0) } ?? .null),
      ("submitted_at", .string(at)), ("author_association", association.map { .string($0) }),
    ])
  }

  package static func push(_ actor: JSON?, _ after: String, type: String = "push") -> JSON {
    [
      "actor": actor ?? .null, "after": .string(after), "before": .string(String(repeating: "0", count: 40)),
      "activity_type": .string(type), "ref": "refs/heads/agenda", "timestamp": "2026-11-20T11:00:00Z",
    ]
  }

  package var pull: JSON {
    let repository: JSON = ["full_name": .string(repository), "default_branch": "main"]
    return [
      "number": .integer(Int64(number)), "state": .string(state), "user": opener,
      "merged": .bool(merged != nil && state == "closed"), "merge_commit_sha": merged.map { .string($0) } ?? .null,
      "commits": .integer(Int64(commitCount ?? commits.count)),
      "head": ["sha": .string(head), "ref": "agenda", "repo": repository],
      "base": ["sha": .string(String(repeating: "b", count: 40)), "ref": .string(base), "repo": repository],
    ]
  }

  /// In the form that `docs/guides/reviews.md` shows.
  package var saved: JSON {
    [
      "pull": pull, "reviews": [.array(reviews)], "commits": [.array(commits)], "events": [.array(events)],
      "activity": [.array(activity)],
    ]
  }

  /// What the API answers, when it is asked for this commit.
  package func answers(for commit: String? = nil) -> [String: CodeHostStandin.Answer] {
    let root = "/repos/" + repository
    return [
      "\(root)/commits/\(commit ?? merged ?? head)/pulls": .json([pull]), "\(root)/pulls/\(number)": .json(pull),
      "\(root)/pulls/\(number)/reviews": .json(.array(reviews)),
      "\(root)/pulls/\(number)/commits": .json(.array(commits)),
      "\(root)/issues/\(number)/events": .json(.array(events)), "\(root)/activity": .json(.array(activity)),
    ]
  }
}
