import Core
import Glibc
import Snapshots
import Surroundings

/// Places in which a journal cannot bring an interrupted run to its end.
struct StoreRefusal: Sendable {
  let installation: Installation

  /// A disk that is thrown away with the job takes the journal with it.
  func refuseThrownAway() throws(Problem) {
    guard case .embedded(let directory) = installation.policy.store, let ci = CIRun.detect(installation.environment),
      ci.workspaceIsThrownAway
    else { return }
    let path = StoreRefusal.real(installation.path(directory))
    let workspace = StoreRefusal.real(ci.workspace ?? installation.folder)
    guard path == workspace || path.hasPrefix(workspace + "/") || ci.workspace == nil else { return }
    throw Problem(
      "policy.thrown-away-store", "the store would be thrown away with this job", place: path,
      why: "\(ci.system.rawValue) does not keep the workspace, and an interrupted run could not be resumed",
      remedy: "use `store: { postgres: { env: GATEHOUSE_DATABASE_URL } }`, or a directory that is kept")
  }

  /// A restore of the released database would take the journal back with it. Addresses can be written in many ways, so the
  /// servers are asked who they are.
  ///
  /// - Parameter goesOn: a run that has begun is taken up, or taken back: a database that does not answer must not stand
  ///   in the way of that.
  func refuseInsideReleasedDatabase(goesOn: Bool = false) async throws(Problem) {
    guard case .postgres(let reference) = installation.policy.store, let database = installation.policy.database else {
      return
    }
    let store: DatabaseIdentity
    let released: DatabaseIdentity
    do {
      store = try await identify(database: try await installation.secrets.resolve(reference))
      released = try await identify(database: try await installation.secrets.resolve(database.url))
    } catch {
      if goesOn { return }
      throw error
    }
    guard store.isSame(as: released) else { return }
    throw Problem(
      "policy.store-in-released-database", "the store is in the database that is being released",
      place: "\(reference)", why: "a restore of that database would take the journal back with it",
      remedy: "give the store a database of its own")
  }

  /// The path without symbolic links, as far as it exists.
  private static func real(_ path: String) -> String {
    var parts = path.split(separator: "/")
    var missing: [Substring] = []
    while true {
      if let found = realpath("/" + parts.joined(separator: "/"), nil) {
        defer { free(found) }
        let base = String(cString: found)
        return missing.isEmpty ? base : (base == "/" ? "" : base) + "/" + missing.joined(separator: "/")
      }
      guard let last = parts.popLast() else { return path }
      missing.insert(last, at: 0)
    }
  }
}
