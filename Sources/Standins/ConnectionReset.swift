import Glibc

/// Ends a connection with a reset, which the HTTP server has no way to do.
enum ConnectionReset {
  /// Finds this process's end of the connection between the two loopback ports and resets it.
  ///
  /// `connect` to `AF_UNSPEC` dissolves the association of a TCP socket and sends RST at once (connect(2), "dissolve the
  /// association"; Linux `tcp_disconnect`). The descriptor stays the server's, whose next write fails and which then
  /// closes it. The server waits for our answer meanwhile, so the descriptor cannot be another connection's.
  static func reset(localPort: UInt16, peerPort: UInt16) -> Bool {
    guard let descriptor = find(localPort: localPort, peerPort: peerPort) else { return false }
    var nowhere = sockaddr()
    nowhere.sa_family = sa_family_t(AF_UNSPEC)
    return connect(descriptor, &nowhere, socklen_t(MemoryLayout<sockaddr>.size)) == 0
  }

  private static func find(localPort: UInt16, peerPort: UInt16) -> Int32? {
    var limit = rlimit()
    let highest =
      getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 ? min(limit.rlim_cur, 65536) : 1024
    return (0..<Int32(highest)).first { descriptor in
      port(descriptor, getsockname) == localPort && port(descriptor, getpeername) == peerPort
    }
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
