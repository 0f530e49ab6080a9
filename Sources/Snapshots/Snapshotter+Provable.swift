import Core
import FoundationEssentials
import Postgres

extension Snapshotter {
  /// Refuses what could never be proven where it is to be proven, before anything is dumped: an extension that is not there.
  ///
  /// A server of our own gets the extensions that are installed beside its programs. Where nobody can tell which those are,
  /// the proof will.
  func refuseUnprovable(_ order: Order, _ session: ReadingSession) async throws(Problem) {
    guard let place = order.provenIn else { return }
    let wanted: [String]
    do throws(PostgresError) {
      wanted = try await session.connection.query(CatalogQueries.extensions).rows.compactMap { $0[0] }
    } catch {
      throw error.problem(place: session.connection.place)
    }
    guard !wanted.isEmpty, let known = await extensions(in: place, major: session.identity.major) else { return }
    guard let missing = wanted.sorted().first(where: { !known.contains($0) }) else { return }
    throw Snapshotter.missingExtension("the scratch server would have no extension \(missing)")
  }

  /// What can be installed there; `nil` where nobody can tell.
  private func extensions(in place: ScratchPlace, major: Int) async -> Set<String>? {
    switch place {
    case .local: return Snapshotter.installedExtensions(major: major)
    case .server(let url):
      do throws(PostgresError) {
        return try await withConnection(url) { (connection: Connection) throws(PostgresError) in
          let rows = try await connection.query("SELECT name FROM pg_catalog.pg_available_extensions").rows
          return Set(rows.compactMap { $0[0] })
        }
      } catch {
        // A dump that is to be proven later is better than none.
        say("the scratch server could not be asked for its extensions: \(error.description)")
        return nil
      }
    }
  }

  static func missingExtension(_ why: String) -> Problem {
    Problem(
      "snapshot.extension-missing", "the snapshot cannot be restored here", place: "scratch server", why: why,
      remedy: "install the extension on this machine, or name a server that has it with `scratch: { url: … }`")
  }

  /// The extensions that this machine has for a version of the server; `nil` where their folder is not found.
  private static func installedExtensions(major: Int) -> Set<String>? {
    guard let programs = PostgresPrograms.installed(with: "initdb").first(where: { $0.major == major }) else {
      return nil
    }
    let ending = ".control"
    for folder in [
      "/usr/share/postgresql/\(major)", "\(programs.folder)/../share", "\(programs.folder)/../share/postgresql",
    ] {
      // A folder that is not there is an answer: the next one may be.
      guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder + "/extension") else { continue }
      return Set(names.filter { $0.hasSuffix(ending) }.map { String($0.dropLast(ending.utf8.count)) })
    }
    return nil
  }
}
