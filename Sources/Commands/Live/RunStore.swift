import Core
import OpenSSL
import Release
import Store

/// What the store holds about runs, by name.
///
/// `run` documents tell how each run stands; `current` names the last run of an environment; `release` documents are what
/// can be returned to.
struct RunStore: Sendable {
  let store: any Store
  /// Several policies may share a store; what is `current` or released belongs to one of them.
  let policyName: String

  private func scope(_ environment: String) -> String { policyName + "/" + environment }

  struct Summary: Sendable {
    var run: RunID
    var environment: String
    var verb: String
    var commit: CommitID?
    var startedAt: Timestamp
    /// `open` until it has ended, then the ending or the decision.
    var standing: String
    var exit: Int32?
    /// The policy it was made by; `nil` for a run from before it was kept.
    var policy: String?

    var json: JSON {
      .dictionary([
        ("run", .string(run.text)), ("environment", .string(environment)), ("verb", .string(verb)),
        ("commit", commit.map { .string($0.text) }), ("startedAt", .integer(startedAt.milliseconds)),
        ("standing", .string(standing)), ("exit", exit.map { .integer(Int64($0)) }),
        ("policy", policy.map { .string($0) }),
      ])
    }

    init(run: RunID, environment: String, verb: String, commit: CommitID?, startedAt: Timestamp, standing: String) {
      self.run = run
      self.environment = environment
      self.verb = verb
      self.commit = commit
      self.startedAt = startedAt
      self.standing = standing
    }

    init?(json: JSON) {
      guard let run = json["run"]?.string, let environment = json["environment"]?.string,
        let verb = json["verb"]?.string, let startedAt = json["startedAt"]?.integer,
        let standing = json["standing"]?.string
      else { return nil }
      self.init(
        run: RunID(run), environment: environment, verb: verb, commit: json["commit"]?.string.map { CommitID($0) },
        startedAt: Timestamp(milliseconds: startedAt), standing: standing)
      exit = json["exit"]?.integer.flatMap { Int32(exactly: $0) }
      policy = json["policy"]?.string
    }
  }

  /// - Parameter isCurrent: Whether a deploy is from now on the one that `resume` takes up.
  func save(_ summary: Summary, isCurrent: Bool = true) async throws(Problem) {
    var kept = summary
    kept.policy = policyName
    let document = kept.json
    try await wrap { () async throws(StoreProblem) in
      try await store.put("run", summary.run.text, document)
      if summary.verb == "deploy", isCurrent {
        try await store.put("current", scope(summary.environment), ["run": .string(summary.run.text)])
      }
    }
  }

  func summary(of run: RunID) async throws(Problem) -> Summary? {
    try await wrap { () async throws(StoreProblem) in try await store.document("run", run.text) }
      .flatMap(Summary.init(json:))
  }

  func summaries(limit: Int) async throws(Problem) -> [Summary] {
    try await wrap { () async throws(StoreProblem) in
      try await store.documents("run", newestFirst: true, limit: limit)
    }.compactMap { Summary(json: $0.1) }
  }

  /// The last deploy of an environment.
  func current(_ environment: String) async throws(Problem) -> RunID? {
    try await wrap { () async throws(StoreProblem) in try await store.document("current", scope(environment)) }?["run"]?
      .string.map { RunID($0) }
  }

  func records(of run: RunID) async throws(Problem) -> [RunRecord] {
    let lines = try await wrap { () async throws(StoreProblem) in try await store.records(of: run) }
    var records: [RunRecord] = []
    for line in lines { records.append(try RunRecord(json: line)) }
    return records
  }

  /// Keeps what a checklist came to, and apart from it the digest that `explain` holds it against.
  ///
  /// - Parameter left: what its lines leave for the next release to compare with; only a release leaves anything.
  func saveChecklist(_ document: JSON, of run: RunID, leaving left: JSON? = nil) async throws(Problem) {
    try await wrap { () async throws(StoreProblem) in
      try await store.put("checklist", run.text, document)
      try await store.put("checklist-digest", run.text, ["sha256": .string(RunStore.digest(of: document))])
      if let left {
        try await store.put("left", run.text, ["lines": left, "sha256": .string(RunStore.digest(of: left))])
      }
    }
  }

  /// What a line of a run left; `nil` when it left nothing, or what is there is not what was written.
  func left(_ line: CheckID, of run: RunID) async throws(Problem) -> JSON? {
    let kept = try await wrap { () async throws(StoreProblem) in try await store.document("left", run.text) }
    guard let lines = kept?["lines"], kept?["sha256"]?.string == RunStore.digest(of: lines) else { return nil }
    return lines[line.text]
  }

  /// `nil` for a run from before it was kept.
  func checklistDigest(of run: RunID) async throws(Problem) -> String? {
    try await wrap { () async throws(StoreProblem) in try await store.document("checklist-digest", run.text) }?[
      "sha256"]?.string
  }

  /// SHA-256 over the canonical form.
  static func digest(of document: JSON) -> String {
    Digest.hex(Digest.sha256(Array(document.text(.canonical).utf8)))
  }

  func checklist(of run: RunID) async throws(Problem) -> JSON? {
    try await wrap { () async throws(StoreProblem) in try await store.document("checklist", run.text) }
  }

  /// Writes a release down as the one that an environment serves.
  func saveRelease(_ release: JSON, environment: String) async throws(Problem) {
    try await wrap { () async throws(StoreProblem) in try await store.put("release", scope(environment), release) }
  }

  /// The last release that ended well in an environment.
  func release(_ environment: String) async throws(Problem) -> JSON? {
    try await wrap { () async throws(StoreProblem) in try await store.document("release", scope(environment)) }
  }

  func wrap<Value>(
    _ body: () async throws(StoreProblem) -> Value
  ) async throws(Problem) -> Value {
    do { return try await body() } catch { throw error.problem }
  }
}

/// The journal of one run, in the store, under a lease.
///
/// Records come one after another: a run does one thing at a time.
actor StoreJournal: Journal {
  private let store: any Store
  private let run: RunID
  private let lease: Lease
  private var next: Int

  /// - Parameter written: how many records the journal holds already.
  init(store: any Store, run: RunID, lease: Lease, written: Int) {
    self.store = store
    self.run = run
    self.lease = lease
    next = written
  }

  func append(_ record: RunRecord) async throws(Problem) {
    let sequence = next
    next += 1
    do { try await store.append(record.json, to: run, at: sequence, lease: lease) } catch { throw error.problem }
  }
}
