import Glibc

/// What the HTTP server has no way to do with its sockets: this process's own, found by their ports.
enum LoopbackSockets {
  /// Resets the connection between the two loopback ports, at our end.
  ///
  /// `connect` to `AF_UNSPEC` dissolves the association of a TCP socket and sends RST at once (connect(2), "dissolve the
  /// association"; Linux `tcp_disconnect`). The descriptor stays the server's, whose next write fails and which then
  /// closes it. The server waits for our answer meanwhile, so the descriptor cannot be another connection's.
  static func reset(localPort: UInt16, peerPort: UInt16) -> Bool {
    let found = descriptor { port($0, getsockname) == localPort && port($0, getpeername) == peerPort }
    guard let descriptor = found else { return false }
    var nowhere = sockaddr()
    nowhere.sa_family = sa_family_t(AF_UNSPEC)
    return connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size)) == 0
  }

  /// Makes connections to come on the port send at once.
  ///
  /// The server writes the head and the body of an answer apart; with Nagle's algorithm the body would wait 40 ms for the
  /// client's delayed acknowledgement. Accepted sockets inherit `TCP_NODELAY` from the listening one on Linux (tcp(7)).
  static func sendAtOnce(listeningOn wanted: UInt16) -> Bool {
    let found = descriptor { isListening($0) && port($0, getsockname) == wanted }
    guard let descriptor = found else { return false }
    var on: Int32 = 1
    return setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size)) == 0
  }

  private static func descriptor(where isWanted: (Int32) -> Bool) -> Int32? {
    var limit = rlimit()
    let known = getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
    let highest = known ? min(limit.rlim_cur, 65536) : 1024
    return (0..<Int32(highest)).first(where: isWanted)
  }

  private static func isListening(_ descriptor: Int32) -> Bool {
    var value: Int32 = 0
    var length = socklen_t(MemoryLayout<Int32>.size)
    return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) == 0 && value != 0
  }

  private static func port(
    _ descriptor: Int32, _ ask: (Int32, UnsafeMutablePointer<sockaddr>?, UnsafeMutablePointer<socklen_t>?) -> Int32
  ) -> UInt16? {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
    }
    guard status == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
    return UInt16(bigEndian: address.sin_port)
  }
}
