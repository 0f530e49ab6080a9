import Core

/// That a snapshot, or the copy of it in one place, was found not to be what its proof says: `<id>.withdrawn.json` beside it.
///
/// A proof that is only removed comes back with a place that could not be reached, or with an older copy of one. So it is written
/// down that it was withdrawn, and a proof counts only when it names every withdrawal that is known of: one that was made before
/// cannot, because the names are random.
struct SnapshotWithdrawal: Hashable, Sendable {
  static let schema = "gatehouse.snapshot-withdrawal/v1"
  /// Of more the newest are kept: a proof that knows those is newer than the others, too.
  private static let limit = 100

  struct Entry: Hashable, Sendable {
    var id: String
    var at: Timestamp
    /// The code of what was found: `snapshot.differs`.
    var why: String
    /// Whether it is about the copy that it lies beside; else about those bytes in all places.
    var isOfCopy: Bool
  }

  var snapshot: String
  /// The bytes it speaks of.
  var storedSHA256: String
  var entries: [Entry]

  static func name(_ id: String) -> String { id + nameEnding }
  static let nameEnding = ".withdrawn.json"

  mutating func append(_ entry: Entry) { entries = (entries + [entry]).suffix(Self.limit) }

  var json: JSON {
    .dictionary([
      ("schema", .string(Self.schema)), ("snapshot", .string(snapshot)), ("sha256", .string(storedSHA256)),
      (
        "withdrawals",
        .array(
          entries.map { entry in
            .dictionary([
              ("id", .string(entry.id)), ("at", .string(entry.at.description)), ("why", .string(entry.why)),
              ("of", entry.isOfCopy ? "copy" : "bytes"),
            ])
          })
      ),
    ])
  }

  init(snapshot: String, storedSHA256: String, entries: [Entry] = []) {
    self.snapshot = snapshot
    self.storedSHA256 = storedSHA256
    self.entries = entries
  }

  init?(json: JSON) {
    guard json["schema"]?.string == Self.schema, let snapshot = json["snapshot"]?.string,
      let digest = json["sha256"]?.string, let list = json["withdrawals"]?.array, !list.isEmpty,
      list.count <= Self.limit
    else { return nil }
    let entries = list.compactMap { entry -> Entry? in
      guard let id = entry["id"]?.string, !id.isEmpty, let at = entry["at"]?.string.flatMap(Timestamp.init(_:)),
        let why = entry["why"]?.string, let of = entry["of"]?.string, ["copy", "bytes"].contains(of)
      else { return nil }
      return Entry(id: id, at: at, why: why, isOfCopy: of == "copy")
    }
    guard entries.count == list.count else { return nil }
    self.init(snapshot: snapshot, storedSHA256: digest, entries: entries)
  }
}
