import Attestations
import Core

/// The signed form of a verification or a withdrawal, in the same file: an in-toto statement about the stored bytes, in a DSSE envelope,
/// whose predicate is the document itself.
///
/// Where the policy names keys, the statement is what is read, and whatever stands beside it is not.
enum ProofSignature {
  static let predicateType = "https://gatehouse.dev/attestation/snapshot-verification/v1"
  private static let withdrawalType = "https://gatehouse.dev/attestation/snapshot-withdrawal/v1"
  /// The member of the file that holds the envelope.
  private static let member = "attestation"

  /// The document to write.
  static func document(
    _ proof: SnapshotVerification, of manifest: SnapshotManifest, by signer: EnvelopeSigner?
  ) throws(Problem) -> JSON {
    try document(proof.json, predicateType, of: manifest, by: signer)
  }

  /// The same of a withdrawal.
  static func document(
    _ withdrawal: SnapshotWithdrawal, of manifest: SnapshotManifest, by signer: EnvelopeSigner?
  ) throws(Problem) -> JSON {
    try document(withdrawal.json, withdrawalType, of: manifest, by: signer)
  }

  private static func document(
    _ json: JSON, _ type: String, of manifest: SnapshotManifest, by signer: EnvelopeSigner?
  ) throws(Problem) -> JSON {
    guard let signer else { return json }
    let statement = InTotoStatement(
      subjects: [.init(name: manifest.artefactName, digests: ["sha256": manifest.storedSHA256])],
      predicateType: type, predicate: json)
    guard let envelope = statement.signed(by: signer) else {
      throw Problem("snapshot.unsigned", "the proof could not be signed", place: manifest.id)
    }
    return .object((json.members ?? []) + [JSON.Member(member, envelope.json)])
  }

  /// The proof that the document holds, as one of the keys signed it.
  static func proof(_ json: JSON, by keys: [TrustedKey]) throws(Fault) -> SnapshotVerification {
    let statement = try statement(json, predicateType, by: keys)
    guard let proof = SnapshotVerification(json: statement.predicate),
      statement.subjects.contains(where: { $0.digests["sha256"] == proof.storedSHA256 })
    else { throw Fault(why: "it speaks of something else") }
    return proof
  }

  /// The withdrawal that the document holds, as one of the keys signed it.
  static func withdrawal(_ json: JSON, by keys: [TrustedKey]) throws(Fault) -> JSON {
    try statement(json, withdrawalType, by: keys).predicate
  }

  private static func statement(
    _ json: JSON, _ type: String, by keys: [TrustedKey]
  ) throws(Fault) -> InTotoStatement {
    guard let envelope = json[member] else { throw Fault(why: "there is none in it") }
    let statement: InTotoStatement
    do throws(EnvelopeFault) {
      statement = try InTotoStatement(DSSEEnvelope(json: envelope).verified(by: keys))
    } catch {
      throw Fault(why: "it " + error.why)
    }
    guard statement.predicateType == type else { throw Fault(why: "it speaks of something else") }
    return statement
  }

  /// As a clause.
  struct Fault: Error { let why: String }
}
