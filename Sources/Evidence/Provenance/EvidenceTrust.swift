import Attestations
import Core
import Dispatch

/// Whom a policy trusts to say where reports come from: its signers, their keys as they are committed, and the attestations
/// that lie where `evidence: provenance` says.
package struct EvidenceTrust: Sendable {
  package private(set) var signers: [TrustedSigner] = []
  package private(set) var shelf = AttestationShelf()
  /// Keys that cannot be used; nothing is bound by them.
  package private(set) var faults: [EvidenceFault] = []
  /// What a person should know of where attestations were looked for.
  package private(set) var notes: [String] = []

  private static let mostFiles = 1000

  /// Nobody.
  package init() {}

  /// - Parameter keys: of each signer, the bytes of its file in the commit that is decided about.
  package init(keys: [(signer: EvidenceRules.Signer, bytes: Result<[UInt8], EvidenceFault>)]) {
    for (signer, bytes) in keys {
      do throws(EvidenceFault) {
        let bytes = try bytes.get()
        do throws(TrustedKey.Fault) {
          signers.append(TrustedSigner(id: signer.id, key: try TrustedKey(pem: bytes), builder: signer.builder))
        } catch {
          throw EvidenceFault(.unreadable, path: signer.key, why: error.why, remedy: error.remedy)
        }
      } catch { faults.append(error) }
    }
  }

  /// The same, with the attestations that the patterns name; on a thread of its own, since reading blocks.
  package func reading(_ patterns: [String], below root: String) async -> EvidenceTrust {
    guard !patterns.isEmpty else { return self }
    return await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        var trust = self
        trust.read(patterns, below: root)
        continuation.resume(returning: trust)
      }
    }
  }

  package mutating func read(_ patterns: [String], below root: String) {
    let finder: FileFinder
    do { finder = try FileFinder(root: root) } catch { return notes.append("provenance: \(error)") }
    var known: Set<String> = []
    for pattern in patterns {
      let glob: Glob
      do { glob = try Glob(pattern) } catch {
        notes.append("provenance: \(DisplayText.bounded(pattern)) is no pattern for files: \(error)")
        continue
      }
      let found = finder.find(glob)
      notes += found.faults.prefix(10).map { "provenance: \($0)" }
      if found.files.isEmpty, found.faults.isEmpty {
        notes.append("provenance: \(DisplayText.bounded(pattern)) names no file that is there")
      }
      for path in found.files where known.insert(path).inserted {
        guard known.count <= EvidenceTrust.mostFiles else {
          return notes.append("provenance: only the first \(EvidenceTrust.mostFiles) files are read")
        }
        shelf.read(path, below: finder.root, trusting: signers)
      }
    }
  }
}

extension AttestationShelf {
  /// Reads a file; one that is not there says nothing.
  mutating func read(_ path: String, below root: String, trusting signers: [TrustedSigner]) {
    do throws(EvidenceFault) {
      let bytes = try EvidenceFile.contents(of: root + "/" + path, shown: path, atMost: EnvelopeFile.largest)
      read(bytes, path: path, trusting: signers)
    } catch {
      if error.kind != .missing { reject(path, error.why) }
    }
  }

  /// What was read in vain, as one line; `nil` when everything counts.
  var shownRejects: String? {
    guard let first = rejected.first else { return nil }
    let rest = rejectedCount == 1 ? "" : ", and \(Figures.counted(rejectedCount - 1, "further attestation"))"
    return "proves nothing: \(DisplayText.bounded(first.place, to: 400)) \(first.why)" + rest
  }
}
