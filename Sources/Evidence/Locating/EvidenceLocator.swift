import Core
import Dispatch
import Glibc

/// Finds the reports that a policy names, reads them, and decides whether they are about this commit and fresh.
///
/// The time of a file on disk is never trusted: a report has the age that it states itself or that the manifest beside it
/// states for exactly its bytes; of both, the older.
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

  package init(root: String, commit: CommitID?, rules: EvidenceRules, now: Timestamp) {
    self.root = root
    self.commit = commit
    self.rules = rules
    self.now = now
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
    var manifests: [String: Result<EvidenceManifest?, EvidenceFault>] = [:]
    func manifest(of folder: String) -> Result<EvidenceManifest?, EvidenceFault> {
      if let known = manifests[folder] { return known }
      let result: Result<EvidenceManifest?, EvidenceFault>
      do {
        result = .success(
          try EvidenceManifest.read(in: folder.isEmpty ? finder.root : finder.root + "/" + folder, shown: folder))
      } catch {
        result = .failure(error)
      }
      manifests[folder] = result
      return result
    }

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
      found.files.removeAll { EvidenceLocator.split($0).name == EvidenceManifest.fileName }
      found.faults.forEach(add)
      let gone = missing(from: found, glob, manifest)
      gone.forEach(add)
      if found.files.isEmpty, found.faults.isEmpty, gone.isEmpty {
        add(
          EvidenceFault(
            .missing, path: pattern, why: "names no file that is there",
            remedy: "run the step that writes it before the gate, or correct the path in the policy"))
      }
      for path in found.files where known.insert(path).inserted {
        located.append(examine(path, pattern, finder.root, manifest(of: EvidenceLocator.split(path).folder)))
      }
    }
    return located
  }

  /// Reports that a manifest lists, the pattern names, and that are gone: what was collected must not vanish.
  private func missing(
    from found: FileFinder.Found, _ glob: Glob, _ manifest: (String) -> Result<EvidenceManifest?, EvidenceFault>
  ) -> [EvidenceFault] {
    var faults: [EvidenceFault] = []
    for folder in found.folders {
      switch manifest(folder) {
      case .success(let manifest):
        for entry in manifest?.entries ?? [] {
          let path = folder.isEmpty ? entry.file : folder + "/" + entry.file
          if glob.matches(path), !found.files.contains(path), !found.faults.contains(where: { $0.path == path }) {
            faults.append(
              EvidenceFault(
                .missing, path: path, why: "was collected and is gone", remedy: "run `gatehouse collect` for it again"))
          }
        }
      case .failure(let fault):
        // With reports beside it, each of them tells.
        if !found.files.contains(where: { EvidenceLocator.split($0).folder == folder }) { faults.append(fault) }
      }
    }
    return faults
  }

  /// A file that could not be read as a report. Where nothing is in it, a check may still be told by whom it was written
  /// and how that ended.
  private func nothing(
    _ fault: EvidenceFault, _ path: String, _ pattern: String, _ root: String,
    _ manifest: Result<EvidenceManifest?, EvidenceFault>
  ) -> LocatedEvidence {
    var located = LocatedEvidence(pattern: pattern, path: path, root: root, outcome: .failure(fault))
    guard let form = fault.nothing else { return located }
    let digest: (sha256: String, size: Int)
    do {
      digest = try EvidenceReader.digest(root + "/" + path, shown: path)
    } catch {
      return located
    }
    var found: (entry: ManifestEntry?, wasChanged: Bool) = (nil, false)
    var manifestFault: EvidenceFault?
    switch manifest {
    case .success(let manifest):
      let named = manifest?.entry(for: EvidenceLocator.split(path).name)
      found = named?.sha256 == digest.sha256 ? (named, false) : (nil, named != nil)
    case .failure(let fault): manifestFault = fault
    }
    let times = [found.entry?.started ?? found.entry?.finished].compactMap { $0 }
    let age = times.min().map { now - $0 }
    located.reference = EvidenceReference(
      path: path, sha256: digest.sha256, format: nil, commit: found.entry?.commit, age: age.map { max($0, .zero) })
    located.exit = found.entry?.exit
    located.nothing = .init(
      form,
      fault: manifestFault ?? origin(of: path, stated: [], found.entry, found.wasChanged)
        ?? staleness(of: path, times: times, age: age))
    return located
  }

  private func examine(
    _ path: String, _ pattern: String, _ root: String, _ manifest: Result<EvidenceManifest?, EvidenceFault>
  ) -> LocatedEvidence {
    var read: ReadEvidence
    do {
      read = try EvidenceReader.read(root + "/" + path, shown: path)
    } catch {
      return nothing(error, path, pattern, root, manifest)
    }
    if let unmatched = EvidenceLocator.unmatched(read.facts, below: root) { read.warnings.append(unmatched) }
    var entry: ManifestEntry?
    var wasChanged = false
    var manifestFault: EvidenceFault?
    switch manifest {
    case .success(let manifest):
      let named = manifest?.entry(for: EvidenceLocator.split(path).name)
      if let named, named.sha256 == read.sha256 { entry = named } else { wasChanged = named != nil }
    case .failure(let fault): manifestFault = fault
    }
    let times = [read.statedTime, entry?.started ?? entry?.finished].compactMap { $0 }
    let age = times.min().map { now - $0 }
    let reference = EvidenceReference(
      path: path, sha256: read.sha256, format: read.format.rawValue, commit: read.statedCommits.first ?? entry?.commit,
      age: age.map { max($0, .zero) })
    let fault =
      manifestFault ?? origin(of: path, stated: read.statedCommits, entry, wasChanged)
      ?? staleness(of: path, times: times, age: age)
    return LocatedEvidence(
      pattern: pattern, path: path, root: root, outcome: fault.map { .failure($0) } ?? .success(read),
      reference: reference, exit: entry?.exit,
      stamps: rules.bindTo == .none ? [EvidenceLocator.unboundStamp] : [])
  }

  /// Why the report does not belong to the commit; `nil` when it does, or need not.
  private func origin(
    of path: String, stated: [CommitID], _ entry: ManifestEntry?, _ wasChanged: Bool
  ) -> EvidenceFault? {
    guard rules.bindTo == .commit else { return nil }
    func fault(_ kind: EvidenceFault.Kind, _ why: String, _ remedy: String) -> EvidenceFault {
      EvidenceFault(kind, path: path, why: why, remedy: remedy)
    }
    guard let commit else {
      return fault(
        .unbound, "cannot be held against this commit, which is not known",
        "run the gate in a Git checkout with a commit")
    }
    for stated in stated + [entry?.commit].compactMap({ $0 }) where !stated.names(commit) {
      let shown = DisplayText.bounded(stated.isComplete ? stated.short : stated.text, to: 40)
      return fault(.foreign, "is about commit \(shown), not \(commit.short)", "make the report again for this commit")
    }
    if entry?.isClean == false {
      return fault(
        .foreign, "was made with changes that are in no commit", "make the report again from a clean working tree")
    }
    if entry == nil, wasChanged {
      return fault(
        .unbound, "was changed after it was collected", "run `gatehouse collect` as the last step that touches it")
    }
    if entry == nil, stated.isEmpty {
      return fault(
        .unbound, "names no commit, and no manifest beside it does",
        "let `gatehouse collect --command '…' \(path)` run the step that writes it")
    }
    return nil
  }

  private func staleness(of path: String, times: [Timestamp], age: Duration?) -> EvidenceFault? {
    if let latest = times.max(), latest > now + EvidenceLocator.clockTolerance {
      return EvidenceFault(
        .future, path: path, why: "says that it was made at \(latest), which is in the future",
        remedy: "set the clocks of this machine and of the one that made it")
    }
    guard let age else {
      guard rules.bindTo == .commit else { return nil }
      return EvidenceFault(
        .unbound, path: path, why: "does not say when it was made, and no manifest beside it does",
        remedy: "let `gatehouse collect --command '…' \(path)` run the step that writes it")
    }
    guard age > rules.maxAge else { return nil }
    return EvidenceFault(
      .stale, path: path, why: "is \(Figures.age(age)) old, and at most \(Figures.age(rules.maxAge)) is allowed",
      remedy: "make the report again")
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

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}
