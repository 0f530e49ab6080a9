import Core
import Dispatch
import Glibc
import OpenSSL

/// A file that is read whole, with what says that it belongs to the commit and is fresh.
package struct SavedFile: Hashable, Sendable {
  /// Relative to the policy's folder.
  package var path: String
  package var bytes: [UInt8]
  package var sha256: String
  /// Since it was made, as the manifest says; `nil` without one.
  package var age: Duration?
  /// Lines that must be stamped on every verdict that stands on it.
  package var stamps: [String]
}

extension EvidenceLocator {
  /// The one file that the patterns name, which says itself what it is about and only its manifest says when it was made:
  /// a saved answer. Held to the same rules as a report; see ``locate(_:)``.
  package func savedFile(_ patterns: [String], atMost limit: Int) async throws(EvidenceFault) -> SavedFile {
    let result: Result<SavedFile, EvidenceFault> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        continuation.resume(returning: Result { () throws(EvidenceFault) in try find(patterns, atMost: limit) })
      }
    }
    return try result.get()
  }

  private func find(_ patterns: [String], atMost limit: Int) throws(EvidenceFault) -> SavedFile {
    let shown = patterns.joined(separator: ", ")
    let finder = try FileFinder(root: root)
    var neighbours = neighbours(below: finder.root)
    var files: [String] = []
    for pattern in patterns {
      let glob: Glob
      do { glob = try Glob(pattern) } catch {
        throw EvidenceFault(
          .unreadable, path: pattern, why: "is no pattern for files: \(error)", remedy: "correct the policy")
      }
      let found = finder.find(glob)
      if let fault = found.faults.first { throw fault }
      for file in found.files where !files.contains(file) && neighbours.mayBeReport(file) {
        files.append(file)
      }
    }
    guard let path = files.first else {
      throw EvidenceFault(
        .missing, path: shown, why: "names no file that is there",
        remedy: "run the step that writes it before the gate, or correct the path in the policy")
    }
    guard files.count == 1 else {
      throw EvidenceFault(
        .unfitting, path: shown, why: "names \(files.count) files, where one is needed", remedy: "name the one file")
    }
    let bytes = try read(finder.root + "/" + path, path, limit)
    let sha256 = Digest.hex(Digest.sha256(bytes))
    let vouching = neighbours.vouching(for: path, sha256: sha256)
    if let fault = vouching.fault { throw fault }
    var best: Result<(age: Duration?, signer: String?), EvidenceFault>?
    for voice in vouching.voices.isEmpty ? [nil] : vouching.voices.map(Optional.some) {
      do throws(EvidenceFault) {
        let age = try age(path, voice, vouching)
        if case .success(let known) = best, (known.age ?? .zero) <= (age ?? .zero) { continue }
        best = .success((age, voice?.binding.signer))
      } catch {
        if best == nil { best = .failure(error) }
      }
    }
    let heard = try best?.get()
    let signed = heard?.signer.map { ["bound to the commit by the signature of \($0)"] } ?? []
    return SavedFile(
      path: path, bytes: bytes, sha256: sha256, age: heard?.age,
      stamps: (rules.bindTo == .none ? [EvidenceLocator.unboundStamp] : []) + signed + neighbours.notes(for: path))
  }

  /// How old the file is by that voice, where it belongs to the commit and is fresh by it.
  private func age(
    _ path: String, _ voice: Vouching.Voice?, _ vouching: Vouching
  ) throws(EvidenceFault) -> Duration? {
    if rules.bindTo == .commit { try mustBelong(path, voice, vouching) }
    guard let made = voice?.made else {
      guard rules.bindTo == .commit else { return nil }
      throw EvidenceFault(
        .unbound, path: path, why: "does not say when it was made, and nothing that vouches for it does",
        remedy: "let `gatehouse collect --command '…' \(path)` run the step that writes it")
    }
    if made > now + EvidenceLocator.clockTolerance {
      throw EvidenceFault(
        .future, path: path, why: "says that it was made at \(made), which is in the future",
        remedy: "set the clocks of this machine and of the one that made it")
    }
    let age = max(now - made, .zero)
    if age > rules.maxAge {
      throw EvidenceFault(
        .stale, path: path, why: "is \(Figures.age(age)) old, and at most \(Figures.age(rules.maxAge)) is allowed",
        remedy: "save it again")
    }
    return age
  }

  private func mustBelong(
    _ path: String, _ voice: Vouching.Voice?, _ vouching: Vouching
  ) throws(EvidenceFault) {
    func fault(_ kind: EvidenceFault.Kind, _ why: String, _ remedy: String) -> EvidenceFault {
      EvidenceFault(kind, path: path, why: why, remedy: remedy)
    }
    guard let commit else {
      throw fault(
        .unbound, "cannot be held against this commit, which is not known",
        "run the gate in a Git checkout with a commit")
    }
    guard let voice else {
      if vouching.wasChanged {
        throw fault(
          .unbound, "was changed after it was collected", "run `gatehouse collect` as the last step that touches it")
      }
      if let inVain = vouching.inVain {
        throw fault(
          .unbound, "is bound by no signature of a signer: \(inVain)",
          "let `gatehouse collect` sign it (evidence: sign-with) with a key of evidence: signers")
      }
      throw fault(
        .unbound, "does not say when it was made, and no manifest beside it does",
        "let `gatehouse collect --command '…' \(path)` run the step that writes it")
    }
    guard voice.commits.contains(where: { $0.names(commit) }) else {
      throw fault(
        .foreign, "was saved for commit \(voice.commits.first?.short ?? "that nobody names"), not \(commit.short)",
        "save it again for this commit")
    }
    guard voice.isClean != false else {
      throw fault(
        .foreign, "was saved from a working tree with changes that are in no commit", "save it again from a clean one")
    }
    if let exit = voice.exit, exit != 0 {
      throw fault(
        .unreadable, "was written by a command that ended with exit \(exit)", "see why it failed, and run it again")
    }
  }

  private func read(_ path: String, _ shown: String, _ limit: Int) throws(EvidenceFault) -> [UInt8] {
    let bytes: [UInt8]
    do throws(EvidenceFault) {
      bytes = try EvidenceFile.contents(of: path, shown: shown, atMost: limit)
    } catch {
      throw error.kind == .missing
        ? error : EvidenceFault(error.kind, path: shown, why: error.why, remedy: "save it again")
    }
    guard !bytes.isEmpty else {
      throw EvidenceFault(.empty, path: shown, why: "is empty", remedy: "see why nothing was saved, and save it again")
    }
    return bytes
  }
}
