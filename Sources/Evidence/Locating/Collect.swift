import Attestations
import Core
import Glibc

/// Runs the command that writes reports, and puts a manifest beside them that says which commit they are about.
///
/// A report that was there before and that the command did not write again is refused: it would pass an old run off as
/// this one.
package enum Collect {
  package struct Request: Sendable {
    /// The policy's folder.
    package var root: String
    /// Globs of the reports, relative to `root`.
    package var patterns: [String]
    /// One `sh -c` command, written into the manifest as it stands: it must not hold a secret.
    package var command: String?
    package var commit: CommitID
    /// Whether the working tree holds nothing but the commit; `nil` when nobody looked.
    package var isClean: Bool?
    /// The program and its version, for the manifest.
    package var tool: String
    /// Signs what was collected; without one the manifest alone says it.
    package var signer: EnvelopeSigner?

    package init(
      root: String, patterns: [String], command: String?, commit: CommitID, isClean: Bool?, tool: String = "gatehouse",
      signer: EnvelopeSigner? = nil
    ) {
      self.root = root
      self.patterns = patterns
      self.command = command
      self.commit = commit
      self.isClean = isClean
      self.tool = tool
      self.signer = signer
    }
  }

  package struct Collected: Hashable, Sendable {
    /// Relative to the policy's folder.
    package var path: String
    package var entry: ManifestEntry
    /// The format, where this version reads it.
    package var format: EvidenceFormat?
  }

  package struct Outcome: Sendable {
    /// What the command exited with; `nil` when none was run.
    package var exit: Int?
    package var files: [Collected]
    /// Things that a person should know, such as a report of a format that this version does not read.
    package var warnings: [String]
  }

  private struct Fingerprint: Equatable {
    var device: UInt
    var file: UInt
    var size: Int
    var changed: [Int]
  }

  /// - Parameter execute: runs a `sh -c` command in `root` to its end and gives its exit status.
  package static func run(
    _ request: Request, timing: any Timing, execute: (String) async throws(Problem) -> Int32
  ) async throws(Problem) -> Outcome {
    guard request.commit.isComplete else {
      throw Problem(
        "collect.no-commit", "the commit is not given as a full object name", why: "`\(request.commit.short)` is short",
        remedy: "give all 40 or 64 digits, or run in a Git checkout")
    }
    let before = try fingerprints(request)
    let started = timing.now()
    var exit: Int?
    if let command = request.command { exit = Int(try await execute(command)) }
    let finished = timing.now()

    let after = try fingerprints(request)
    guard !after.isEmpty else {
      throw Problem(
        "collect.missing", "there is no report to collect", place: request.patterns.joined(separator: ", "),
        why: exit.map { "the command ended with exit \($0) and wrote none" } ?? "nothing matches",
        remedy: "see what the command writes, and name that")
    }
    var folders: [String: [ManifestEntry]] = [:]
    var outcome = Outcome(exit: exit, files: [], warnings: [])
    for (path, print) in after.sorted(by: { $0.key < $1.key }) {
      if request.command != nil, before[path] == print {
        throw Problem(
          "collect.stale", "the report is from before", place: path, why: "the command did not write it",
          remedy: "remove old reports before the command, or name only those that it writes")
      }
      let (digest, format) = try examine(path, request.root, &outcome.warnings)
      let slash = path.lastIndex(of: "/")
      let entry = ManifestEntry(
        file: slash.map { String(path[path.index(after: $0)...]) } ?? path, sha256: digest.sha256, size: digest.size,
        commit: request.commit, command: request.command, exit: exit,
        started: request.command == nil ? nil : started, finished: finished, isClean: request.isClean,
        tool: request.tool)
      folders[slash.map { String(path[..<$0]) } ?? "", default: []].append(entry)
      outcome.files.append(Collected(path: path, entry: entry, format: format))
    }
    for (folder, entries) in folders.sorted(by: { $0.key < $1.key }) {
      outcome.warnings += try EvidenceManifest.add(
        entries, in: folder.isEmpty ? request.root : request.root + "/" + folder, shown: folder.isEmpty ? "." : folder,
        signer: request.signer)
    }
    return outcome
  }

  private static func examine(
    _ path: String, _ root: String, _ warnings: inout [String]
  ) throws(Problem) -> (digest: (sha256: String, size: Int), format: EvidenceFormat?) {
    do {
      let read = try EvidenceReader.read(root + "/" + path, shown: path)
      return ((read.sha256, read.size), read.format)
    } catch {
      // Still collected: another version may read it, and what is wrong with it is the check's to say.
      warnings.append(error.description)
    }
    do {
      return (try EvidenceReader.digest(root + "/" + path, shown: path), nil)
    } catch {
      throw error.problem
    }
  }

  private static func fingerprints(_ request: Request) throws(Problem) -> [String: Fingerprint] {
    var prints: [String: Fingerprint] = [:]
    do throws(EvidenceFault) {
      let finder = try FileFinder(root: request.root)
      for pattern in request.patterns {
        let found = finder.find(try glob(pattern))
        if let fault = found.faults.first { throw fault }
        for path in found.files where !EvidenceManifest.isOwn(path) {
          var status = stat()
          guard stat(finder.root + "/" + path, &status) == 0 else { continue }
          prints[path] = Fingerprint(
            device: UInt(status.st_dev), file: UInt(status.st_ino), size: Int(status.st_size),
            changed: [
              Int(status.st_mtim.tv_sec), Int(status.st_mtim.tv_nsec), Int(status.st_ctim.tv_sec),
              Int(status.st_ctim.tv_nsec),
            ])
        }
      }
    } catch {
      throw error.problem
    }
    return prints
  }

  private static func glob(_ pattern: String) throws(EvidenceFault) -> Glob {
    do {
      return try Glob(pattern)
    } catch {
      throw EvidenceFault(
        .unreadable, path: pattern, why: "is no pattern for files: \(error)", remedy: "correct the pattern")
    }
  }
}
