import Core

/// What speaks for the bytes of one file.
struct Vouching: Sendable {
  /// One that says where they come from.
  struct Voice: Sendable {
    var commits: [CommitID]
    var made: Timestamp?
    var exit: Int?
    var isClean: Bool?
    var binding: EvidenceBinding
    /// The file that says it.
    var place: String
  }

  /// Each alone may bind the file.
  var voices: [Voice] = []
  /// Whether the file is spoken for with other bytes.
  var wasChanged = false
  /// Why nobody can tell.
  var fault: EvidenceFault?
  /// Why there is no voice, where one is needed: no more than a few words.
  var inVain: String?
}

/// What lies beside reports and speaks for them; each folder is read once.
///
/// Where the policy names signers only what they signed speaks: neither the manifest nor a report itself does, since whoever
/// writes into the folder writes those.
struct Neighbours {
  let root: String
  let commit: CommitID?
  let trust: EvidenceTrust
  let mustBeSigned: Bool
  private var manifests: [String: Result<EvidenceManifest?, EvidenceFault>] = [:]
  private var shelves: [String: AttestationShelf] = [:]

  /// - Parameter root: absolute, links resolved.
  init(root: String, commit: CommitID?, trust: EvidenceTrust, mustBeSigned: Bool) {
    self.root = root
    self.commit = commit
    self.trust = trust
    self.mustBeSigned = mustBeSigned
  }

  /// Whether a file that a pattern names may be a report: neither a manifest nor an attestation is one.
  func mayBeReport(_ path: String) -> Bool {
    !EvidenceManifest.isOwn(path) && !trust.shelf.sources.contains(path)
  }

  mutating func vouching(for path: String, sha256: String) -> Vouching {
    mustBeSigned ? signed(path, sha256) : listed(path, sha256)
  }

  /// Reports that a manifest lists, the pattern names, and that are gone: what was collected must not vanish.
  mutating func gone(_ found: FileFinder.Found, _ glob: Glob) -> [EvidenceFault] {
    var faults: [EvidenceFault] = []
    let there = Set(found.files)
    var told = Set(found.faults.map(\.path))
    func isGone(_ path: String) -> Bool { !there.contains(path) && !told.contains(path) && glob.matches(path) }
    func add(_ path: String) {
      told.insert(path)
      faults.append(
        EvidenceFault(
          .missing, path: path, why: "was collected and is gone", remedy: "run `gatehouse collect` for it again"))
    }
    if mustBeSigned {
      for shelf in [trust.shelf] + found.folders.map({ shelf(of: $0) }) {
        for path in shelf.paths where isGone(path) {
          if shelf.files(at: path).contains(where: { $0.commits.contains { $0 == commit } }) { add(path) }
        }
      }
      return faults
    }
    for folder in found.folders {
      switch manifest(of: folder) {
      case .success(let manifest):
        for entry in manifest?.entries ?? [] {
          let path = EvidencePath.joined(folder, entry.file)
          if isGone(path) { add(path) }
        }
      case .failure(let fault):
        // With reports beside it, each of them tells.
        if !found.files.contains(where: { EvidencePath.split($0).folder == folder }) { faults.append(fault) }
      }
    }
    return faults
  }

  /// Lines for every verdict that stands on a file of that folder.
  mutating func notes(for path: String) -> [String] {
    guard mustBeSigned else { return [] }
    return trust.faults.map { "signs for nothing: \($0)" } + trust.notes
      + [trust.shelf.shownRejects, shelf(of: EvidencePath.split(path).folder).shownRejects].compactMap { $0 }
  }

  // MARK: The manifest

  private mutating func listed(_ path: String, _ sha256: String) -> Vouching {
    let (folder, name) = EvidencePath.split(path)
    var vouching = Vouching()
    switch manifest(of: folder) {
    case .failure(let fault): vouching.fault = fault
    case .success(let manifest):
      guard let entry = manifest?.entry(for: name) else { break }
      vouching.wasChanged = entry.sha256 != sha256
      guard !vouching.wasChanged else { break }
      vouching.voices = [
        Vouching.Voice(
          commits: [entry.commit], made: entry.started ?? entry.finished, exit: entry.exit, isClean: entry.isClean,
          binding: EvidenceBinding(.manifest), place: EvidencePath.joined(folder, EvidenceManifest.fileName))
      ]
    }
    return vouching
  }

  private mutating func manifest(of folder: String) -> Result<EvidenceManifest?, EvidenceFault> {
    if let known = manifests[folder] { return known }
    let result: Result<EvidenceManifest?, EvidenceFault>
    do {
      result = .success(try EvidenceManifest.read(in: EvidencePath.joined(root, folder), shown: folder))
    } catch {
      result = .failure(error)
    }
    manifests[folder] = result
    return result
  }

  // MARK: Signatures

  private mutating func signed(_ path: String, _ sha256: String) -> Vouching {
    let beside = shelf(of: EvidencePath.split(path).folder)
    let files = beside.files(sha256: sha256, path: path) + trust.shelf.files(sha256: sha256, path: path)
    var vouching = Vouching()
    vouching.voices = files.map { file in
      Vouching.Voice(
        commits: file.commits, made: file.made, exit: file.exit, isClean: file.isClean,
        binding: EvidenceBinding(file.way, signer: file.signer), place: file.place)
    }
    guard files.isEmpty else { return vouching }
    vouching.wasChanged = !(beside.files(at: path) + trust.shelf.files(at: path)).isEmpty
    vouching.inVain = inVain(beside)
    return vouching
  }

  private func inVain(_ beside: AttestationShelf) -> String {
    if trust.signers.isEmpty, let fault = trust.faults.first { return "no signer's key can be used: \(fault)" }
    for shelf in [beside, trust.shelf] { if let rejects = shelf.shownRejects { return rejects } }
    let count = beside.statements + trust.shelf.statements
    return count == 0
      ? "there is no attestation by a signer" : "\(Figures.counted(count, "attestation")) by signers named other files"
  }

  private mutating func shelf(of folder: String) -> AttestationShelf {
    if let known = shelves[folder] { return known }
    var shelf = AttestationShelf()
    shelf.read(EvidencePath.joined(folder, CollectedStatement.fileName), below: root, trusting: trust.signers)
    shelves[folder] = shelf
    return shelf
  }
}
