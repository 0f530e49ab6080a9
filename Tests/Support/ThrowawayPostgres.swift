import Core
import Snapshots
import Synchronization

/// One real PostgreSQL server for all tests of a process, and a database of its own for each test.
///
/// The server is started by the first test that asks and is destroyed with the process.
package enum ThrowawayPostgres {
  private static let starting = Task { () -> Result<ScratchServer, Problem> in
    do throws(Problem) {
      // All tests of a process at once, each with some connections.
      return .success(try await ScratchServer.start(settings: ["max_connections": "500"]))
    } catch {
      return .failure(error)
    }
  }
  private static let count = Mutex(0)

  /// The server itself, for tests that stop short of a database.
  package static func server() async throws -> ScratchServer { try await starting.value.get() }

  /// A new empty database. It is not dropped: the whole server goes at the end.
  package static func database(_ label: String = "test") async throws -> Secret {
    let name = count.withLock { number in
      number += 1
      return "\(label)_\(number)"
    }
    let server = try await server()
    try await server.createDatabase(name)
    return server.url(database: name)
  }
}
