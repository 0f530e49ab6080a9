import Core

/// Reading a snapshot that is in several places.
extension Snapshotter {
  /// Does the work with the first place whose copy is whole, and tells which ones before it are not.
  ///
  /// - Parameter body: Throws what is wrong with the place's copy.
  func fromFirstWhole<Value>(
    _ record: SnapshotRecord, _ body: (any SnapshotPlace) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    var first: Problem?
    for place in places.holding(record) {
      do throws(Problem) {
        return try await body(place)
      } catch {
        try await tellDamage(error, of: record, at: place)
        first = first ?? error
      }
    }
    throw first ?? noPlace(record)
  }

  /// Tells that a place's copy cannot be used and takes its proof away; throws what has nothing to do with the place.
  func tellDamage(_ problem: Problem, of record: SnapshotRecord, at place: any SnapshotPlace) async throws(Problem) {
    guard !["process.cancelled", "snapshot.scratch-folder"].contains(problem.code) else { throw problem }
    say("\(record.id) cannot be read from \(place.shown): \(problem.description)")
    if ["snapshot.altered", "snapshot.truncated", "snapshot.missing"].contains(problem.code) {
      await removeProof(of: record, at: place)
    }
  }

  func noPlace(_ record: SnapshotRecord) -> Problem {
    Problem(
      "snapshot.missing", "none of the places has this snapshot", place: record.places.joined(separator: ", "),
      remedy: "see database.snapshot.to")
  }

  /// Takes the proof away when the problem is the snapshot's own: a proof of a restore that no longer succeeds must not go
  /// on counting as a backup.
  func withdrawProof(of record: SnapshotRecord, because problem: Problem) async {
    guard ["snapshot.differs", "snapshot.restore-failed"].contains(problem.code) else { return }
    for place in places.holding(record) { await removeProof(of: record, at: place) }
  }

  private func removeProof(of record: SnapshotRecord, at place: any SnapshotPlace) async {
    do throws(Problem) { try await place.remove(record.manifest.verificationName) } catch {
      say("could not remove \(place.shown)/\(record.manifest.verificationName): \(error.why ?? error.what)")
    }
  }
}
