import Age
import Attestations
import Core
import Synchronization

/// What snapshots are encrypted to, and what opens them.
package struct SnapshotKeys: Sendable {
  /// Whom new snapshots are encrypted to; they are not encrypted when there is nobody.
  package var recipients: [AgeRecipient]
  /// Who reads here. A machine that only takes snapshots has none.
  package var identities: [AgeIdentity]
  /// Who signs new manifests, and that they were proven.
  package var signer: EnvelopeSigner?
  /// Whether the policy names somebody who signs: then nothing is taken unsigned.
  package var asksForSignature: Bool
  /// Whose signatures a manifest and a proof must have to count; all of them count when there is nobody.
  package var signedBy: [TrustedKey]
  /// What this process wrote and can therefore still read.
  package let written: WrittenKeys

  package init(
    recipients: [AgeRecipient] = [], identities: [AgeIdentity] = [], signer: EnvelopeSigner? = nil,
    asksForSignature: Bool = false, signedBy: [TrustedKey] = [], written: WrittenKeys = WrittenKeys()
  ) {
    self.recipients = recipients
    self.identities = identities
    self.signer = signer
    self.asksForSignature = asksForSignature || signer != nil
    self.signedBy = signedBy
    self.written = written
  }

  /// Who signs so that it counts; nobody where the policy trusts other keys.
  var trustedSigner: EnvelopeSigner? {
    signer.flatMap { signedBy.isEmpty || signedBy.contains($0.publicKey) ? $0 : nil }
  }

  /// - Throws: `snapshot.unsigned` when what would be written could not count, or not be what the policy asks for.
  func refuseUnsigned() throws(Problem) {
    guard asksForSignature || !signedBy.isEmpty else { return }
    guard let signer else {
      throw Problem(
        "snapshot.unsigned", "no snapshot is taken, because nothing here signs it",
        why: signedBy.isEmpty
          ? "the policy has them signed (`database.snapshot.sign-with`), and the secret is not set"
          : "the policy counts only those that are signed (`database.snapshot.signed-by`)",
        remedy: "set the secret of `database.snapshot.sign-with` in this step")
    }
    guard signedBy.isEmpty || signedBy.contains(signer.publicKey) else {
      throw Problem(
        "snapshot.unsigned", "no snapshot is taken, because it would be signed with another key than the policy names",
        why: "its public key has the id \(signer.publicKey.keyID.prefix(12))",
        remedy: "add the public key to `database.snapshot.signed-by`, or set the right secret")
    }
  }

  /// What opens a snapshot here; `nil` when it needs nothing.
  ///
  /// - Throws: `snapshot.no-identity` when it is encrypted and nothing here opens it.
  func opening(of manifest: SnapshotManifest) throws(Problem) -> AgeDecryptor.Opening? {
    try opening(of: manifest.artefact, place: manifest.id)
  }

  /// The same of any bytes that were stored so.
  func opening(of artefact: StoredArtefact, place: String) throws(Problem) -> AgeDecryptor.Opening? {
    guard !artefact.recipients.isEmpty else { return nil }
    if !identities.isEmpty { return .identities(identities) }
    if let key = written.key(of: artefact.stored.sha256) { return .fileKey(key) }
    throw Problem(
      "snapshot.no-identity", "the snapshot is encrypted, and nothing here opens it", place: place,
      why: "it is for \(artefact.recipients.joined(separator: ", "))",
      remedy: "name the secret key of one of them with `database.snapshot.identity`, and give it to this step")
  }
}

/// The keys of the files that this process wrote. They are in its memory only, and gone with it.
///
/// With one, stored bytes are decrypted and restored right after they were written, by a machine that holds no identity and
/// will not be able to read them again.
package final class WrittenKeys: Sendable {
  /// By the SHA-256 of the stored bytes.
  private let keys = Mutex<[String: AgeFileKey]>([:])

  package init() {}

  func remember(_ key: AgeFileKey, of storedSHA256: String) { keys.withLock { $0[storedSHA256] = key } }

  func key(of storedSHA256: String) -> AgeFileKey? { keys.withLock { $0[storedSHA256] } }
}

extension Snapshotter {
  /// Whether the snapshot can be read here.
  package func canOpen(_ record: SnapshotRecord) -> Bool {
    do throws(Problem) {
      _ = try keys.opening(of: record.manifest)
      return true
    } catch {
      return false
    }
  }
}
