import Core
import HTTP

/// Where a deployment stands (`readyState`).
package enum DeploymentState: Hashable, Sendable {
  case queued, initializing, building, ready, error, canceled, blocked, deleted
  /// A state that this version has not heard of; never taken for READY.
  case unknown(String)

  package init(_ text: String) {
    switch text {
    case "QUEUED": self = .queued
    case "INITIALIZING": self = .initializing
    // Older names of the same (vendor's CLI).
    case "BUILDING", "ANALYZING", "DEPLOYING": self = .building
    case "READY": self = .ready
    case "ERROR": self = .error
    case "CANCELED": self = .canceled
    case "BLOCKED": self = .blocked
    case "DELETED": self = .deleted
    default: self = text.hasSuffix("_ERROR") ? .error : .unknown(text.asPlainName ?? "")
    }
  }

  package var text: String {
    switch self {
    case .queued: "QUEUED"
    case .initializing: "INITIALIZING"
    case .building: "BUILDING"
    case .ready: "READY"
    case .error: "ERROR"
    case .canceled: "CANCELED"
    case .blocked: "BLOCKED"
    case .deleted: "DELETED"
    case .unknown(let text): text
    }
  }

  /// Whether it still uses a place in the queue of builds.
  package var isUnderway: Bool {
    switch self {
    case .queued, .initializing, .building: true
    case .ready, .error, .canceled, .blocked, .deleted, .unknown: false
    }
  }
}

/// A deployment as Vercel tells it.
///
/// By what the token may see it is told in 92 fields, 58 or 9; see ``completed(from:)``.
package struct VercelDeployment: Hashable, Sendable {
  package var id: DeploymentID
  /// The immutable host, without a scheme; `nil` while the upload is not complete.
  package var url: String?
  package var projectID: String?
  package var name: String?
  package var state: DeploymentState
  /// `STAGED`, `ROLLING`, `PROMOTED`: whether a READY one ever had production traffic.
  package var substate: String?
  /// `production`, `staging`; `nil` is a preview.
  package var target: String?
  /// Whether its automatic aliases are set, which comes after READY; `nil` when Vercel does not say.
  package var aliasAssigned: Bool?
  package var aliasErrorCode: String?
  package var aliasWarningCode: String?
  package var words = DeploymentWords()
  package var checks = DeploymentChecks()
  package var createdAt: Timestamp?
  package var meta: [String: String]
  /// Every field that names a commit, by its name; what is no complete commit is kept as it was written.
  package var commits: [NamedCommit]
  /// Deleted by the project's retention, or by hand: nothing can return to it.
  package var isRetired: Bool
  /// The shape of nine fields.
  private var isMinimal: Bool

  /// `nil` when there is no id or no state.
  package init?(json: JSON) {
    // `uid` in lists, `id` elsewhere.
    guard let id = json["id"]?.string ?? json["uid"]?.string, id.asPlainName != nil,
      let state = json["readyState"]?.string ?? json["state"]?.string ?? json["status"]?.string
    else { return nil }
    self.id = DeploymentID(id)
    self.state = DeploymentState(state)
    url = json["url"]?.string
    projectID = json["projectId"]?.string ?? json["project"]?["id"]?.string
    name = json["name"]?.string
    substate = json["readySubstate"]?.string
    target = json["target"]?.string
    // A truth value here, a time in lists.
    aliasAssigned = json["aliasAssigned"]?.bool ?? json["aliasAssigned"]?.integer.map { $0 > 0 }
    aliasErrorCode = VercelDeployment.code(json["aliasError"])
    aliasWarningCode = VercelDeployment.code(json["aliasWarning"])
    words = DeploymentWords(json: json)
    checks = DeploymentChecks(json: json)
    createdAt = (json["createdAt"]?.integer ?? json["created"]?.integer).map { Timestamp(milliseconds: $0) }
    var meta: [String: String] = [:]
    for member in json["meta"]?.members ?? [] { meta[member.key] = member.value.string }
    self.meta = meta
    commits = NamedCommit.all(in: json)
    let deleted = json["deletedAt"]?.integer ?? json["deleted"]?.integer
    let undeleted = json["undeletedAt"]?.integer ?? json["undeleted"]?.integer
    isRetired = json["softDeletedByRetention"]?.bool == true || deleted.map { $0 > undeleted ?? .min } ?? false
    isMinimal = projectID == nil && url == nil && json["meta"] == nil
  }

  /// An error without a plain code is still one.
  private static func code(_ json: JSON?) -> String? {
    guard let json, !json.isNull else { return nil }
    return json["code"]?.string?.asPlainName ?? "without a code"
  }

  /// The commit it was made from; `nil` when nothing says so, or when its fields name different ones.
  package var commit: CommitID? {
    guard let first = commits.first(where: \.commit.isComplete)?.commit else { return nil }
    return disagreeing(with: first).isEmpty ? first : nil
  }

  /// The commit that Vercel itself fetched, when it did; nothing of ours is asked about it.
  package var fetchedCommit: CommitID? {
    commits.first { $0.isOfVercel && $0.commit.isComplete }?.commit
  }

  /// The fields that name another commit; a shortened name of the same agrees.
  package func disagreeing(with commit: CommitID) -> [NamedCommit] {
    commits.filter { $0.commit != commit && !$0.commit.names(commit) }
  }

  /// With what an earlier answer told of the same deployment and this one does not: a token may see less of it than the
  /// request that made it.
  package func completed(from earlier: VercelDeployment) -> VercelDeployment {
    guard earlier.id == id else { return self }
    var copy = self
    copy.url = url ?? earlier.url
    guard isMinimal else { return copy }
    copy.projectID = earlier.projectID
    copy.name = earlier.name
    copy.meta = earlier.meta
    copy.target = target ?? earlier.target
    copy.createdAt = createdAt ?? earlier.createdAt
    if commits.isEmpty { copy.commits = earlier.commits }
    return copy
  }
}
