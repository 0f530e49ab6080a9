import Attestations
import Core
import Glibc

extension EvidenceManifest {
  /// Puts entries into the folder's manifest, replacing those of the same files and dropping those of other commits; and
  /// signs what is known of the folder's files, when there is somebody to sign.
  ///
  /// Each file is written beside and renamed, under a lock on the folder, so that readers and other writers see it whole.
  /// Between the two a kill leaves the statement of before, which speaks for no byte that was written since.
  ///
  /// - Parameter shown: the folder relative to the policy's, and how messages name it.
  /// - Returns: what a person should know.
  @discardableResult
  package static func add(
    _ new: [ManifestEntry], in folder: String, shown: String, signer: EnvelopeSigner? = nil
  ) throws(Problem) -> [String] {
    func failed(_ why: String) -> Problem { unwritable(shown, fileName, why) }
    let lock = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0 else { throw failed(String(cString: strerror(errno))) }
    defer { close(lock) }
    guard flock(lock, LOCK_EX) == 0 else { throw failed(String(cString: strerror(errno))) }
    let known: EvidenceManifest?
    do {
      known = try read(in: folder, shown: shown)
    } catch {
      throw error.problem
    }
    let all = joined(known?.entries ?? [], new)
    try write(EvidenceManifest(entries: all).json.text(.indented) + "\n", as: fileName, in: folder, shown, lock: lock)
    guard let signer else { return [] }
    var warnings: [String] = []
    let before = statement(in: folder, shown, by: signer, &warnings)
    let statement = CollectedStatement(folder: shown == "." ? "" : shown, entries: joined(before, new)).statement
    guard let envelope = statement.signed(by: signer) else { throw failed("OpenSSL made no signature") }
    try write(envelope.json.text(.compact) + "\n", as: CollectedStatement.fileName, in: folder, shown, lock: lock)
    return warnings
  }

  private static func joined(_ known: [ManifestEntry], _ new: [ManifestEntry]) -> [ManifestEntry] {
    let replaced = Set(new.map(\.file))
    let commits = Set(new.map(\.commit))
    return known.filter { !replaced.contains($0.file) && commits.contains($0.commit) } + new
  }

  /// The entries that the same key has signed before in this folder. Those of the manifest are not signed for: anybody may
  /// have written them.
  private static func statement(
    in folder: String, _ shown: String, by signer: EnvelopeSigner, _ warnings: inout [String]
  ) -> [ManifestEntry] {
    let name = EvidencePath.joined(shown == "." ? "" : shown, CollectedStatement.fileName)
    func dropped(_ why: String) -> [ManifestEntry] {
      warnings.append("\(name) \(why): what it said of other files is dropped")
      return []
    }
    let bytes: [UInt8]
    do throws(EvidenceFault) {
      bytes = try EvidenceFile.contents(
        of: folder + "/" + CollectedStatement.fileName, shown: name, atMost: EnvelopeFile.largest)
    } catch {
      return error.kind == .missing ? [] : dropped(error.why)
    }
    do throws(EnvelopeFault) {
      let entries = try EnvelopeFile(bytes).entries
      guard let entry = entries.first, entries.count == 1 else { return dropped("holds more than one envelope") }
      let collected = try CollectedStatement(try entry.statement(by: signer.publicKey))
      guard collected.folder == (shown == "." ? "" : shown) else { return dropped("is about another folder") }
      return collected.entries
    } catch {
      return dropped(error.kind == .untrusted ? "is signed by another key" : error.why)
    }
  }

  // MARK: Files

  private static func unwritable(_ shown: String, _ name: String, _ why: String) -> Problem {
    Problem(
      "collect.cannot-write", "the manifest could not be written", place: shown + "/" + name, why: why,
      remedy: "let the gate's user write in that folder")
  }

  /// - Parameter lock: a descriptor of the folder.
  private static func write(
    _ text: String, as name: String, in folder: String, _ shown: String, lock: Int32
  ) throws(Problem) {
    let temporary = folder + "/." + name + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw unwritable(shown, name, String(cString: strerror(errno))) }
    var isWritten = write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
    var code = errno
    close(descriptor)
    if isWritten {
      isWritten = rename(temporary, folder + "/" + name) == 0 && fsync(lock) == 0
      code = errno
    }
    guard isWritten else {
      unlink(temporary)
      throw unwritable(shown, name, String(cString: strerror(code)))
    }
  }

  private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    bytes.withUnsafeBytes { raw in
      var rest = raw[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { return false }
        rest = rest.dropFirst(count)
      }
      return true
    }
  }
}
