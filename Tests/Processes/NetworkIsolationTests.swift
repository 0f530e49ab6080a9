import Core
import Processes
import Testing

@Suite struct NetworkIsolationTests {
  private static let environment = ["PATH": "/usr/bin:/bin"]

  @Test func `a command reaches nobody, where the machine allows a namespace`() async throws {
    let isolation = try await NetworkIsolation.find(SystemProcessRunner(), environment: Self.environment)
    func ask(_ before: [String]) async throws -> [Substring] {
      var command = Command.shell(
        "readlink /proc/self/ns/net; id -u; exit 7", environment: Self.environment, folder: "/", timeout: .seconds(30))
      command.arguments = before + command.arguments
      let finished = try await SystemProcessRunner().run(command)
      #expect(finished.ending == .exited(7), "the command's own code is the answer")
      return String(decoding: finished.output, as: UTF8.self).split(separator: "\n")
    }
    let (outside, inside) = (try await ask([]), try await ask(isolation.words))
    #expect((inside.first == outside.first) == (isolation.reach != .none))
    #expect(inside.last == outside.last, "who it is stays")
    #expect(isolation.reach == .none || isolation.words == [])
  }

  @Test func `without unshare it says that there is none`() async throws {
    let isolation = try await NetworkIsolation.find(SystemProcessRunner(), environment: ["PATH": "/nonexistent"])
    #expect(isolation == .reachable(.noNamespace))
  }
}
