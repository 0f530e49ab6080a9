import Attestations
import Core

/// What `gatehouse collect` signs of the reports in one folder: an in-toto statement about them, with what the manifest's
/// entries hold, in the same order, as its predicate.
///
/// ```json
/// { "files": [{ "size": 48213, "commit": "3f9c…", "command": "bun test", "exit": 0, "started": "…", "finished": "…", "clean": true, "tool": "…" }] }
/// ```
package struct CollectedStatement: Hashable, Sendable {
  package static let predicateType = "https://gatehouse.dev/attestation/evidence/v1"
  /// Beside the manifest.
  package static let fileName = "gatehouse-evidence.intoto.json"

  /// The folder of all of its files, relative to the policy's; `""` is that itself.
  package var folder: String
  /// Sorted by file.
  package var entries: [ManifestEntry]

  package init(folder: String, entries: [ManifestEntry]) {
    self.folder = folder
    self.entries = entries.sorted { $0.file < $1.file }
  }

  /// - Throws: a fault of the kind `unfitting` when the predicate and the subjects are not one for one.
  package init(_ statement: InTotoStatement) throws(EnvelopeFault) {
    guard statement.predicateType == CollectedStatement.predicateType,
      let files = statement.predicate["files"]?.array, files.count == statement.subjects.count
    else { throw EnvelopeFault(.unfitting, "holds no statement of gatehouse collect") }
    var entries: [ManifestEntry] = []
    var folders: Set<String> = []
    for (subject, file) in zip(statement.subjects, files) {
      let (folder, name) = EvidencePath.split(subject.name)
      guard EvidencePath.isInside(subject.name),
        let entry = ManifestEntry(file: name, sha256: subject.digests["sha256"] ?? "", circumstances: file)
      else { throw EnvelopeFault(.unfitting, "holds an entry of gatehouse collect that cannot be read") }
      folders.insert(folder)
      entries.append(entry)
    }
    guard let folder = folders.first, folders.count == 1, Set(entries.map(\.file)).count == entries.count else {
      throw EnvelopeFault(.unfitting, "holds a statement of gatehouse collect about several folders, or one file twice")
    }
    self.init(folder: folder, entries: entries)
  }

  package var statement: InTotoStatement {
    InTotoStatement(
      subjects: entries.map { .init(name: path(of: $0), digests: ["sha256": $0.sha256]) },
      predicateType: CollectedStatement.predicateType,
      predicate: ["files": .array(entries.map { .dictionary($0.circumstances) })])
  }

  func path(of entry: ManifestEntry) -> String { EvidencePath.joined(folder, entry.file) }
}

/// Paths relative to the policy's folder.
enum EvidencePath {
  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }

  static func joined(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : folder + "/" + name }

  /// Whether it is written as the search for files writes one: no empty part, none that leads up or nowhere.
  static func isInside(_ path: String) -> Bool {
    path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !["", ".", ".."].contains($0) }
  }
}
