import Core
import Postgres

/// SQL probes: one statement in a read-only transaction of a new connection.
///
/// Nothing is set for the session, only for the transaction: behind a pooler a session's settings would reach the
/// application.
struct SQLProbe: Sendable {
  let timing: any Timing

  /// A figure fits in far less; a statement that returns more was not meant as a probe.
  private static let largestAnswer = 64 << 10

  func sample(_ probe: ProbeRules, statement: String, database: Secret, timeout: Duration) async -> Sample {
    let at = timing.now()
    func made(_ finding: Finding, _ latency: Duration? = nil) -> Sample {
      Sample(
        probe: probe.id, verdict: finding.verdict, cause: finding.cause, reason: finding.reason, latency: latency,
        at: at)
    }
    let begun = timing.steady()
    let connection: Connection
    do throws(PostgresError) {
      connection = try await Connection.open(database, connectTimeout: timeout)
    } catch {
      return made(await judge(error, unreached: database, after: timing.steady() - begun))
    }
    let left = max(.milliseconds(1), timeout - (timing.steady() - begun))
    let outcome = await ask(connection, statement, within: left)
    await connection.close()
    switch outcome {
    case .success(let (rows, latency)): return made(SQLProbe.judge(rows, probe.expect, latency: latency), latency)
    case .failure(let error): return made(await judge(error, unreached: nil, after: timing.steady() - begun))
    }
  }

  /// The latency is the statement's own; what the connection took is not in it.
  private func ask(
    _ connection: Connection, _ statement: String, within left: Duration
  ) async -> Result<(Rows, Duration), PostgresError> {
    do throws(PostgresError) {
      try await connection.run(
        "BEGIN TRANSACTION READ ONLY; SET LOCAL statement_timeout = \(max(1, left.milliseconds)); "
          + "SET LOCAL lock_timeout = \(max(1, left.milliseconds))", timeout: left)
      let begun = timing.steady()
      let rows = try await connection.query(statement, timeout: left, limit: SQLProbe.largestAnswer)
      let latency = timing.steady() - begun
      // The connection is closed next, which ends the transaction as well.
      return .success((rows, latency))
    } catch {
      return .failure(error)
    }
  }

  static func judge(_ rows: Rows, _ expect: Expectation, latency: Duration) -> Finding {
    var opening = "answered in \(latency.words)"
    if let limit = expect.value {
      guard let figure = number(rows.first) else {
        return .unwell(.value, "\(opening), \(rows.isEmpty ? "no row" : "no number")")
      }
      opening = "\(figure.words) in \(latency.words)"
      guard limit.holds(for: figure) else { return .unwell(.value, "\(opening), asked \(limit)") }
    }
    if let limit = expect.latency, !limit.holds(for: latency.seconds) {
      return .unwell(.latency, "\(opening), asked \(limit)")
    }
    return Finding(verdict: .well, cause: nil, reason: opening)
  }

  /// A figure; SQL's `t` and `f` count as 1 and 0.
  private static func number(_ text: String?) -> Double? {
    switch text {
    case "t": 1
    case "f": 0
    case .some(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
    case nil: nil
    }
  }

  /// The server's words may quote the statement, so only SQLSTATE is shown.
  private func judge(_ error: PostgresError, unreached: Secret?, after took: Duration) async -> Finding {
    let state = error.sqlstate.map { "SQLSTATE \($0)" } ?? error.kind.rawValue
    switch error.kind {
    case .authentication: return .blind(.notAllowed, "the database did not let us in (\(state))")
    case .cancelled: return .blind(.cancelled, "the look was cancelled")
    case .closed, .protocolMismatch: return .blind(.other, "the connection could not be used (\(state))")
    case .tooLarge: return .blind(.notAskable, "the statement returns more than a figure")
    case .timeout: return .unwell(.timeout, "no answer within \(took.words)")
    case .connection:
      guard let unreached else { return .unwell(.reset, "connection lost after \(took.words)") }
      return await Reachability.judge(unreached, error, after: took)
    case .server:
      return SQLProbe.judge(sqlstate: error.sqlstate)
    }
  }

  /// Our mistakes are blind, the database's state is not. https://www.postgresql.org/docs/15/errcodes-appendix.html
  static func judge(sqlstate: String?) -> Finding {
    let state = sqlstate ?? "without SQLSTATE"
    switch sqlstate {
    case "42501": return .blind(.notAllowed, "the role may not read this (SQLSTATE 42501)")
    case "42601": return .blind(.notAskable, "the statement cannot be parsed (SQLSTATE 42601)")
    case "25006": return .blind(.notAskable, "the statement writes, which a probe may not (SQLSTATE 25006)")
    case "57014", "55P03": return .unwell(.timeout, "the statement did not end in time (SQLSTATE \(state))")
    case .some(let text) where text.hasPrefix("28"):
      return .blind(.notAllowed, "the database did not let us in (SQLSTATE \(text))")
    default: return .unwell(.sql, "the database answered with an error (SQLSTATE \(state))")
    }
  }
}
