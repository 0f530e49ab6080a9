import Core

/// What is known of the withdrawn proofs of one snapshot.
struct KnownWithdrawals: Hashable, Sendable {
  /// What lies in one place.
  struct Found: Hashable, Sendable {
    var place: String
    /// `nil` when it cannot be read: then no proof can name what is in it.
    var withdrawal: SnapshotWithdrawal?
    /// Whether it holds beyond its own place. Where keys are named, who may write to one place must not take away the proof in
    /// the others.
    var isTrusted: Bool
  }

  var found: [Found] = []

  /// What a proof must name to count.
  ///
  /// - Parameter place: Where the proof lies; `nil` for what holds in all places.
  /// - Returns: `nil` when no proof can.
  func ids(of manifest: SnapshotManifest, at place: String?) -> Set<String>? {
    var ids: Set<String> = []
    for one in found where one.isTrusted || one.place == place {
      guard let withdrawal = one.withdrawal else { return nil }
      guard withdrawal.storedSHA256 == manifest.storedSHA256 else { continue }
      for entry in withdrawal.entries where one.place == place || one.isTrusted && !entry.isOfCopy {
        ids.insert(entry.id)
      }
    }
    return ids
  }

  /// Whether a proof that lies in the place counts.
  func leave(_ proof: SnapshotVerification, of manifest: SnapshotManifest, at place: String?) -> Bool {
    ids(of: manifest, at: place)?.isSubset(of: proof.overrules) ?? false
  }

  /// What a new proof may name: that of copies which were found whole, and of the bytes when they were restored.
  func names(of manifest: SnapshotManifest, whole places: [String], how: SnapshotRules.Verify) -> Set<String> {
    var names: Set<String> = []
    for one in found {
      guard let withdrawal = one.withdrawal, withdrawal.storedSHA256 == manifest.storedSHA256 else { continue }
      for entry in withdrawal.entries where entry.isOfCopy ? places.contains(one.place) : how == .restore {
        names.insert(entry.id)
      }
    }
    return names
  }
}

extension SnapshotPlaces {
  /// The withdrawals of one snapshot in all places that can be looked into.
  func withdrawals(of id: String) async -> KnownWithdrawals {
    var known = KnownWithdrawals()
    for place in all {
      do throws(Problem) {
        if let found = try await withdrawal(of: id, at: place, try await sizes(in: place)) { known.found.append(found) }
      } catch {
        // A place that is closed says nothing: should it know of one, that one outweighs when it is back.
        continue
      }
    }
    return known
  }

  /// - Returns: `nil` when there is none in the place.
  func withdrawal(
    of id: String, at place: any SnapshotPlace, _ sizes: [String: Int64]
  ) async throws(Problem) -> KnownWithdrawals.Found? {
    let name = SnapshotWithdrawal.name(id)
    guard sizes[name] != nil else { return nil }
    let written: JSON
    do throws(Problem) { written = try await document(name, at: place).json } catch {
      // Fails closed: what cannot be read may say anything.
      return KnownWithdrawals.Found(place: place.shown, withdrawal: nil, isTrusted: signedBy.isEmpty)
    }
    func read(_ json: JSON) -> SnapshotWithdrawal? {
      SnapshotWithdrawal(json: json).flatMap { $0.snapshot == id ? $0 : nil }
    }
    guard !signedBy.isEmpty else {
      return KnownWithdrawals.Found(place: place.shown, withdrawal: read(written), isTrusted: true)
    }
    do throws(ProofSignature.Fault) {
      let signed = read(try ProofSignature.withdrawal(written, by: signedBy))
      return KnownWithdrawals.Found(place: place.shown, withdrawal: signed, isTrusted: true)
    } catch {
      return KnownWithdrawals.Found(place: place.shown, withdrawal: read(written), isTrusted: false)
    }
  }
}
