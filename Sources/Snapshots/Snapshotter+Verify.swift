import Age
import Core
import Postgres
import Processes

/// Where a snapshot is restored to be compared.
package enum ScratchPlace: Sendable {
  /// A server of our own, of the source's version, in a folder with enough room; the temporary folder when `nil`.
  case local(folder: String?)
  /// A server of the team's, by the address of any of its databases; one is made in it and dropped.
  case server(Secret)
}

extension Snapshotter {
  /// Examines a snapshot and writes down that it was found good.
  ///
  /// `restore` proves it: all bytes are compared with their digest, restored, and the restored database is described and
  /// compared with the source. `read` proves less: the bytes are the ones that were written and decode to their end.
  ///
  /// A snapshot that is found bad loses the proof it had. One that is for keys of periods, none of which is given, keeps it:
  /// that nobody had its key is written down, and it is no way back until somebody opens it.
  ///
  /// - Parameter lending: Gets the restored copy after it was compared, before it is destroyed.
  package func verify(
    _ record: SnapshotRecord, how: SnapshotRules.Verify, scratch: ScratchPlace = .local(folder: nil),
    lending: (Secret) async -> Void = { _ in }
  ) async throws(Problem) -> SnapshotRecord {
    do throws(Problem) {
      return try await examine(record, how, scratch, lending)
    } catch {
      await noteUnopened(record, error)
      throw error
    }
  }

  /// Writes down that none of the identities given is one of a snapshot's, when that is what went wrong and what matters.
  ///
  /// That it cannot be written must not hide what it is about.
  private func noteUnopened(_ record: SnapshotRecord, _ problem: Problem) async {
    guard problem.code == "snapshot.other-identity", !record.manifest.keys.ofPeriods.isEmpty,
      var known = record.verified
    else { return }
    known.unopenedAt = timing.now()
    do throws(Problem) { try await write(known, of: record) } catch {
      say("\(record.id): that nobody had its key is not written down: \(error.description)")
    }
  }

  private func examine(
    _ record: SnapshotRecord, _ how: SnapshotRules.Verify, _ scratch: ScratchPlace, _ lending: (Secret) async -> Void
  ) async throws(Problem) -> SnapshotRecord {
    let started = timing.steady()
    let opening = try keys.opening(of: record.manifest)
    // Now, and not at the end: what somebody else finds meanwhile outweighs what is found here.
    var withdrawn = await places.withdrawals(of: record.id)
    var notes = record.manifest.description.notes
    var whole = record
    let damage: [Problem]
    var network: ScratchNetwork?
    switch how {
    case .read:
      (whole.places, damage) = try await examinePlaces(of: record) { (place) throws(Problem) in
        try await ArtefactReader.read(record.manifest, at: place, opening: opening) { (_) throws(Problem) in }
      }
      notes.insert("the bytes were read and decoded, not restored", at: 0)
    case .restore:
      let used: String
      do throws(Problem) {
        let proof = try await proveByRestore(record, scratch, lending)
        notes += proof.notes
        used = proof.place
        network = proof.network
      } catch {
        await withdrawProof(of: record, because: error)
        throw error
      }
      // The restored bytes are the ones of the manifest's digest; the other copies only have to be the same ones.
      (whole.places, damage) = try await examinePlaces(of: record) { (place) throws(Problem) in
        if place.shown == used { return }
        try await ArtefactWriter.readBack(
          record.manifest.artefactName, at: place, record.manifest.storedBytes, record.manifest.storedSHA256)
      }
    }
    notes += damage.map { "does not count in one place: \($0.description)" }
    var openedAt = record.verified?.openedAt
    var openedBy = record.verified?.openedBy
    switch opening {
    case nil: break
    case .identities:
      openedAt = timing.now()
      // Recipients stand in the file in the manifest's order, and the first that is given opens it.
      openedBy = keys.opened(record.manifest.keys).first?.recipient
    case .fileKey:
      notes.append(
        "opened with the file's own key, which this process has and nobody keeps; that a recipient's key opens it was not "
          + "shown")
    }
    // What the caller knows may have been withdrawn since.
    let standing = record.verified.flatMap { withdrawn.leave($0, of: record.manifest, at: nil) ? $0 : nil }
    if how == .read, standing == nil, withdrawn.ids(of: record.manifest, at: nil)?.isEmpty != true {
      say("\(record.id): its bytes are whole, but a restore of them failed: only one that succeeds proves it again")
      whole.verified = nil
      return whole
    }
    var verification = SnapshotVerification(
      snapshot: record.id, storedSHA256: record.manifest.storedSHA256, at: timing.now(), how: how, openedAt: openedAt,
      tables: how == .restore ? record.manifest.description.comparedTables : 0,
      rows: how == .restore ? record.manifest.description.rows : 0, notes: notes, took: timing.steady() - started,
      network: network)
    verification.openedBy = openedBy
    if how == .restore { try await replaceUnreadable(&withdrawn, of: record) }
    verification.overrules = withdrawn.names(of: record.manifest, whole: whole.places, how: how).sorted()
    // A proof by restore is not replaced by the lesser one.
    whole.verified = SnapshotVerification.stronger(verification, standing)
    // Opened just now: that somebody had no key for it, by whatever clock, is over.
    if case .identities? = opening { whole.verified?.unopenedAt = nil }
    if let known = whole.verified, known != standing { try await write(known, of: whole) }
    return whole
  }

  /// Writes a verification into all places that hold the snapshot, or says why it would not count.
  private func write(_ known: SnapshotVerification, of record: SnapshotRecord) async throws(Problem) {
    guard keys.signedBy.isEmpty || keys.trustedSigner != nil else {
      say(
        "\(record.id): not written down, because nothing here signs it so that it counts (database.snapshot.sign-with)")
      return
    }
    let document = try ProofSignature.document(known, of: record.manifest, by: keys.trustedSigner)
    for place in places.holding(record) {
      try await SnapshotPlaces.write(document, record.manifest.verificationName, to: place, replacing: true)
    }
  }

  /// Does the same in every place that holds the snapshot. One that is damaged is told and loses the proof it had; when
  /// none is whole, that is thrown.
  private func examinePlaces(
    of record: SnapshotRecord, _ body: (any SnapshotPlace) async throws(Problem) -> Void
  ) async throws(Problem) -> (whole: [String], damage: [Problem]) {
    var whole: [String] = []
    var damage: [Problem] = []
    for place in places.holding(record) {
      do throws(Problem) {
        try await body(place)
        whole.append(place.shown)
      } catch {
        try await tellDamage(error, of: record, at: place)
        damage.append(error)
      }
    }
    guard whole.isEmpty else { return (whole, damage) }
    throw damage.first ?? noPlace(record)
  }

  /// Notes about what was not compared, the place that the bytes were read from, and what the scratch server could reach.
  private typealias Proof = (notes: [String], place: String, network: ScratchNetwork)

  /// Restores into a database that is destroyed afterwards.
  private func proveByRestore(
    _ record: SnapshotRecord, _ scratch: ScratchPlace, _ lending: (Secret) async -> Void
  ) async throws(Problem) -> Proof {
    switch scratch {
    case .local(let folder):
      let folder = scratchFolder(for: record, folder)
      let server = try await ScratchServer.start(in: folder, major: record.manifest.description.identity.major)
      do throws(Problem) {
        let proof = try await restoreAndCompare(record, server.url(), folder, server.network, lending)
        await server.stop()
        return proof
      } catch {
        await server.stop()
        throw error
      }
    case .server(let url): return try await restoreAndCompare(record, url, nil, .theirs, lending)
    }
  }

  private func restoreAndCompare(
    _ record: SnapshotRecord, _ url: Secret, _ folder: String?, _ network: ScratchNetwork,
    _ lending: (Secret) async -> Void
  ) async throws(Problem) -> Proof {
    say("scratch server, network: \(network.words)")
    let database = "gatehouse_" + String(newID().lowercased())
    let copy = try address(url).url(database: database)
    let witness = try await ScratchWitness.open(url)
    let (notes, hasRights) = try await prepareScratch(url, database, for: record.manifest.description)
    do throws(Problem) {
      let used = try await restoreBytes(record, into: copy, database, withRights: hasRights, folder)
      let restored = try await describe(database: copy, like: record.manifest.description)
      try refuseDifferences(
        restored.differences(from: record.manifest.description, rights: hasRights), record, place: "restored copy")
      await lending(copy)
      try await dropScratch(url, database)
      await witness.close()
      return (notes + restored.collations(otherThanOf: record.manifest.description), used, network)
    } catch {
      // The first problem is the one to tell; a database that stays behind is named by its prefix.
      do throws(Problem) { try await dropScratch(url, database) } catch { say("could not drop \(database)") }
      throw await witness.judged(error)
    }
  }

  func refuseDifferences(_ differences: [String], _ record: SnapshotRecord, place: String) throws(Problem) {
    guard !differences.isEmpty else { return }
    let shown = differences.prefix(5).joined(separator: "; ")
    throw Problem(
      "snapshot.differs", "the restored database is not the one that was dumped", place: "\(record.id), \(place)",
      why: shown + (differences.count > 5 ? "; and \(differences.count - 5) more" : ""),
      remedy: "this snapshot does not count; take a new one, and see what the restore did to these")
  }
}
