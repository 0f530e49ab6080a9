import Age
import Attestations
import Core
import PolicyFile
import Snapshots
import Surroundings

extension Installation {
  /// Whom snapshots are encrypted to, and who reads and signs them here.
  ///
  /// The public keys are those of the commit that is released, or checked out where nothing is: no step of a pipeline that writes
  /// into the checkout, or moves it, can put its own in their place.
  func snapshotKeys() async throws(Problem) -> SnapshotKeys {
    let rules = try database().snapshot
    var keys = SnapshotKeys(asksForSignature: rules.signWith != nil, written: writtenKeys)
    if !rules.encryptTo.isEmpty {
      keys.recipients = { (time) throws(Problem) in try await recipientFiles().recipients(at: time) }
    }
    keys.identities = try await identities(rules)
    for path in rules.signedBy {
      keys.signedBy.append(try publicKey(path, await committed(path, "policy.signed-by", "a public key")))
    }
    keys.signer = try await signer(rules)
    return keys
  }

  /// A file as it is in the trusted commit.
  private func committed(_ path: String, _ code: String, _ what: String) async throws(Problem) -> [UInt8] {
    let place = trustedCommitWords
    let bytes: [UInt8]?
    do throws(Problem) {
      bytes = try await source.committedBytes(of: path, at: keyCommit(), atMost: PolicyFile.maximumSize)
    } catch {
      throw Problem(
        code, "\(what) cannot be read in \(place)", place: path, why: error.why ?? error.what,
        remedy: "run it in a Git checkout with that commit")
    }
    if let bytes { return bytes }
    throw Problem(
      code, "\(what) is not in \(place)", place: path,
      why: "what merely lies in the folder may be put there by anything that runs before", remedy: "commit it")
  }

  /// The commit whose keys count: the one that is released, or checked out where nothing is.
  func keyCommit() async throws(Problem) -> CommitID {
    if let trustedCommit { return trustedCommit }
    return try await source.head().commit
  }

  var trustedCommitWords: String {
    trustedCommit.map { "commit \($0.short), which is released" } ?? "the commit that is checked out"
  }

  private func publicKey(_ path: String, _ pem: [UInt8]) throws(Problem) -> TrustedKey {
    do throws(TrustedKey.Fault) { return try TrustedKey(pem: pem) } catch {
      throw Problem(
        "policy.signed-by", "a public key cannot be used", place: path, why: "it " + error.why, remedy: error.remedy)
    }
  }

  /// None where the secret is not set: a machine that only reads snapshots is not given it.
  private func signer(_ rules: SnapshotRules) async throws(Problem) -> EnvelopeSigner? {
    guard let reference = rules.signWith else { return nil }
    guard let secret = try await given(reference) else { return nil }
    do throws(TrustedKey.Fault) { return try EnvelopeSigner(pem: secret) } catch {
      throw Problem(
        "secret.unfit", "the key to sign snapshots with cannot be used", place: "\(reference)", why: "it " + error.why,
        remedy: error.remedy)
    }
  }

  /// The secret; `nil` where it is not set, or empty, as a CI passes one to jobs that may not read it.
  private func given(_ reference: SecretReference) async throws(Problem) -> Secret? {
    do throws(Problem) { return try await secrets.resolve(reference) } catch {
      guard error.code == "secret.missing" || error.code == "secret.empty" else { throw error }
      return nil
    }
  }

  /// None where the secret is not set: a machine that only takes snapshots is not given it.
  private func identities(_ rules: SnapshotRules) async throws(Problem) -> [AgeIdentity] {
    guard let reference = rules.identity else { return [] }
    guard let secret = try await given(reference) else { return [] }
    do throws(AgeError) { return try AgeIdentity.list(secret.reveal()) } catch {
      throw Problem(
        "secret.unreadable", "the secret key of snapshots cannot be used", place: "\(reference)", why: error.message,
        remedy: "give it a text as age-keygen writes it, with AGE-SECRET-KEY-1… on a line of its own")
    }
  }

  /// A run's snapshot needs the keys of today, and a way back by `restore` somebody who reads what was encrypted to them, in
  /// whichever process it happens.
  func refuseUnfitKeys() async throws(Problem) {
    let rules = try database()
    guard !rules.snapshot.encryptTo.isEmpty else { return }
    let keys = try await recipientFiles().recipients(at: timing.now()).map(\.key)
    guard rules.onRollback == .restore else { return }
    let readers = Set(try await identities(rules.snapshot).map(\.recipientText))
    guard readers.isDisjoint(with: keys.map(\.recipient)) else { return }
    throw Problem(
      "plan.no-way-back", "the database could not be restored on the way back",
      why: "snapshots are encrypted to \(keys.words), and no secret key is here that reads them",
      remedy: "set the secret of database.snapshot.identity in this step, or write on-rollback: down-if-safe")
  }
}
