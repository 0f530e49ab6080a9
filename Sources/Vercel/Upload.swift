import Core
import HTTP

extension VercelClient {
  /// Uploads contents that Vercel does not have, several at once; each is tried within the budget by itself.
  ///
  /// - Parameter missing: SHA-1 of the contents, as Vercel named them, or the files' paths.
  func upload(_ missing: [String], of files: DeploymentFiles, name: String) async throws(VercelProblem) {
    var byDigest: [String: DeploymentFile] = [:]
    for file in files.files where byDigest[file.sha1] == nil { byDigest[file.sha1] = file }
    var wanted: [DeploymentFile] = []
    for named in Set(missing).sorted() {
      guard let file = byDigest[named] ?? files.files.first(where: { $0.path == named }) else {
        throw garbled("upload the files of \(name)", "it asks for a content that is not part of the deployment")
      }
      if !wanted.contains(where: { $0.sha1 == file.sha1 }) { wanted.append(file) }
    }
    let bytes = wanted.reduce(0) { $0 + $1.size }
    progress(Progress(name, "uploading \(wanted.count) of \(files.files.count) files, \(bytes) bytes"))
    _ = try await concurrently(wanted, width: 8) { file async throws(VercelProblem) in try await upload(file) }
  }

  private func upload(_ file: DeploymentFile) async throws(VercelProblem) {
    // Contents are addressed by their digest, so sending one twice changes nothing.
    var call = VercelCall("POST", ["v2", "files"], "upload \(file.path)", safety: .repeatable)
    call.mayBeEmpty = true
    call.headers = [
      (name: "Content-Type", value: "application/octet-stream"), (name: "x-vercel-digest", value: file.sha1),
    ]
    switch file.content {
    case .file(let path): call.body = .file(path: path, size: file.size)
    case .link(let target): call.body = .bytes(target)
    }
    // A slow line of 100 kB/s must still do.
    call.timeout = .seconds(60 + file.size / 100_000)
    do {
      _ = try await send(call)
    } catch {
      var problem = error
      problem.effect = .none
      if problem.kind == .refused, problem.status == 400,
        problem.vendorCode == nil || problem.vendorCode == "bad_request"
      {
        problem.why += "; most likely the file changed after it was read"
        problem.remedy = "do not change the folder while it is deployed, then run it again"
      }
      throw problem
    }
  }
}
