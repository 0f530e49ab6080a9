/// Bytes in a place, as they were written: compressed, and perhaps encrypted.
struct StoredArtefact: Hashable, Sendable {
  var name: String
  var stored: StoredDump
  /// Whom they are encrypted to; nobody when they are not.
  var keys: [RecipientKey]
}

extension SnapshotManifest {
  var artefact: StoredArtefact {
    StoredArtefact(
      name: artefactName,
      stored: StoredDump(bytes: storedBytes, sha256: storedSHA256, dumpBytes: dumpBytes, dumpSHA256: dumpSHA256),
      keys: keys)
  }
}
