import Core
import Dispatch
import Glibc
import Postgres

/// Why a server could not be reached, told by system calls of our own: libpq tells it only in words.
enum Reachability {
  enum Outcome: Sendable {
    case unresolvable
    case local(String)
    case refused
    case silent
    /// The connection can be made, so what failed came after it.
    case reached

    var rank: Int {
      switch self {
      case .reached: 0
      case .refused: 1
      case .silent: 2
      case .local: 3
      case .unresolvable: 4
      }
    }
  }

  static func judge(_ database: Secret, _ error: PostgresError, after took: Duration) async -> Finding {
    // The server did answer, with an error such as 57P03 while it starts.
    if let state = error.sqlstate { return SQLProbe.judge(sqlstate: state) }
    let host: String
    let port: String
    do throws(PostgresError) {
      let address = try ConnectionAddress(database)
      // A place is `host:port/database`.
      let place = address.place.prefix { $0 != "/" }
      guard let named = address.host, !named.hasPrefix("/"), !named.contains(",") else {
        return .unwell(.refused, "no connection to the database")
      }
      host = named
      port = place.split(separator: ":").last.map(String.init) ?? "5432"
    } catch {
      return .blind(.notAskable, "the address of the database cannot be read")
    }
    switch await connect(host: host, port: port) {
    case .unresolvable: return .blind(.resolver, "the database's name could not be resolved here")
    case .local(let why): return .blind(.local, "this machine failed: \(why)")
    case .refused: return .unwell(.refused, "connection refused")
    case .silent: return .unwell(.connectTimeout, "no connection within \(took.words)")
    case .reached: return .unwell(.reset, "the server takes connections and breaks them off")
    }
  }

  /// Blocks a thread of its own for two seconds at most, besides the resolver's time.
  private static func connect(host: String, port: String) async -> Outcome {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: connectNow(host: host, port: port)) }
    }
  }

  private static func connectNow(host: String, port: String) -> Outcome {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, port, &hints, &list) == 0, let first = list else { return .unresolvable }
    defer { freeaddrinfo(list) }
    // Of several addresses the target's own answer tells more than a family that this machine lacks.
    var outcomes: [Outcome] = []
    var next: UnsafeMutablePointer<addrinfo>? = first
    while let entry = next?.pointee {
      outcomes.append(tryAddress(entry))
      next = entry.ai_next
    }
    return outcomes.min { $0.rank < $1.rank } ?? .unresolvable
  }

  private static func tryAddress(_ entry: addrinfo) -> Outcome {
    let socket = Glibc.socket(
      entry.ai_family, entry.ai_socktype | Int32(SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { return .local(words(errno)) }
    defer { close(socket) }
    if Glibc.connect(socket, entry.ai_addr, entry.ai_addrlen) == 0 { return .reached }
    guard errno == EINPROGRESS else { return sorted(errno) }
    var waiting = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
    guard poll(&waiting, 1, 2000) > 0 else { return .silent }
    var failure: Int32 = 0
    var size = socklen_t(MemoryLayout<Int32>.size)
    guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 else { return .local(words(errno)) }
    return failure == 0 ? .reached : sorted(failure)
  }

  private static func sorted(_ number: Int32) -> Outcome {
    switch number {
    case ECONNREFUSED, ECONNRESET: .refused
    case ETIMEDOUT: .silent
    default: .local(words(number))
    }
  }

  private static func words(_ number: Int32) -> String { String(cString: strerror(number)) }
}
