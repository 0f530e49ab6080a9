import Attestations
import Core
import JSONText
import OpenSSL

/// A signed statement beside a manifest: the digests of the manifest's own bytes and of the snapshot's.
///
/// An in-toto statement in a DSSE envelope, so that it is verified without us, too.
enum ManifestSignature {
  static let predicateType = "https://gatehouse.dev/attestation/snapshot/v1"

  static func make(_ manifest: SnapshotManifest, text: [UInt8], by signer: EnvelopeSigner) throws(Problem) -> JSON {
    try make(
      of: manifest.id, [(manifest.manifestName, digest(text)), (manifest.artefactName, manifest.storedSHA256)],
      by: signer)
  }

  /// - Parameter subjects: Names of files and the SHA-256 of their bytes.
  static func make(
    of snapshot: String, _ subjects: [(name: String, sha256: String)], by signer: EnvelopeSigner
  ) throws(Problem) -> JSON {
    let statement = InTotoStatement(
      subjects: subjects.map { .init(name: $0.name, digests: ["sha256": $0.sha256]) },
      predicateType: predicateType, predicate: ["snapshot": .string(snapshot)])
    guard let envelope = statement.signed(by: signer) else {
      throw Problem("snapshot.unsigned", "the manifest could not be signed", place: snapshot)
    }
    return envelope.json
  }

  static func digest(_ text: [UInt8]) -> String { Digest.hex(Digest.sha256(text)) }

  /// Why the signature shows nothing about this manifest; `nil` when it holds.
  static func fault(_ json: JSON, _ manifest: SnapshotManifest, text: [UInt8], by keys: [TrustedKey]) -> String? {
    fault(json, of: manifest.id, [digest(text), manifest.storedSHA256], by: keys)
  }

  /// - Parameter digests: Each must be one of a subject's.
  static func fault(_ json: JSON, of snapshot: String, _ digests: [String], by keys: [TrustedKey]) -> String? {
    let statement: InTotoStatement
    do throws(EnvelopeFault) {
      statement = try InTotoStatement(DSSEEnvelope(json: json).verified(by: keys))
    } catch {
      return "it " + error.why
    }
    guard statement.predicateType == predicateType, statement.predicate["snapshot"]?.string == snapshot else {
      return "it speaks of something else"
    }
    let known = Set(statement.subjects.compactMap { $0.digests["sha256"] })
    guard known.isSuperset(of: digests) else {
      return "it is of another manifest, or of other bytes"
    }
    return nil
  }
}
