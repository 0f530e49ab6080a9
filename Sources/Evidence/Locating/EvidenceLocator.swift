import Core
import Dispatch
import Glibc

/// Finds the reports that a policy names, reads them, and decides whether they are about this commit and fresh.
///
/// The time of a file on disk is never trusted: a report has the age that it states itself or that what vouches for exactly
/// its bytes states, the manifest beside it or a signed attestation; of both, the older.
package struct EvidenceLocator: Sendable {
  /// How far a clock elsewhere may be ahead of ours.
  package static let clockTolerance: Duration = .seconds(300)
  package static let unboundStamp = "evidence is not bound to a commit (evidence: bind-to: none)"

  /// The policy's folder.
  package let root: String
  /// The commit that is being decided about; `nil` when it is not known, and then nothing can belong to it.
  package let commit: CommitID?
  package let rules: EvidenceRules
  package let now: Timestamp
  /// Whose attestations bind reports, where the rules name signers.
  package let trust: EvidenceTrust

  package init(
    root: String, commit: CommitID?, rules: EvidenceRules, now: Timestamp, trust: EvidenceTrust = EvidenceTrust()
  ) {
    self.root = root
    self.commit = commit
    self.rules = rules
    self.now = now
    self.trust = trust
  }

  /// What lies beside the reports, to be read anew.
  func neighbours(below root: String) -> Neighbours {
    Neighbours(
      root: root, commit: commit, trust: trust, mustBeSigned: rules.bindTo == .commit && !rules.signers.isEmpty)
  }

  /// The same as ``locate(_:)``, on a thread of its own, since reading blocks.
  package func located(_ patterns: [String]) async -> [LocatedEvidence] {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: locate(patterns)) }
    }
  }

  /// One entry for each report, in the order of the patterns and then of the paths; at least one for each pattern.
  ///
  /// Blocks the thread while files are read.
  package func locate(_ patterns: [String]) -> [LocatedEvidence] {
    let finder: FileFinder
    do {
      finder = try FileFinder(root: root)
    } catch {
      return patterns.map { LocatedEvidence(pattern: $0, path: $0, root: root, outcome: .failure(error)) }
    }
    var neighbours = neighbours(below: finder.root)
    var located: [LocatedEvidence] = []
    var known: Set<String> = []
    for pattern in patterns {
      func add(_ fault: EvidenceFault) {
        located.append(
          LocatedEvidence(pattern: pattern, path: fault.path, root: finder.root, outcome: .failure(fault)))
      }
      let glob: Glob
      do {
        glob = try Glob(pattern)
      } catch {
        add(
          EvidenceFault(
            .unreadable, path: pattern, why: "is no pattern for files: \(error)", remedy: "correct the policy"))
        continue
      }
      var found = finder.find(glob)
      // The manifest is no report, even where a pattern is as wide as that.
      found.files.removeAll { !neighbours.mayBeReport($0) }
      found.faults.forEach(add)
      let gone = neighbours.gone(found, glob)
      gone.forEach(add)
      if found.files.isEmpty, found.faults.isEmpty, gone.isEmpty {
        add(
          EvidenceFault(
            .missing, path: pattern, why: "names no file that is there",
            remedy: "run the step that writes it before the gate, or correct the path in the policy"))
      }
      for path in found.files where known.insert(path).inserted {
        located.append(examine(path, pattern, &neighbours))
      }
    }
    return located
  }

  /// A file that could not be read as a report. Where nothing is in it, a check may still be told by whom it was written
  /// and how that ended.
  private func nothing(
    _ fault: EvidenceFault, _ path: String, _ pattern: String, _ neighbours: inout Neighbours
  ) -> LocatedEvidence {
    var located = LocatedEvidence(pattern: pattern, path: path, root: neighbours.root, outcome: .failure(fault))
    guard let form = fault.nothing else { return located }
    let digest: (sha256: String, size: Int)
    do {
      digest = try EvidenceReader.digest(neighbours.root + "/" + path, shown: path)
    } catch {
      return located
    }
    let belonging = belonging(of: path, neighbours.vouching(for: path, sha256: digest.sha256))
    located.reference = EvidenceReference(
      path: path, sha256: digest.sha256, format: nil, commit: belonging.commit, age: belonging.age,
      binding: belonging.binding)
    located.exit = belonging.exit
    located.nothing = .init(form, fault: belonging.fault)
    located.stamps = stamps(path, belonging, &neighbours)
    return located
  }

  private func examine(_ path: String, _ pattern: String, _ neighbours: inout Neighbours) -> LocatedEvidence {
    let root = neighbours.root
    var read: ReadEvidence
    do {
      read = try EvidenceReader.read(root + "/" + path, shown: path)
    } catch {
      return nothing(error, path, pattern, &neighbours)
    }
    if let unmatched = EvidenceLocator.unmatched(read.facts, below: root) { read.warnings.append(unmatched) }
    let belonging = belonging(
      of: path, stated: read.statedCommits, at: read.statedTime, neighbours.vouching(for: path, sha256: read.sha256))
    let reference = EvidenceReference(
      path: path, sha256: read.sha256, format: read.format.rawValue, commit: belonging.commit, age: belonging.age,
      binding: belonging.binding)
    return LocatedEvidence(
      pattern: pattern, path: path, root: root, outcome: belonging.fault.map { .failure($0) } ?? .success(read),
      reference: reference, exit: belonging.exit, stamps: stamps(path, belonging, &neighbours))
  }

  private func stamps(_ path: String, _ belonging: Belonging, _ neighbours: inout Neighbours) -> [String] {
    let unbound = rules.bindTo == .none ? [EvidenceLocator.unboundStamp] : []
    let signer = belonging.binding?.signer.map { "bound to the commit by the signature of \($0)" }
    return unbound + [signer].compactMap { $0 } + neighbours.notes(for: path)
  }

  /// Tells when measured files are not in this checkout, which is how wrong paths or a wrong folder show.
  private static func unmatched(_ facts: EvidenceFacts, below root: String) -> String? {
    guard case .coverage(let coverage) = facts, !coverage.files.isEmpty, coverage.files.count <= 20_000 else {
      return nil
    }
    let absent = coverage.files.keys.count { written in
      let path = coverage.path(written, below: root)
      return access(path.hasPrefix("/") ? path : root + "/" + path, F_OK) != 0
    }
    guard absent > 0 else { return nil }
    return
      "\(Figures.count(absent)) of \(Figures.counted(coverage.files.count, "measured file")) not found in this checkout"
  }
}
