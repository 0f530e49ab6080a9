import Core

/// A complete snapshot, with what is known about its verification.
package struct SnapshotRecord: Hashable, Sendable {
  package var manifest: SnapshotManifest
  /// The places that hold it in full length, in the policy's order; at least one.
  package var places: [String]
  /// `nil` when it was never verified, or other bytes were.
  package var verified: SnapshotVerification?

  package init(manifest: SnapshotManifest, places: [String], verified: SnapshotVerification? = nil) {
    self.manifest = manifest
    self.places = places
    self.verified = verified
  }

  package var id: String { manifest.id }
  /// Where its bytes are in the first place that has it.
  package var artefactPath: String { path(of: manifest.artefactName) }
  package var manifestPath: String { path(of: manifest.manifestName) }
  /// Whether it was restored and compared: what a snapshot must be to count.
  package var isProven: Bool { verified?.how == .restore }
  /// Whether the last who tried had no key for it: its bytes may be as good as ever, and bring nothing back.
  package var isUnopenable: Bool { verified?.isUnopenable ?? false }

  /// `the key of 2026-11 (a.pub) was not among those given on 2027-01-05`; `nil` where that is not so.
  package var unopenable: String? {
    guard isUnopenable, let at = verified?.unopenedAt else { return nil }
    return "the key of \(manifest.keys.words) was not among those given on \(at.description.prefix(10))"
  }

  /// Whether it was taken of this database, reached at this place. A copy of a whole server has the same numbers, so that the
  /// place decides between the two.
  package func isOf(_ database: DatabaseIdentity, at place: String) -> Bool {
    manifest.description.identity.isSame(as: database) && manifest.place == place
  }

  private func path(of name: String) -> String { (places.first ?? "") + "/" + name }

  package var json: JSON {
    .dictionary([
      ("places", .strings(places)), ("manifest", manifest.json), ("verified", verified.map(\.json)),
    ])
  }

  package init?(json: JSON) {
    guard let places = json["places"]?.array?.compactMap(\.string), !places.isEmpty,
      let manifest = json["manifest"].flatMap(SnapshotManifest.init(json:))
    else { return nil }
    var verified: SnapshotVerification?
    if let text = json["verified"] {
      guard let read = SnapshotVerification(json: text), read.storedSHA256 == manifest.storedSHA256 else { return nil }
      verified = read
    }
    self.init(manifest: manifest, places: places, verified: verified)
  }
}
