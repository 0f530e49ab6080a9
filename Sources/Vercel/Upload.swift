import Core
import HTTP

extension VercelClient {
  /// Uploads contents that Vercel does not have, several at once over few connections; each is tried within the budget by
  /// itself, all of them wait when the service asks one to, and together they are sent again so often and no more.
  ///
  /// What has gone up stays: contents are named by their digest, so that another attempt, or another run, sends the rest.
  ///
  /// - Parameter missing: SHA-1 of the contents, as Vercel named them, or the files' paths.
  /// - Returns: What a person should know.
  func upload(
    _ missing: [String], of files: DeploymentFiles, name: String
  ) async throws(VercelProblem) -> [String] {
    let what = "upload the files of \(name)"
    let wanted = try wanted(missing, of: files, what)
    var notes: [String] = []
    if wanted.count >= UploadCap.worthAsking,
      let note = try UploadCap.note(wanted.count, plan: try await plan(), what)
    {
      notes.append(note)
      progress(Progress(name, note))
    }
    let meter = UploadMeter(
      name, files: wanted.count, bytes: wanted.reduce(0) { $0 + $1.size }, timing: timing, progress: progress)
    meter.begin(of: files.files.count)
    // Enough for one in three to fail, again and again.
    let gate = RetryGate(retries: 20 + wanted.count)
    let warnings = try await concurrently(wanted, width: VercelClient.uploadsAtOnce) {
      file async throws(VercelProblem) in
      meter.begins(file.sha1, size: file.size)
      let remaining = try await upload(file, gate, meter)
      meter.ends(file.sha1)
      guard let warning = remaining.flatMap({ meter.remaining($0) }) else { return String?.none }
      progress(Progress(name, warning))
      return warning
    }
    meter.end()
    return notes + warnings.compactMap(\.self)
  }

  /// Each is a connection where the service speaks no HTTP/2.
  static let uploadsAtOnce = 16

  private func wanted(
    _ missing: [String], of files: DeploymentFiles, _ what: String
  ) throws(VercelProblem) -> [DeploymentFile] {
    var byDigest: [String: DeploymentFile] = [:]
    var byPath: [String: DeploymentFile] = [:]
    for file in files.files {
      byPath[file.path] = file
      if byDigest[file.sha1] == nil { byDigest[file.sha1] = file }
    }
    var wanted: [String: DeploymentFile] = [:]
    for name in missing {
      guard let file = byDigest[name] ?? byPath[name] else {
        throw garbled(what, "it asks for a content that is not part of the deployment")
      }
      if wanted[file.sha1] == nil { wanted[file.sha1] = file }
    }
    return wanted.values.sorted { $0.sha1 < $1.sha1 }
  }

  /// - Returns: How many more Vercel takes for now, as far as it says so.
  private func upload(
    _ file: DeploymentFile, _ gate: RetryGate, _ meter: UploadMeter
  ) async throws(VercelProblem) -> Int? {
    // Contents are addressed by their digest, so sending one twice changes nothing.
    var call = VercelCall("POST", ["v2", "files"], "upload \(file.path)", safety: .repeatable)
    call.mayBeEmpty = true
    call.gate = gate
    call.headers = [
      (name: "Content-Type", value: "application/octet-stream"), (name: "x-vercel-digest", value: file.sha1),
    ]
    let digest = file.sha1
    call.onSent = { meter.sent(digest, $0) }
    var isStill: (@Sendable () throws(VercelProblem) -> Void)?
    switch file.content {
    case .file(let path, let stamp):
      call.body = .file(path: path, size: file.size)
      isStill = { () throws(VercelProblem) in
        guard FileStamp.of(path) == .success(stamp) else { throw VercelProblem.changed(file.path) }
      }
      call.isStill = isStill
    case .link(let target): call.body = .bytes(target)
    }
    // A slow line of 100 kB/s must still do.
    call.timeout = .seconds(60 + file.size / 100_000)
    var patient = budget
    patient.attempts += 3
    patient.total = max(patient.total, call.timeout * 2)
    do {
      let answer = try await with(budget: patient).send(call)
      // Nobody wrote to it while it was sent.
      try isStill?()
      return answer.remaining
    } catch {
      var problem = error
      problem.effect = .none
      if problem.kind == .refused, problem.status == 400,
        problem.vendorCode == nil || problem.vendorCode == "bad_request"
      {
        problem.why += "; most likely the file changed after it was read"
        problem.remedy = VercelProblem.changed(file.path).remedy
      }
      if problem.kind == .rateLimited { problem.why += "; what has been uploaded stays, and is not sent again" }
      throw problem
    }
  }
}

extension VercelProblem {
  /// A file is not what it was when it was hashed.
  static func changed(_ path: String) -> VercelProblem {
    VercelProblem(
      .files, "upload \(path)", why: "it changed after it was read, so that nobody knows what would be deployed",
      remedy: "do not change the folder while it is deployed, then run it again")
  }
}
