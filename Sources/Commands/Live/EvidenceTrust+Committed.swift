import Core
import Evidence
import PolicyFile
import Surroundings

extension EvidenceTrust {
  /// Whom the policy trusts, with the keys as they are in the commit that is decided about: no step of a pipeline can put
  /// another one in their place.
  static func committed(_ installation: Installation, at commit: CommitID?) async -> EvidenceTrust {
    let rules = installation.policy.evidence
    var keys: [(EvidenceRules.Signer, Result<[UInt8], EvidenceFault>)] = []
    for signer in rules.signers {
      func fault(_ why: String, _ remedy: String) -> Result<[UInt8], EvidenceFault> {
        .failure(EvidenceFault(.unreadable, path: signer.key, why: why, remedy: remedy))
      }
      guard let commit else {
        keys.append(
          (signer, fault("cannot be read: the commit is not known", "run the gate in a Git checkout with a commit")))
        continue
      }
      do throws(Problem) {
        let bytes = try await installation.source.committedBytes(
          of: signer.key, at: commit, atMost: PolicyFile.maximumSize)
        keys.append(
          (signer, bytes.map { .success($0) } ?? fault("is not in the commit", "commit the public key of \(signer.id)"))
        )
      } catch {
        keys.append((signer, fault("cannot be read in the commit: \(error.what)", error.remedy ?? "see git fsck")))
      }
    }
    return await EvidenceTrust(keys: keys).reading(rules.provenance, below: installation.folder)
  }
}
