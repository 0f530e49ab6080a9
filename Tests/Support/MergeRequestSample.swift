import Core

/// A merge request as GitLab's API tells it: Ana's, which Rui approved.
package struct MergeRequestSample: Sendable {
  package static let ana: JSON = ["username": "ana", "id": 1, "name": "Ana"]
  package static let rui: JSON = ["username": "rui", "id": 2, "name": "Rui"]
  package static let address = "1-ana@users.noreply.gitlab.example"

  package var repository = "clinic/web/agenda"
  package var number = 7
  package var head: String
  package var target = "main"
  package var state = "opened"
  package var merged: String?
  package var squashed: String?
  package var approvals: [JSON]
  package var versions: [JSON]
  package var commits: [JSON]
  package var reviewers: [JSON] = []
  package var notes: [JSON] = []
  package var events: [JSON]

  package init(head: String) {
    self.head = head
    approvals = [["user": Self.rui, "approved_at": "2026-11-20T12:00:00.000Z"]]
    versions = [Self.version(1, head, at: "2026-11-20T11:00:00.000Z")]
    commits = [Self.commit(head)]
    events = [Self.push(Self.ana, head)]
  }

  package static func version(_ id: Int64, _ head: String, at: String) -> JSON {
    ["id": .integer(id), "head_commit_sha": .string(head), "created_at": .string(at)]
  }

  package static func commit(_ id: String, email: String = address, message: String = "Add the agenda") -> JSON {
    [
      "id": .string(id), "author_name": "Ana", "author_email": .string(email), "committer_name": "Ana",
      "committer_email": .string(email), "message": .string(message),
    ]
  }

  package static func note(_ body: String, by author: JSON, at: String, system: Bool = true) -> JSON {
    ["system": .bool(system), "body": .string(body), "author": author, "created_at": .string(at)]
  }

  package static func push(_ author: JSON, _ commit: String) -> JSON {
    ["action_name": "pushed to", "author": author, "push_data": ["commit_to": .string(commit), "ref": "agenda"]]
  }

  package var project: JSON {
    ["id": 40, "path_with_namespace": .string(repository), "default_branch": "main"]
  }

  package var request: JSON {
    [
      "iid": .integer(Int64(number)), "sha": .string(head), "state": .string(state), "author": Self.ana,
      "target_branch": .string(target), "target_project_id": 40, "source_project_id": 40,
      "merge_commit_sha": merged.map { .string($0) } ?? .null,
      "squash_commit_sha": squashed.map { .string($0) } ?? .null,
    ]
  }

  package var saved: JSON {
    [
      "project": project, "merge_request": request, "approvals": ["approved_by": .array(approvals)],
      "versions": [.array(versions)], "commits": [.array(commits)], "reviewers": [.array(reviewers)],
      "notes": [.array(notes)], "events": [.array(events)],
    ]
  }

  package func answers(for commit: String? = nil) -> [String: CodeHostStandin.Answer] {
    let root = "/projects/" + repository.split(separator: "/").joined(separator: "%2F")
    let request = "\(root)/merge_requests/\(number)"
    return [
      root: .json(project),
      "\(root)/repository/commits/\(commit ?? merged ?? squashed ?? head)/merge_requests": .json([self.request]),
      request: .json(self.request), "\(request)/approvals": .json(["approved_by": .array(approvals)]),
      "\(request)/versions": .json(.array(versions)), "\(request)/commits": .json(.array(commits)),
      "\(request)/reviewers": .json(.array(reviewers)), "\(request)/notes": .json(.array(notes)),
      "/projects/40/events": .json(.array(events)),
    ]
  }
}
