import Core
import Glibc

/// Whether the commands of a rehearsal reach anybody over the network: what leads them to production may stand in a file as
/// well as in a variable.
package struct NetworkIsolation: Hashable, Sendable {
  package enum Reach: String, Hashable, Sendable {
    /// They run in a network namespace of their own. The copy is reached through its Unix socket.
    case none
    /// Somebody set ``NetworkIsolation/asked``.
    case asked
    /// The copy is reached over TCP.
    case copy
    /// This machine lets nobody like us make a namespace.
    case noNamespace = "no-namespace"

    package var words: String {
      switch self {
      case .none: "none (namespace); Unix sockets and files of this machine stay within reach"
      case .asked: "reachable, as \(NetworkIsolation.asked) asks"
      case .copy: "reachable; the scratch database is over TCP"
      case .noNamespace: "reachable; this machine allows no namespace"
      }
    }
  }

  /// Set and not empty: commands of a rehearsal may use the network.
  package static let asked = "GATEHOUSE_REHEARSAL_NETWORK"

  package let reach: Reach
  /// What comes before a command's own words.
  package let words: [String]

  package static func reachable(_ reach: Reach) -> NetworkIsolation { NetworkIsolation(reach: reach, words: []) }

  /// Tries what this machine allows. Root needs no user namespace, unless a container took that from it.
  package static func find(
    _ processes: any ProcessRunner, environment: [String: String]
  ) async throws(Problem) -> NetworkIsolation {
    // A program may talk to itself over the loopback interface, which is down in a new namespace; it is another one's.
    let loopback = "PATH=$PATH:/usr/sbin:/sbin ip link set lo up 2>/dev/null; exec"
    let root = ["unshare", "--net", "--", "sh", "-c", loopback + " \"$@\"", "sh"]
    let user = [
      "unshare", "--user", "--map-current-user", "--keep-caps", "--net", "--", "sh", "-c",
      loopback + " setpriv --inh-caps=-all --ambient-caps=-all --no-new-privs \"$@\"", "sh",
    ]
    for words in geteuid() == 0 ? [root, user] : [user] {
      do throws(Problem) {
        let tried = try await processes.run(
          Command(words + ["true"], environment: environment, folder: "/", timeout: .seconds(20)))
        if tried.succeeded { return NetworkIsolation(reach: .none, words: words) }
      } catch {
        // Without `unshare` there is no namespace.
        guard error.code == "process.not-found" else { throw error }
      }
    }
    return .reachable(.noNamespace)
  }
}
