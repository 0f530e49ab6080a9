/// What a scratch server can reach over the network, and with it all that runs inside: functions, `dblink`, foreign tables,
/// `COPY … PROGRAM`.
package enum ScratchNetwork: String, Hashable, Sendable {
  /// It runs in a network namespace of its own, in which there is nobody else, and in a mount namespace of its own, in which
  /// `/run` and `/tmp` hold nothing of the machine's: the folders of the usual Unix sockets.
  case none
  /// It runs in a network namespace of its own, and sees the machine's Unix sockets.
  case sockets
  /// This machine lets nobody like us make a namespace.
  case noNamespace = "no-namespace"
  /// The server needs the loopback interface: it listens there, or counts rows through it, as those before 15 do.
  case loopback
  /// The server is not one of ours.
  case theirs

  package var words: String {
    switch self {
    case .none: "none (namespaces); Unix sockets in /run and /tmp are hidden"
    case .sockets: "none (namespace); Unix sockets of this machine stay within reach"
    case .noNamespace: "reachable; this machine allows no namespace"
    case .loopback: "reachable; the server needs the loopback interface"
    case .theirs: "reachable; the server is the team's"
    }
  }
}
