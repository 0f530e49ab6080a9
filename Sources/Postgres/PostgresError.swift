import Core

/// Why something asked of PostgreSQL was not done.
///
/// Holds the server's primary message at most, never `DETAIL`, `HINT` or `CONTEXT`, which quote rows; and where even
/// the primary message may quote one (data exceptions, exceptions raised by the database's own code) the quoted part
/// is taken out.
package struct PostgresError: Error, Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// No connection could be made, or it was lost on the way.
    case connection
    /// The server did not let us in.
    case authentication
    /// The server answered with an error.
    case server
    /// Our time limit ran out; the statement was cancelled.
    case timeout
    /// Our task was cancelled; so was the statement.
    case cancelled
    /// The connection had been closed before.
    case closed
    /// An answer that the protocol does not allow here, such as COPY data, or an address that cannot be read.
    case protocolMismatch
    /// The answer was larger than the limit.
    case tooLarge
  }

  package let kind: Kind
  /// The five characters of SQLSTATE when the server gave them. https://www.postgresql.org/docs/15/errcodes-appendix.html
  package let sqlstate: String?
  /// The server's or library's primary message, one line, without data.
  package let message: String

  package init(_ kind: Kind, sqlstate: String? = nil, _ message: String) {
    self.kind = kind
    self.sqlstate = sqlstate
    self.message = message
  }

  /// The same for a person. `place` is shown as given: see ``Connection/place``.
  package func problem(place: String? = nil) -> Problem {
    let reason = message + (sqlstate.map { " (SQLSTATE \($0))" } ?? "")
    return switch kind {
    case .connection:
      Problem(
        "postgres.unreachable", "the database cannot be reached", place: place, why: reason,
        remedy: "see that the server runs and that this machine may connect to it, then run again")
    case .authentication:
      Problem(
        "postgres.not-allowed", "the database did not let us in", place: place, why: reason,
        remedy: "see that user, password and pg_hba.conf allow this login")
    case .server:
      Problem("postgres.error", "the database answered with an error", place: place, why: reason)
    case .timeout:
      Problem(
        "postgres.timeout", "the database did not answer in time", place: place, why: reason,
        remedy: "look for locks or load on the server, or allow more time")
    case .cancelled:
      Problem("postgres.cancelled", "a statement was cancelled", place: place, why: reason)
    case .closed:
      Problem("postgres.closed", "the connection to the database had been closed", place: place, why: reason)
    case .protocolMismatch:
      Problem("postgres.unexpected", "PostgreSQL's protocol was not followed", place: place, why: reason)
    case .tooLarge:
      Problem("postgres.too-large", "the answer of the database is too large", place: place, why: reason)
    }
  }
}

extension PostgresError: CustomStringConvertible {
  package var description: String { message + (sqlstate.map { " (SQLSTATE \($0))" } ?? "") }
}

extension PostgresError {
  /// The primary message without what may be a row's content.
  ///
  /// Class 22 (data exceptions) quotes the offending value; an exception raised in PL/pgSQL says whatever its author
  /// put in, under any SQLSTATE, which `exec_stmt_raise` as the place in the server's source tells.
  static func withoutData(_ primary: String, sqlstate: String?, raisedBy function: String?) -> String {
    if function == "exec_stmt_raise" || sqlstate?.hasPrefix("P0") == true {
      return "an exception raised by the database's own code, whose text may hold data and is not shown"
    }
    // By scalars: a value that begins with a combining mark makes one character with the quote before it, and a carriage
    // return one with the line end after it.
    let line = primary.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }.prefix(500)
    guard sqlstate?.hasPrefix("22") == true, let first = line.firstIndex(of: "\"") else { return String(line) }
    guard let last = line.lastIndex(of: "\""), last > first else { return String(line[..<first]) + "‹value›" }
    return String(line[..<first]) + "‹value›" + String(line[line.index(after: last)...])
  }

  /// The lines of a text of the server or the library, which may end in any way.
  static func lines(of text: String) -> [String] {
    text.unicodeScalars.split { $0 == "\n" || $0 == "\r" }.map { String($0) }
  }
}
