internal import CLibPQ
import Dispatch
import Glibc

/// One libpq connection, used with non-blocking calls and `poll`, so that every wait has an end.
///
/// libpq's rule: "the one restriction is that no two threads attempt to manipulate the same PGconn object at the same
/// time" (https://www.postgresql.org/docs/15/libpq-threading.html). A session is created and used inside one actor on
/// its own serial queue; only the separate cancel object leaves it, for which libpq promises thread safety.
final class Session {
  let raw: OpaquePointer
  /// How long a cancelled statement may take to give up before the connection is dropped.
  static let grace = Duration.seconds(10)
  var isUsable = true
  /// Rows of a `COPY` are coming: no other statement may be sent before their end.
  var isCopying = false
  /// All of its rows were taken; only how it ended is still to be heard.
  var copyHasEnded = false

  private init(taking raw: OpaquePointer) { self.raw = raw }
  deinit { PQfinish(raw) }

  var serverVersion: Int { Int(PQserverVersion(raw)) }

  // MARK: Opening

  /// Connects within the time, or throws. Resolving the host's name is the resolver's own time limit on top.
  static func open(
    _ address: ConnectionAddress, deadline: ContinuousClock.Instant, interrupt: Interrupt
  ) throws(PostgresError) -> Session {
    let parameters = address.parameters(
      defaults: [
        ("keepalives", "1"), ("keepalives_idle", "30"),
        ("keepalives_interval", "10"), ("keepalives_count", "3"), ("tcp_user_timeout", "60000"),
        ("gssencmode", "disable"),
      ], overrides: [("client_encoding", "UTF8"), ("application_name", "gatehouse")])
    let keywords = CStrings(parameters.map(\.0))
    let values = CStrings(parameters.map(\.1))
    guard let raw = PQconnectStartParams(keywords.pointers, values.pointers, 0) else {
      throw PostgresError(.connection, "libpq is out of memory")
    }
    let session = Session(taking: raw)
    PQsetErrorVerbosity(raw, PQERRORS_VERBOSE)
    PQsetNoticeReceiver(raw, { _, _ in }, nil)
    var wanted = PGRES_POLLING_WRITING
    while PQstatus(raw) != CONNECTION_BAD, wanted != PGRES_POLLING_OK, wanted != PGRES_POLLING_FAILED {
      switch session.wait(
        reading: wanted == PGRES_POLLING_READING, writing: wanted == PGRES_POLLING_WRITING, until: deadline, interrupt)
      {
      case .ready: wanted = PQconnectPoll(raw)
      case .deadline:
        throw PostgresError(.timeout, "no connection to \(address.place) within the time limit")
      case .interrupted: throw PostgresError(.cancelled, "cancelled while connecting to \(address.place)")
      case .failed(let reason): throw PostgresError(.connection, reason)
      }
    }
    guard PQstatus(raw) == CONNECTION_OK else { throw session.connectFailure() }
    PQsetErrorVerbosity(raw, PQERRORS_DEFAULT)
    guard PQprotocolVersion(raw) == 3, PQsetnonblocking(raw, 1) == 0 else {
      throw PostgresError(.protocolMismatch, "the server does not speak version 3 of the protocol")
    }
    return session
  }

  /// libpq gives no field for the SQLSTATE of a refused login, but writes it in its verbose form: `FATAL:  28P01: …`.
  private func connectFailure() -> PostgresError {
    let text = String(cString: PQerrorMessage(raw))
    for line in PostgresError.lines(of: text) {
      guard let gap = line.firstRange(of: ":  ") else { continue }
      let rest = line[gap.upperBound...]
      let code = rest.prefix { $0 != ":" }
      guard code.utf8.count == 5, code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) })
      else { continue }
      let message = String(rest.dropFirst(5).drop { $0 == ":" || $0 == " " })
      return PostgresError(
        code.hasPrefix("28") ? .authentication : .server, sqlstate: String(code),
        PostgresError.withoutData(message, sqlstate: String(code), raisedBy: nil))
    }
    if PQconnectionNeedsPassword(raw) == 1 {
      return PostgresError(.authentication, "the server asks for a password and the address has none")
    }
    let first = PostgresError.lines(of: text).first ?? "no connection"
    return PostgresError(.connection, String(first.prefix(500)))
  }

  // MARK: Statements

  enum Statement {
    case parameterized(String, [String?])
    case script(String)

    var text: String {
      switch self {
      case .parameterized(let text, _), .script(let text): text
      }
    }

    var isQuery: Bool {
      switch self {
      case .parameterized: true
      case .script: false
      }
    }
  }

  /// Sends the statement and collects its answer, up to `limit` bytes of values.
  ///
  /// When the time runs out or the task is cancelled the statement is cancelled on the server and its end awaited, so
  /// that the connection is afterwards either usable or closed, never in between.
  func execute(
    _ statement: Statement, deadline: ContinuousClock.Instant?, interrupt: Interrupt, limit: Int
  ) throws(PostgresError) -> Rows {
    guard isUsable, !isCopying else {
      throw PostgresError(.closed, "the connection was lost, closed or is copying")
    }
    try send(statement)
    var collected = Collected()
    var stop: PostgresError?
    while true {
      let next = nextResult(until: stop == nil ? deadline : nil, stop == nil ? interrupt : nil, stop)
      switch next {
      case .result(let result):
        read(result, into: &collected, keep: statement.isQuery, limit: limit)
        if collected.asksForCopy {
          isUsable = false
          throw PostgresError(.protocolMismatch, "COPY from or to the client is not supported here")
        }
        if collected.bytes > limit, stop == nil {
          stop = PostgresError(.tooLarge, "more than \(limit) bytes were returned")
          try cancel(because: stop)
        }
      case .end:
        if let stop, stop.kind == .tooLarge { throw stop }
        // Cancelled by us: say so. A statement that came to its end in spite of it was done, and that is what counts.
        if let error = collected.error { throw error.sqlstate == "57014" ? stop ?? error : error }
        return Rows(columns: collected.columns, rows: collected.rows, affected: collected.affected)
      case .lost(let error):
        isUsable = false
        throw collected.error.map { PostgresError(.connection, sqlstate: $0.sqlstate, $0.message) } ?? error
      case .stopped(let error):
        stop = error
        try cancel(because: error)
      }
    }
  }

  func send(_ statement: Statement, inRows: Bool = true) throws(PostgresError) {
    guard !statement.text.utf8.contains(0) else { throw PostgresError(.server, "the statement contains a NUL byte") }
    let sent: Int32
    switch statement {
    case .script(let text): sent = PQsendQuery(raw, text)
    case .parameterized(let text, let parameters):
      guard !parameters.contains(where: { $0?.utf8.contains(0) == true }) else {
        throw PostgresError(.server, "a parameter contains a NUL byte, which PostgreSQL's text cannot hold")
      }
      let values = CStrings(parameters)
      sent = PQsendQueryParams(raw, text, Int32(parameters.count), nil, values.pointers, nil, nil, 0)
    }
    guard sent == 1 else {
      isUsable = false
      throw lostConnection()
    }
    if inRows { PQsetSingleRowMode(raw) }
  }

  enum Next {
    case result(OpaquePointer)
    case end
    case lost(PostgresError)
    case stopped(PostgresError)
  }

  /// The next result of the statement, waiting for it as long as allowed; after a stop, as long as the grace allows.
  func nextResult(
    until deadline: ContinuousClock.Instant?, _ interrupt: Interrupt?, _ stop: PostgresError?
  ) -> Next {
    let limit = stop == nil ? deadline : ContinuousClock.now + Session.grace
    while true {
      let flushed = PQflush(raw)
      if flushed < 0 { return .lost(lostConnection()) }
      if flushed == 0, PQisBusy(raw) == 0 {
        guard let result = PQgetResult(raw) else {
          return PQstatus(raw) == CONNECTION_BAD ? .lost(lostConnection()) : .end
        }
        return .result(result)
      }
      switch wait(reading: true, writing: flushed > 0, until: limit, interrupt) {
      case .ready: if PQconsumeInput(raw) == 0 { return .lost(lostConnection()) }
      case .deadline:
        if let stop { return .lost(stop) }
        return .stopped(PostgresError(.timeout, "the time limit ran out and the statement was cancelled"))
      case .interrupted: return .stopped(PostgresError(.cancelled, "the task was cancelled and so was its statement"))
      case .failed(let reason): return .lost(PostgresError(.connection, reason))
      }
    }
  }

  /// Asks the server to end the statement; closes the connection when even that cannot be said in time.
  ///
  /// `PQcancel` blocks without a limit of its own, so it runs on another thread, which its cancel object allows. It
  /// returns after the server has delivered the signal, so that a late one cannot hit the next statement.
  func cancel(because stop: PostgresError?) throws(PostgresError) {
    guard let object = PQgetCancel(raw) else {
      isUsable = false
      throw stop ?? lostConnection()
    }
    let done = DispatchSemaphore(value: 0)
    let box = CancelObject(taking: object)
    // A queue of its own: the shared ones start no new thread at once while others of theirs are blocked.
    DispatchQueue(label: "gatehouse.postgres.cancel").async {
      box.cancel()
      done.signal()
    }
    let grace = Double(Session.grace.components.seconds)
    guard done.wait(timeout: .now() + grace) == .success else {
      isUsable = false
      throw stop ?? lostConnection()
    }
  }

  func lostConnection() -> PostgresError {
    let line = PostgresError.lines(of: String(cString: PQerrorMessage(raw))).first
    return PostgresError(.connection, "the connection was lost: " + String((line ?? "no reason given").prefix(300)))
  }

  // MARK: Waiting

  enum Readiness {
    case ready
    case deadline
    case interrupted
    case failed(String)
  }

  func wait(
    reading: Bool, writing: Bool, until deadline: ContinuousClock.Instant?, _ interrupt: Interrupt?
  ) -> Readiness {
    let socket = PQsocket(raw)
    guard socket >= 0 else { return .failed("the connection has no socket any more") }
    if let interrupt, interrupt.descriptor < 0 { return .failed("this process has no file descriptor left") }
    var polled = [
      pollfd(fd: socket, events: Int16((reading ? POLLIN : 0) | (writing ? POLLOUT : 0)), revents: 0),
      pollfd(fd: interrupt?.descriptor ?? -1, events: Int16(POLLIN), revents: 0),
    ]
    while true {
      var milliseconds: Int32 = -1
      if let deadline {
        let left = ContinuousClock.now.duration(to: deadline)
        if left <= .zero { return .deadline }
        let whole = left.components.seconds.multipliedReportingOverflow(by: 1000)
        let parts = left.components.attoseconds / 1_000_000_000_000_000
        milliseconds = whole.overflow ? .max : Int32(clamping: whole.partialValue + parts + 1)
      }
      let count = poll(&polled, 2, milliseconds)
      if count < 0 {
        if errno == EINTR { continue }
        return .failed("poll: error \(errno)")
      }
      if count == 0 { continue }
      if polled[1].revents != 0 { return .interrupted }
      return .ready
    }
  }
}
