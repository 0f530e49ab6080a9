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
    let statement = InTotoStatement(
      subjects: [
        .init(name: manifest.manifestName, digests: ["sha256": Digest.hex(Digest.sha256(text))]),
        .init(name: manifest.artefactName, digests: ["sha256": manifest.storedSHA256]),
      ],
      predicateType: predicateType, predicate: ["snapshot": .string(manifest.id)])
    guard let envelope = statement.signed(by: signer) else {
      throw Problem("snapshot.unsigned", "the manifest could not be signed", place: manifest.id)
    }
    return envelope.json
  }

  /// Why the signature shows nothing about this manifest; `nil` when it holds.
  static func fault(_ json: JSON, _ manifest: SnapshotManifest, text: [UInt8], by keys: [TrustedKey]) -> String? {
    let statement: InTotoStatement
    do throws(EnvelopeFault) {
      statement = try InTotoStatement(DSSEEnvelope(json: json).verified(by: keys))
    } catch {
      return "it " + error.why
    }
    guard statement.predicateType == predicateType, statement.predicate["snapshot"]?.string == manifest.id else {
      return "it speaks of something else"
    }
    let known = Set(statement.subjects.compactMap { $0.digests["sha256"] })
    guard known.contains(Digest.hex(Digest.sha256(text))), known.contains(manifest.storedSHA256) else {
      return "it is of another manifest, or of other bytes"
    }
    return nil
  }
}
