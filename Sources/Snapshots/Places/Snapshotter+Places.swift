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
    let isElsewhere = [
      "process.cancelled", "snapshot.scratch-folder", "snapshot.other-identity", "snapshot.encryption",
    ].contains(problem.code)
    guard !isElsewhere else { throw problem }
    say("\(record.id) cannot be read from \(place.shown): \(problem.description)")
    if ["snapshot.altered", "snapshot.truncated", "snapshot.missing"].contains(problem.code) {
      await withdraw(record, because: problem, at: [place], ofCopy: true)
      await removeProof(of: record, at: place)
    }
  }

  /// Removes all that is there under an id, so that it can be taken again: what a killed process left, or a snapshot that
  /// nobody can prove any more. A proven one is not removed.
  package func discard(_ id: String) async throws(Problem) {
    guard try await list().record(id)?.isProven != true else {
      throw Problem("snapshot.proven", "a proven snapshot is not removed", place: id)
    }
    for place in places.all {
      let names = Set(try await place.objects().map(\.name))
      // The manifest first: without it nothing counts, whatever happens on the way.
      for name in ["\(id).json", "\(id).verified.json", "\(id).intoto.jsonl", SnapshotWithdrawal.name(id)]
        + [false, true].map({
          SnapshotManifest.artefactName(id, encrypted: $0)
        }) + names.filter({ ExportManifest.isPart($0, of: id) }).sorted() where names.contains(name)
      {
        try await place.remove(name)
      }
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
    // Everywhere, for a place that has the proof may be closed just now, and somebody may remove it from one of the others.
    await withdraw(record, because: problem, at: places.all, ofCopy: false)
    for place in places.holding(record) { await removeProof(of: record, at: place) }
  }

  /// Writes down that no proof from before counts any more.
  private func withdraw(
    _ record: SnapshotRecord, because problem: Problem, at holders: [any SnapshotPlace], ofCopy: Bool
  ) async {
    let entry = SnapshotWithdrawal.Entry(id: newID(), at: timing.now(), why: problem.code, isOfCopy: ofCopy)
    let isSigned = keys.signedBy.isEmpty || keys.trustedSigner != nil
    if !isSigned {
      say(
        "\(record.id): that it lost its proof counts only where it is written down, because nothing here signs it "
          + "(database.snapshot.sign-with)")
    }
    for place in holders {
      do throws(Problem) {
        let known = try await places.withdrawal(of: record.id, at: place, try await places.sizes(in: place))
        // One that is signed is not replaced by one that is not.
        if known?.isTrusted == true, known?.withdrawal != nil, !isSigned { continue }
        var withdrawal = SnapshotWithdrawal(snapshot: record.id, storedSHA256: record.manifest.storedSHA256)
        if let known, known.isTrusted, let earlier = known.withdrawal,
          earlier.storedSHA256 == record.manifest.storedSHA256
        {
          withdrawal = earlier
        }
        withdrawal.append(entry)
        try await write(withdrawal, of: record, to: place)
      } catch {
        say("could not write \(place.shown)/\(SnapshotWithdrawal.name(record.id)): \(error.why ?? error.what)")
      }
    }
  }

  private func write(
    _ withdrawal: SnapshotWithdrawal, of record: SnapshotRecord, to place: any SnapshotPlace
  ) async throws(Problem) {
    let document = try ProofSignature.document(withdrawal, of: record.manifest, by: keys.trustedSigner)
    try await SnapshotPlaces.write(document, SnapshotWithdrawal.name(record.id), to: place, replacing: true)
  }

  /// Where a withdrawal cannot be read, no proof could ever count again: after a restore that succeeded, one that the new proof can
  /// name stands in its place.
  func replaceUnreadable(_ known: inout KnownWithdrawals, of record: SnapshotRecord) async throws(Problem) {
    guard keys.signedBy.isEmpty || keys.trustedSigner != nil else { return }
    for index in known.found.indices where known.found[index].withdrawal == nil {
      guard let place = places.all.first(where: { $0.shown == known.found[index].place }) else { continue }
      var withdrawal = SnapshotWithdrawal(snapshot: record.id, storedSHA256: record.manifest.storedSHA256)
      withdrawal.append(.init(id: newID(), at: timing.now(), why: "snapshot.unreadable", isOfCopy: false))
      try await write(withdrawal, of: record, to: place)
      known.found[index].withdrawal = withdrawal
    }
  }

  private func removeProof(of record: SnapshotRecord, at place: any SnapshotPlace) async {
    do throws(Problem) {
      // First the hold: a snapshot that lost its proof is looked at by a person, and not removed for having none.
      let hold = SnapshotHold(
        snapshot: record.id, reason: "it lost its proof, and a person must look why", by: "gatehouse", at: timing.now(),
        until: nil)
      try await SnapshotPlaces.write(hold.json, SnapshotHold.name(record.id), to: place, replacing: true)
      try await place.remove(record.manifest.verificationName)
    } catch {
      say("could not remove \(place.shown)/\(record.manifest.verificationName): \(error.why ?? error.what)")
    }
  }
}
