import Core
import Synchronization

/// A connection to PostgreSQL. Statements are done one after the other, in the order they were asked for.
///
/// Everything that waits does so on the connection's own thread, never on a cooperative one.
package actor Connection {
  private let executor: QueueExecutor
  package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

  private let address: ConnectionAddress
  private let version = Mutex(0)
  private var session: Session?

  private init(_ address: ConnectionAddress) {
    self.address = address
    executor = QueueExecutor(label: "gatehouse.postgres")
  }

  /// Connects, then applies the settings for the whole session.
  ///
  /// - Parameters:
  ///   - url: `postgresql://user:password@host:port/database?…` or libpq's `host=… dbname=…`.
  ///   - settings: Configuration parameters, by name. Through a transaction pooler they would leak to other clients:
  ///     see ``isTransactionPooler(_:)``.
  package static func open(
    _ url: Secret, settings: [String: String] = [:], connectTimeout: Duration = .seconds(10)
  ) async throws(PostgresError) -> Connection {
    let connection = Connection(try ConnectionAddress(url))
    try await connection.connect(within: connectTimeout)
    if !settings.isEmpty {
      do throws(PostgresError) {
        try await connection.set(settings)
      } catch {
        await connection.close()
        throw error
      }
    }
    return connection
  }

  /// `host:port/database`, without user or password.
  package nonisolated var place: String { address.place }

  /// The server's version as libpq tells it: 150020 is 15.20.
  package nonisolated var serverVersion: Int { version.withLock { $0 } }

  /// The server's major version: 15.
  package nonisolated var serverMajor: Int { serverVersion / 10_000 }

  /// Does one statement, with `$1`, `$2`… for the parameters, and gives its rows as text.
  ///
  /// - Parameter timeout: After which the statement is cancelled on the server; `nil` waits for ever.
  /// - Parameter limit: The most bytes of values that are taken; more is an error (``PostgresError/Kind/tooLarge``).
  @discardableResult
  package nonisolated func query(
    _ sql: String, _ parameters: [String?] = [], timeout: Duration? = nil, limit: Int = 256 << 20
  ) async throws(PostgresError) -> Rows {
    try await perform(.parameterized(sql, parameters), timeout, limit: limit)
  }

  /// Does several statements separated by semicolons, in one implicit transaction unless they say otherwise.
  ///
  /// Rows they return are dropped. `COPY` from or to the client closes the connection with an error.
  package nonisolated func run(_ script: String, timeout: Duration? = nil) async throws(PostgresError) {
    _ = try await perform(.script(script), timeout, limit: .max)
  }

  /// Sets configuration parameters for the rest of the session.
  package nonisolated func set(_ settings: [String: String]) async throws(PostgresError) {
    for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
      try await query("SELECT pg_catalog.set_config($1, $2, false)", [name, value], timeout: .seconds(30))
    }
  }

  /// Ends the connection; a statement that is under way is awaited first. Doing it twice does no harm.
  package func close() { session = nil }

  // MARK: On the connection's thread

  private func connect(within timeout: Duration) async throws(PostgresError) {
    let interrupt = Interrupt()
    let outcome = await withTaskCancellationHandler {
      Result { () throws(PostgresError) in try connectNow(within: timeout, interrupt) }
    } onCancel: {
      interrupt.fire()
    }
    try outcome.get()
  }

  private func connectNow(within timeout: Duration, _ interrupt: Interrupt) throws(PostgresError) {
    let opened = try Session.open(address, deadline: .now + timeout, interrupt: interrupt)
    version.withLock { $0 = opened.serverVersion }
    session = opened
  }

  private nonisolated func perform(
    _ statement: Session.Statement, _ timeout: Duration?, limit: Int
  ) async throws(PostgresError) -> Rows {
    let interrupt = Interrupt()
    let outcome = await withTaskCancellationHandler {
      await performNow(statement, timeout, interrupt, limit: limit)
    } onCancel: {
      interrupt.fire()
    }
    return try outcome.get()
  }

  /// The time limit counts from here: waiting for an earlier statement of the same connection is not this one's fault.
  private func performNow(
    _ statement: Session.Statement, _ timeout: Duration?, _ interrupt: Interrupt, limit: Int
  ) -> Result<Rows, PostgresError> {
    guard !Task.isCancelled else { return .failure(PostgresError(.cancelled, "cancelled before it was sent")) }
    guard let session else { return .failure(PostgresError(.closed, "the connection was closed")) }
    return Result { () throws(PostgresError) in
      try session.execute(statement, deadline: timeout.map { .now + $0 }, interrupt: interrupt, limit: limit)
    }
  }

  // MARK: Copying, see `copyOut`

  func beginCopy(
    _ statement: String, _ deadline: ContinuousClock.Instant?, _ interrupt: Interrupt
  ) -> Result<Void, PostgresError> {
    guard let session else { return .failure(PostgresError(.closed, "the connection was closed")) }
    return Result { () throws(PostgresError) in
      try session.beginCopy(statement, deadline: deadline, interrupt: interrupt)
    }
  }

  func nextCopy(
    _ deadline: ContinuousClock.Instant?, _ interrupt: Interrupt
  ) -> Result<Session.CopyPiece, PostgresError> {
    guard let session else { return .failure(PostgresError(.closed, "the connection was closed")) }
    return Result { () throws(PostgresError) in try session.nextCopy(deadline: deadline, interrupt: interrupt) }
  }

  /// The rows are not wanted any more; whether the connection can still be used is seen by its next statement.
  func abandonCopy() {
    do throws(PostgresError) {
      try session?.abandonCopy(because: PostgresError(.cancelled, "the rows were not wanted any more"))
    } catch {
      return
    }
  }
}

/// Connects, does the work, and closes the connection whatever happened.
package func withConnection<Value: Sendable>(
  _ url: Secret, settings: [String: String] = [:], connectTimeout: Duration = .seconds(10),
  _ body: (Connection) async throws(PostgresError) -> Value
) async throws(PostgresError) -> Value {
  let connection = try await Connection.open(url, settings: settings, connectTimeout: connectTimeout)
  do throws(PostgresError) {
    let value = try await body(connection)
    await connection.close()
    return value
  } catch {
    await connection.close()
    throw error
  }
}
