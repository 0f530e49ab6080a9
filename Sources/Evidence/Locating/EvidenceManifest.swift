import Core
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
    .dictionary([("file", .string(file)), ("sha256", .string(sha256))] + circumstances)
  }

  /// Everything beyond which file it is, in the order in which it is written.
  var circumstances: [(String, JSON?)] {
    [
      ("size", .integer(Int64(size))), ("commit", .string(commit.text)), ("command", command.map { .string($0) }),
      ("exit", exit.map { .integer(Int64($0)) }), ("started", started.map { .string($0.description) }),
      ("finished", .string(finished.description)), ("clean", isClean.map { .bool($0) }), ("tool", .string(tool)),
    ]
  }

  package init?(json: JSON) {
    self.init(file: json["file"]?.string ?? "", sha256: json["sha256"]?.string ?? "", circumstances: json)
  }

  /// `nil` when a member is missing or of the wrong kind, or the name leads elsewhere.
  init?(file: String, sha256: String, circumstances json: JSON) {
    guard !file.isEmpty, !file.contains("/"), file != "..", sha256.utf8.count == 64,
      sha256.utf8.allSatisfy(\.isHexadecimalDigit), let size = json["size"]?.integer.flatMap({ Int(exactly: $0) }),
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

  /// Whether a file is a manifest, or what is signed beside one: they are no reports, even where a pattern is as wide as
  /// that.
  package static func isOwn(_ path: String) -> Bool {
    [fileName, CollectedStatement.fileName].contains(EvidencePath.split(path).name)
  }

  package func entry(for file: String) -> ManifestEntry? { entries.first { $0.file == file } }

  package var json: JSON {
    ["schema": .string(EvidenceManifest.schema), "files": .array(entries.map(\.json))]
  }

  /// The manifest of a folder; `nil` when there is none. One that cannot be read is an error, never none.
  ///
  /// - Parameter shown: how messages name the folder.
  package static func read(in folder: String, shown: String) throws(EvidenceFault) -> EvidenceManifest? {
    let name = EvidencePath.joined(shown, fileName)
    let bytes: [UInt8]
    do throws(EvidenceFault) {
      bytes = try EvidenceFile.contents(of: folder + "/" + fileName, shown: name, atMost: largest)
    } catch {
      if error.kind == .missing { return nil }
      throw unreadable(name, error.why)
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
}
