import Core
import OpenSSL
import PolicyFile
import Store

/// The exact text that a run is judged by: every layer of the policy and every control pack.
///
/// Document `policy`, id = digest of the text (SHA-256 over the canonical list of paths and hashes):
/// `{schema, policy, text, files: [{path, sha256, text}]}`. The same document stands under the policy's own digest, which
/// several texts may share (a comment changes the text and not the meaning): there it is the latest one. Document
/// `policy-of-run`, id = run: `{policy, text}`.
struct PolicyRecord: Sendable {
  /// Of the policy as it is understood: ``Policy/digest``.
  let policy: String
  /// In the order in which they were read; the policy itself first.
  let files: [PolicyText]

  /// Over paths and hashes.
  var digest: String {
    let list = JSON.array(files.map { ["path": .string($0.path), "sha256": .string($0.sha256)] })
    return Digest.hex(Digest.sha256(Array(list.text(.canonical).utf8)))
  }

  var json: JSON {
    [
      "schema": "gatehouse.policy-text/v1", "policy": .string(policy), "text": .string(digest),
      "files": .array(
        files.map { ["path": .string($0.path), "sha256": .string($0.sha256), "text": .string($0.text)] }),
    ]
  }
}

extension RunStore {
  /// Keeps the text that a run is judged by; the policy refused literal secrets before, so none is in it.
  func savePolicy(_ record: PolicyRecord, of run: RunID) async throws(Problem) {
    let (document, text) = (record.json, record.digest)
    do {
      try await store.put("policy", text, document)
      try await store.put("policy", record.policy, document)
      try await store.put("policy-of-run", run.text, ["policy": .string(record.policy), "text": .string(text)])
    } catch { throw error.problem }
  }

  /// What ``savePolicy(_:of:)`` kept for a run, or `nil` for a run from before it was kept.
  func policyText(of run: RunID) async throws(Problem) -> JSON? {
    do {
      guard let text = try await store.document("policy-of-run", run.text)?["text"]?.string else { return nil }
      return try await store.document("policy", text)
    } catch { throw error.problem }
  }
}
