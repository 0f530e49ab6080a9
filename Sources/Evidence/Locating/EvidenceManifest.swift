import Core
import FoundationEssentials
import Glibc
import JSONText

/// What `gatehouse collect` wrote down of one report: how a report that names no commit belongs to one and has an age.
package struct ManifestEntry: Hashable, Sendable {
  /// The file's name in the manifest's folder.
  package var file: String
  package var sha256: String
  /// In bytes.
  package var size: Int
  package var commit: CommitID
  /// The command that wrote the report, when `collect` ran it.
  package var command: String?
  /// What the command exited with.
  package var exit: Int?
  package var started: Timestamp?
  /// When the command ended; when the report was collected, if no command was run.
  package var finished: Timestamp
  /// Whether the working tree held nothing but the commit; `nil` when nobody looked.
  package var isClean: Bool?
  /// Who wrote the entry, with its version.
  package var tool: String

  package init(
    file: String, sha256: String, size: Int, commit: CommitID, command: String? = nil, exit: Int? = nil,
    started: Timestamp? = nil, finished: Timestamp, isClean: Bool? = nil, tool: String = "gatehouse"
  ) {
    self.file = file
    self.sha256 = sha256
    self.size = size
    self.commit = commit
    self.command = command
    self.exit = exit
    self.started = started
    self.finished = finished
    self.isClean = isClean
    self.tool = tool
  }

  package var json: JSON {
    .dictionary([
      ("file", .string(file)), ("sha256", .string(sha256)), ("size", .integer(Int64(size))),
      ("commit", .string(commit.text)), ("command", command.map { .string($0) }),
      ("exit", exit.map { .integer(Int64($0)) }), ("started", started.map { .string($0.description) }),
      ("finished", .string(finished.description)), ("clean", isClean.map { .bool($0) }), ("tool", .string(tool)),
    ])
  }

  /// `nil` when a member is missing or of the wrong kind, or the name leads elsewhere.
  package init?(json: JSON) {
    guard let file = json["file"]?.string, !file.isEmpty, !file.contains("/"), file != "..",
      let sha256 = json["sha256"]?.string, sha256.utf8.count == 64, sha256.utf8.allSatisfy(\.isHexadecimalDigit),
      let size = json["size"]?.integer.flatMap({ Int(exactly: $0) }),
      let commit = json["commit"]?.string.map({ CommitID($0) }), commit.isComplete,
      let finished = json["finished"]?.string.flatMap({ Timestamp($0) })
    else { return nil }
    self.init(
      file: file, sha256: sha256.lowercased(), size: size, commit: commit, command: json["command"]?.string,
      exit: json["exit"]?.integer.flatMap { Int(exactly: $0) },
      started: json["started"]?.string.flatMap { Timestamp($0) }, finished: finished, isClean: json["clean"]?.bool,
      tool: json["tool"]?.string ?? "")
  }
}

/// The manifest `gatehouse-evidence.json` in a folder of reports.
package struct EvidenceManifest: Hashable, Sendable {
  package static let fileName = "gatehouse-evidence.json"
  package static let schema = "gatehouse.evidence/v1"
  private static let largest = 16 << 20

  /// Sorted by file.
  package var entries: [ManifestEntry]

  package init(entries: [ManifestEntry] = []) {
    self.entries = entries.sorted { $0.file < $1.file }
  }

  package func entry(for file: String) -> ManifestEntry? { entries.first { $0.file == file } }

  package var json: JSON {
    ["schema": .string(EvidenceManifest.schema), "files": .array(entries.map(\.json))]
  }

  /// The manifest of a folder; `nil` when there is none. One that cannot be read is an error, never none.
  ///
  /// - Parameter shown: how messages name the folder.
  package static func read(in folder: String, shown: String) throws(EvidenceFault) -> EvidenceManifest? {
    let path = folder + "/" + fileName
    let name = shown.isEmpty ? fileName : shown + "/" + fileName
    var bytes: [UInt8] = []
    do {
      let file = try EvidenceFile.opening(path, shown: name)
      try file.forEachPiece { (piece) throws(ReadingFault) in
        bytes.append(contentsOf: piece)
        if bytes.count > largest { throw ReadingFault(why: "is larger than 16 MB") }
      }
    } catch let fault as EvidenceFault {
      if fault.kind == .missing { return nil }
      throw unreadable(name, fault.why)
    } catch let fault as ReadingFault {
      throw unreadable(name, fault.why)
    } catch {
      throw unreadable(name, "cannot be read")
    }
    return try read(bytes, shown: name)
  }

  private static func unreadable(_ name: String, _ why: String, line: Int? = nil, column: Int? = nil) -> EvidenceFault {
    EvidenceFault(
      .unreadable, path: name, line: line, column: column, why: why,
      remedy: "remove it and run `gatehouse collect` again")
  }

  /// - Parameter name: how messages name the file.
  package static func read(_ bytes: [UInt8], shown name: String) throws(EvidenceFault) -> EvidenceManifest {
    func unreadable(_ why: String, line: Int? = nil, column: Int? = nil) -> EvidenceFault {
      EvidenceManifest.unreadable(name, why, line: line, column: column)
    }
    let json: JSON
    do {
      json = try JSON(parsing: bytes)
    } catch {
      throw unreadable("is no readable JSON: \(error.message)", line: error.line, column: error.column)
    }
    guard json["schema"]?.string == schema, let files = json["files"]?.array else {
      throw unreadable("is no manifest of the form \(schema)")
    }
    var entries: [ManifestEntry] = []
    var names: Set<String> = []
    for (index, file) in files.enumerated() {
      guard let entry = ManifestEntry(json: file) else {
        throw unreadable("has an unreadable entry (number \(index + 1))")
      }
      guard names.insert(entry.file).inserted else { throw unreadable("has two entries for one file") }
      entries.append(entry)
    }
    return EvidenceManifest(entries: entries)
  }

  /// Puts entries into the folder's manifest, replacing those of the same files and dropping those of other commits.
  ///
  /// Written beside and renamed, under a lock on the folder, so that readers and other writers see one whole manifest.
  package static func add(_ new: [ManifestEntry], in folder: String, shown: String) throws(Problem) {
    func failed(_ why: String) -> Problem {
      Problem(
        "collect.cannot-write", "the manifest could not be written", place: shown + "/" + fileName, why: why,
        remedy: "let the gate's user write in that folder")
    }
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
    let replaced = Set(new.map(\.file))
    let commits = Set(new.map(\.commit))
    let kept = (known?.entries ?? []).filter { !replaced.contains($0.file) && commits.contains($0.commit) }
    let text = EvidenceManifest(entries: kept + new).json.text(.indented) + "\n"

    let temporary = folder + "/." + fileName + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o644)
    guard descriptor >= 0 else { throw failed(String(cString: strerror(errno))) }
    var isWritten = write(Array(text.utf8), to: descriptor) && fsync(descriptor) == 0
    var code = errno
    close(descriptor)
    if isWritten {
      isWritten = rename(temporary, folder + "/" + fileName) == 0 && fsync(lock) == 0
      code = errno
    }
    guard isWritten else {
      unlink(temporary)
      throw failed(String(cString: strerror(code)))
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
