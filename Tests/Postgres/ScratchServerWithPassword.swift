import Core
import Snapshots

/// A server that listens on TCP with a password, for tests of logins.
enum ScratchServerWithPassword {
  private static let server = Task { try await ScratchServer.start(tcp: true) }
  static let shared = Task { try await server.value.url() }
}
