import Core
import Postgres

extension Snapshotter {
  /// Restores a snapshot into a scratch database, lends it, and destroys it whatever happened.
  ///
  /// For rehearsals: what is done to the copy reaches nobody, as far as the server's network goes.
  package func withRestoredCopy<Value: Sendable>(
    of record: SnapshotRecord, scratch: ScratchPlace, _ body: (Secret, ScratchNetwork) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    switch scratch {
    case .server(let url): return try await lending(record, url, nil, .theirs, body)
    case .local(let folder):
      let folder = scratchFolder(for: record, folder)
      let server = try await ScratchServer.start(in: folder, major: record.manifest.description.identity.major)
      do throws(Problem) {
        let value = try await lending(record, server.url(), folder, server.network, body)
        await server.stop()
        return value
      } catch {
        await server.stop()
        throw error
      }
    }
  }

  private func lending<Value>(
    _ record: SnapshotRecord, _ url: Secret, _ folder: String?, _ network: ScratchNetwork,
    _ body: (Secret, ScratchNetwork) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    say("scratch server, network: \(network.words)")
    let database = "gatehouse_" + String(newID().lowercased())
    let copy = try address(url).url(database: database)
    let (_, hasRights) = try await prepareScratch(url, database, for: record.manifest.description)
    do throws(Problem) {
      try await restoreBytes(record, into: copy, database, withRights: hasRights, folder)
      try await gatherStatistics(copy)
      let value = try await body(copy, network)
      try await dropScratch(url, database)
      return value
    } catch {
      do throws(Problem) { try await dropScratch(url, database) } catch { say("could not drop \(database)") }
      throw error
    }
  }
}

/// Which database an address leads to.
package func identify(database url: Secret) async throws(Problem) -> DatabaseIdentity {
  try await locate(database: url).identity
}

/// Which database an address leads to, and where that is, without user or password.
package func locate(database url: Secret) async throws(Problem) -> (identity: DatabaseIdentity, place: String) {
  let session = try await ReadingSession.open(url, excluding: [], lockWait: .seconds(10))
  await session.close()
  return (session.identity, session.connection.place)
}

/// Fails when an address leads to another database than a snapshot was taken of: what is done there has no way back.
package func refuseOtherDatabase(_ url: Secret, than record: SnapshotRecord) async throws(Problem) {
  let (identity, place) = try await locate(database: url)
  guard identity.isSame(as: record.manifest.description.identity) else {
    throw Problem(
      "snapshot.other-database", "the address leads to another database than the snapshot was taken of", place: place,
      why: "snapshot \(record.id) is of \(record.manifest.place), with another name, number or cluster",
      remedy: "see who changed the address, or the database behind it, since the snapshot was taken; then run again")
  }
}
