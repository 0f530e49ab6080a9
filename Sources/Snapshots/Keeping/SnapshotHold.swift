import Core

/// That somebody wants a snapshot kept, whatever the policy says: `<id>.hold.json` beside it.
package struct SnapshotHold: Hashable, Sendable {
  package static let schema = "gatehouse.snapshot-hold/v1"

  package var snapshot: String
  package var reason: String
  /// Who said so; a claim.
  package var by: String
  package var at: Timestamp
  /// The first moment at which it no longer holds; `nil` for until somebody takes it away.
  package var until: Timestamp?

  package init(snapshot: String, reason: String, by: String, at: Timestamp, until: Timestamp?) {
    self.snapshot = snapshot
    self.reason = reason
    self.by = by
    self.at = at
    self.until = until
  }

  package static func name(_ id: String) -> String { id + ".hold.json" }

  /// Of a hold by a restore that reads the snapshot: it is not a person's, and ends by itself when the process was killed.
  static func readingName(_ id: String) -> String { id + ".reading.json" }

  static func names(_ id: String) -> [String] { [name(id), readingName(id)] }

  package func holds(at now: Timestamp) -> Bool { until.map { now < $0 } ?? true }

  package var json: JSON {
    .dictionary([
      ("schema", .string(Self.schema)), ("snapshot", .string(snapshot)), ("reason", .string(reason)),
      ("by", .string(by)), ("at", .string(at.description)), ("until", until.map { .string($0.description) }),
    ])
  }

  package init?(json: JSON) {
    guard json["schema"]?.string == Self.schema, let snapshot = json["snapshot"]?.string,
      let reason = json["reason"]?.string, let by = json["by"]?.string,
      let at = json["at"]?.string.flatMap({ Timestamp($0) })
    else { return nil }
    self.init(snapshot: snapshot, reason: reason, by: by, at: at, until: nil)
    if let text = json["until"]?.string {
      guard let until = Timestamp(text) else { return nil }
      self.until = until
    }
  }
}
