import Age
import Attestations
import Core
import Synchronization

/// What snapshots are encrypted to, and what opens them.
package struct SnapshotKeys: Sendable {
  /// Whom what was there at a moment is encrypted to: at least one.
  package typealias Lookup = @Sendable (Timestamp) async throws(Problem) -> [Recipient]

  /// Asked when something is written; `nil`: nothing is encrypted.
  package var recipients: Lookup?
  /// Who reads here. A machine that only takes snapshots has none.
  package var identities: [AgeIdentity] { didSet { readers = Set(identities.map(\.recipientText)) } }
  /// The public keys of the identities.
  private(set) var readers: Set<String>
  /// Who signs new manifests, and that they were proven.
  package var signer: EnvelopeSigner?
  /// Whether the policy names somebody who signs: then nothing is taken unsigned.
  package var asksForSignature: Bool
  /// Whose signatures a manifest and a proof must have to count; all of them count when there is nobody.
  package var signedBy: [TrustedKey]
  /// What this process wrote and can therefore still read.
  package let written: WrittenKeys

  /// - Parameter recipients: The same at all times; nothing is encrypted when there is none.
  package init(
    recipients: [AgeRecipient] = [], identities: [AgeIdentity] = [], signer: EnvelopeSigner? = nil,
    asksForSignature: Bool = false, signedBy: [TrustedKey] = [], written: WrittenKeys = WrittenKeys()
  ) {
    let always = recipients.map { Recipient($0) }
    let lookup: Lookup = { (_) throws(Problem) in always }
    self.recipients = always.isEmpty ? nil : lookup
    self.identities = identities
    readers = Set(identities.map(\.recipientText))
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

  /// Whom bytes of a moment are encrypted to; nobody when they are not.
  func recipients(at time: Timestamp) async throws(Problem) -> [Recipient] {
    guard let recipients else { return [] }
    let found = try await recipients(time)
    guard !found.isEmpty else {
      throw Problem("policy.recipients", "nobody is named that a snapshot is encrypted to", place: "\(time)")
    }
    return found
  }

  /// Whether bytes that were stored so can be read here, as far as one sees without reading them.
  func canOpen(_ artefact: StoredArtefact) -> Bool {
    artefact.keys.isEmpty || artefact.keys.contains { readers.contains($0.recipient) }
      || written.key(of: artefact.stored.sha256) != nil
  }

  /// Those of the recipients that the identities here are, of a period where there is one: what is opened shows that one of
  /// these keys is still there, and that of the period is the one in doubt.
  func opened(_ keys: [RecipientKey]) -> [RecipientKey] {
    let known = keys.filter { readers.contains($0.recipient) }
    return known.ofPeriods.isEmpty ? known : known.ofPeriods
  }

  /// What opens a snapshot here; `nil` when it needs nothing.
  ///
  /// Identities none of which it names are returned, too: that none opens it is said by whoever reads it, who can say as well
  /// whether its bytes are whole.
  ///
  /// - Throws: `snapshot.no-identity` when it is encrypted and nothing here opens it.
  func opening(of manifest: SnapshotManifest) throws(Problem) -> AgeDecryptor.Opening? {
    try opening(of: manifest.artefact, place: manifest.id)
  }

  /// The same of any bytes that were stored so.
  func opening(of artefact: StoredArtefact, place: String) throws(Problem) -> AgeDecryptor.Opening? {
    guard !artefact.keys.isEmpty else { return nil }
    let meant = Set(opened(artefact.keys).map(\.recipient))
    if !meant.isEmpty { return .identities(identities.filter { meant.contains($0.recipientText) }) }
    if let key = written.key(of: artefact.stored.sha256) { return .fileKey(key) }
    if !identities.isEmpty { return .identities(identities) }
    throw Problem(
      "snapshot.no-identity", "the snapshot is encrypted, and nothing here opens it", place: place,
      why: "it is for \(artefact.keys.words)",
      remedy: "name the secret key of one of them with `database.snapshot.identity`, and give it to this step")
  }

  /// - Throws: `snapshot.other-identity`, `snapshot.no-identity` where it is clear without reading that nothing here opens it.
  func refuseUnopenable(_ manifest: SnapshotManifest) throws(Problem) {
    _ = try opening(of: manifest)
    guard !canOpen(manifest.artefact) else { return }
    throw SnapshotKeys.otherIdentity(manifest.artefact, place: manifest.id, "its bytes were not looked at")
  }

  /// That none of the keys given is one of those that bytes were encrypted to, which is no word about the bytes.
  ///
  /// - Parameter bytes: What is known of the bytes, as a clause.
  static func otherIdentity(_ artefact: StoredArtefact, place: String, _ bytes: String) -> Problem {
    guard artefact.keys.ofPeriods.isEmpty else {
      return Problem(
        "snapshot.other-identity", "the snapshot's key is not among those given: it was erased, or not given",
        place: place, why: "it is for \(artefact.keys.words); \(bytes)",
        remedy: "give `database.snapshot.identity` that key, too, one a line; if it was destroyed, nobody reads this "
          + "snapshot any more, and it is no way back")
    }
    return Problem(
      "snapshot.other-identity", "the snapshot is not encrypted to the identity that is here", place: place,
      why: "it is for \(artefact.keys.words); \(bytes)",
      remedy: "give `database.snapshot.identity` the secret key of one of them")
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
  package func canOpen(_ record: SnapshotRecord) -> Bool { keys.canOpen(record.manifest.artefact) }
}
