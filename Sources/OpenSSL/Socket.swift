import Glibc

/// A connected, non-blocking TCP socket; closed at its end.
struct Socket: ~Copyable {
  let descriptor: Int32

  private init(taking descriptor: Int32) { self.descriptor = descriptor }
  deinit { close(descriptor) }

  /// Tries the addresses of the host one after the other.
  static func connect(
    to host: String, port: Int, deadline: Deadline, isCancelled: () -> Bool
  ) throws(TLSInspectionFailure) -> Socket {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    // RFC 6761: every name below localhost is this machine. glibc asks a resolver for it, libcurl does not.
    let host = host.lowercased().hasSuffix(".localhost") ? "localhost" : host
    guard getaddrinfo(host, String(port), &hints, &list) == 0, let first = list else {
      throw .unresolvable(host: host)
    }
    defer { freeaddrinfo(list) }
    var failure = TLSInspectionFailure.refused
    var candidate: UnsafeMutablePointer<addrinfo>? = first
    while let address = candidate {
      switch attempt(address.pointee, deadline, isCancelled) {
      case .success(let descriptor): return Socket(taking: descriptor)
      case .failure(.timeout): throw .timeout
      case .failure(let found): failure = found
      }
      candidate = address.pointee.ai_next
    }
    throw failure
  }

  private static func attempt(
    _ address: addrinfo, _ deadline: Deadline, _ isCancelled: () -> Bool
  ) -> Result<Int32, TLSInspectionFailure> {
    let descriptor = socket(
      address.ai_family, address.ai_socktype | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
      address.ai_protocol)
    guard descriptor >= 0 else { return .failure(.local(String(cString: strerror(errno)))) }
    var code: Int32 = 0
    if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
      code = errno
      if code == EINPROGRESS {
        guard ready(descriptor, POLLOUT, deadline, isCancelled) else {
          close(descriptor)
          return .failure(.timeout)
        }
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size)
      }
    }
    guard code == 0 else {
      close(descriptor)
      switch code {
      case ECONNREFUSED: return .failure(.refused)
      case ECONNRESET: return .failure(.reset)
      case ETIMEDOUT: return .failure(.timeout)
      default: return .failure(.local(String(cString: strerror(code))))
      }
    }
    return .success(descriptor)
  }

  /// Waits until the socket can be read or written; `false` when the time is over or nobody wants the answer.
  static func ready(
    _ descriptor: Int32, _ events: Int32, _ deadline: Deadline, _ isCancelled: () -> Bool
  ) -> Bool {
    while !isCancelled() {
      let slice = deadline.slice
      guard slice > 0 else { return false }
      var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
      if poll(&entry, 1, slice) > 0 { return true }
    }
    return false
  }
}
