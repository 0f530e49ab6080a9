import Core
import OpenSSL

/// Where a deployment's files come from: uploads, of which a plan allows so many a day, and the connected repository.
extension VercelWorld {
  private static let day: Int64 = 86_400_000

  mutating func upload(_ request: APIRequest) -> APIAnswer {
    if now - uploads.since >= VercelWorld.day { uploads = (0, now) }
    let isFree = configuration.plan == "hobby"
    let limit = configuration.uploadsADay ?? (isFree ? 5_000 : 40_000)
    guard uploads.count < limit else {
      let reset = uploads.since + VercelWorld.day
      var refusal = APIAnswer.error(
        429, isFree ? "api-upload-free" : "api-upload-paid", "Too many requests",
        [
          (
            "limit",
            [
              "total": .integer(Int64(limit)), "remaining": 0, "reset": .integer(reset / 1000),
              "resetMs": .integer(reset),
            ]
          )
        ])
      refusal.headers.append(("Retry-After", String(max(1, (reset - now) / 1000))))
      refusal.headers += rateLimit(limit)
      return refusal
    }
    uploads.count += 1
    var answer = take(request)
    answer.headers += rateLimit(limit)
    return answer
  }

  private func rateLimit(_ limit: Int) -> [(name: String, value: String)] {
    [
      ("X-RateLimit-Limit", String(limit)), ("X-RateLimit-Remaining", String(limit - uploads.count)),
      ("X-RateLimit-Reset", String((uploads.since + VercelWorld.day) / 1000)),
    ]
  }

  private mutating func take(_ request: APIRequest) -> APIAnswer {
    guard let digest = request.header("x-vercel-digest") ?? request.header("x-now-digest") else {
      return .error(400, "bad_request", "Missing the header x-vercel-digest")
    }
    if let size = request.header("x-now-size") ?? request.header("content-length"), Int(size) != request.body.count {
      return .error(400, "bad_request", "The size of the content does not match")
    }
    guard Digest.hex(Digest.sha1(request.body)) == digest else {
      return .error(400, "bad_request", "The digest of the content does not match")
    }
    files[digest] = request.body
    return .json(["urls": []])
  }

  /// What names a repository must be what the project is connected to.
  func refusal(of source: JSON, _ project: StandinProject) -> APIAnswer? {
    guard let link = project.link else {
      return .error(400, "bad_request", "The project is not connected to a repository")
    }
    let names = [
      "type": "type", "repoId": "repoId", "org": "org", "repo": "repo", "projectId": "projectId",
      "repoUuid": "uuid", "owner": "owner", "slug": "slug",
    ]
    for (name, linked) in names {
      if let wanted = source[name], wanted != link[linked] {
        return .error(400, "bad_request", "The project is connected to another repository")
      }
    }
    return source["sha"]?.string == nil
      ? .error(501, "standin_not_implemented", "This stand-in fetches commits, not branches") : nil
  }

  func fetch(_ source: JSON, _ project: StandinProject, into made: inout StandinDeployment) {
    let commit = project.fetches ?? source["sha"]?.string ?? ""
    var members = (source.members ?? []).filter { $0.key != "sha" }
    members.append(JSON.Member("sha", .string(commit)))
    made.gitSource = .object(members)
    made.source = "git"
    let host = source["type"]?.string?.prefix { $0 != "-" } ?? "github"
    made.meta += [JSON.Member("\(host)CommitSha", .string(commit))]
    if let ref = source["ref"] { made.meta.append(JSON.Member("\(host)CommitRef", ref)) }
  }
}
