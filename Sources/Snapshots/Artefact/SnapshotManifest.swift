import Core

/// What a snapshot is, written beside its bytes when, and only when, it is complete.
package struct SnapshotManifest: Hashable, Sendable {
  /// The format of the files: bytes of `pg_dump --format=custom`, compressed into one zstd frame with a checksum, and then
  /// perhaps encrypted as an age file.
  package static let schema = "gatehouse.snapshot/v1"
  /// A pebibyte: no dump is larger, and sums of such numbers fit.
  private static let largest: Int64 = 1 << 50

  /// Sorts by the time it was made.
  package var id: String
  package var createdAt: Timestamp
  /// Where the database was reached, without user or password.
  package var place: String
  /// The version of `pg_dump` that wrote it, such as `15.20`.
  package var dumpVersion: String
  /// Whom the bytes are encrypted to; nobody when they are not.
  package var keys: [RecipientKey] = []
  /// Bytes as stored, and their SHA-256 in hexadecimal.
  package var storedBytes: Int64
  package var storedSHA256: String
  /// Bytes before compression, and their SHA-256.
  package var dumpBytes: Int64
  package var dumpSHA256: String
  /// The server's write-ahead log position when the snapshot was taken; `nil` on a server that did not tell.
  package var position: String?
  package var took: Duration
  package var description: DatabaseDescription
  /// Of one from before it was written down: of a person, which is kept longest.
  package var purpose: SnapshotPurpose = .person

  package static func artefactName(_ id: String, encrypted: Bool) -> String {
    id + (encrypted ? ".dump.zst.age" : ".dump.zst")
  }

  package var isEncrypted: Bool { !keys.isEmpty }
  /// `age1…`.
  package var recipients: [String] { keys.map(\.recipient) }
  package var artefactName: String { Self.artefactName(id, encrypted: isEncrypted) }
  package var manifestName: String { id + ".json" }
  package var verificationName: String { id + ".verified.json" }
  package var signatureName: String { id + ".intoto.jsonl" }

  package var json: JSON {
    .dictionary([
      ("schema", .string(Self.schema)), ("id", .string(id)), ("createdAt", .string(createdAt.description)),
      ("purpose", .string(purpose.rawValue)),
      ("place", .string(place)), ("position", position.map { .string($0) }),
      ("tool", .dictionary([("name", "pg_dump"), ("version", .string(dumpVersion))])),
      (
        "artefact",
        .dictionary([
          ("file", .string(artefactName)), ("encoding", isEncrypted ? "zstd+age" : "zstd"),
          ("format", "pg_dump-custom"),
          ("recipients", isEncrypted ? .strings(recipients) : nil), ("keys", keys.json),
          ("bytes", .integer(storedBytes)), ("sha256", .string(storedSHA256)), ("dumpBytes", .integer(dumpBytes)),
          ("dumpSha256", .string(dumpSHA256)),
        ])
      ),
      ("tookMilliseconds", .integer(took.milliseconds)), ("database", description.json),
    ])
  }

  package init(
    id: String, createdAt: Timestamp, place: String, dumpVersion: String, keys: [RecipientKey] = [],
    storedBytes: Int64, storedSHA256: String, dumpBytes: Int64, dumpSHA256: String, position: String?, took: Duration,
    description: DatabaseDescription
  ) {
    self.id = id
    self.createdAt = createdAt
    self.place = place
    self.dumpVersion = dumpVersion
    self.keys = keys
    self.storedBytes = storedBytes
    self.storedSHA256 = storedSHA256
    self.dumpBytes = dumpBytes
    self.dumpSHA256 = dumpSHA256
    self.position = position
    self.took = took
    self.description = description
  }

  init(
    id: String, createdAt: Timestamp, place: String, dumpVersion: String, keys: [RecipientKey], dump: StoredDump,
    position: String?, took: Duration, description: DatabaseDescription
  ) {
    self.init(
      id: id, createdAt: createdAt, place: place, dumpVersion: dumpVersion, keys: keys,
      storedBytes: dump.bytes, storedSHA256: dump.sha256, dumpBytes: dump.dumpBytes, dumpSHA256: dump.dumpSHA256,
      position: position,
      took: took, description: description)
  }

  /// `nil` when it is no manifest of this version, or anything in it is missing.
  package init?(json: JSON) {
    guard json["schema"]?.string == Self.schema, let id = json["id"]?.string, Self.isName(id),
      let createdAt = json["createdAt"]?.string.flatMap(Timestamp.init(_:)), let place = json["place"]?.string,
      let version = json["tool"]?["version"]?.string, let artefact = json["artefact"],
      let encoding = artefact["encoding"]?.string, ["zstd", "zstd+age"].contains(encoding),
      artefact["file"]?.string == Self.artefactName(id, encrypted: encoding == "zstd+age"),
      artefact["format"]?.string == "pg_dump-custom", let storedBytes = artefact["bytes"]?.integer,
      let storedSHA256 = artefact["sha256"]?.string, let dumpBytes = artefact["dumpBytes"]?.integer,
      let dumpSHA256 = artefact["dumpSha256"]?.string, let took = json["tookMilliseconds"]?.integer,
      (0...Self.largest).contains(storedBytes), (0...Self.largest).contains(dumpBytes),
      let keys = [RecipientKey](recipients: artefact["recipients"], keys: artefact["keys"]),
      let description = json["database"].flatMap(DatabaseDescription.init(json:))
    else { return nil }
    guard keys.isEmpty == (encoding == "zstd") else { return nil }
    self.init(
      id: id, createdAt: createdAt, place: place, dumpVersion: version, keys: keys,
      storedBytes: storedBytes,
      storedSHA256: storedSHA256, dumpBytes: dumpBytes, dumpSHA256: dumpSHA256, position: json["position"]?.string,
      took: .milliseconds(took), description: description)
    if let text = json["purpose"]?.string {
      guard let purpose = SnapshotPurpose(rawValue: text) else { return nil }
      self.purpose = purpose
    }
  }

  /// Whether a text can be a snapshot's id, and so part of a file's name: letters, digits, `-` and `_` only.
  package static func isName(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 100
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x2d
          || byte == 0x5f
      }
  }
}
