import ArgumentParser
import Core
import Glibc
import Processes

/// The program: parses the arguments, runs the verb, and turns how it ended into the exit code.
package enum Gatehouse {
  package static func main() async -> Never {
    // A closed pipe is an error of one write, not the end of a release.
    signal(SIGPIPE, SIG_IGN)
    keepStandardStreams()
    OwnMemory.keep()
    let arguments = Array(CommandLine.arguments.dropFirst())
    exit(await run(arguments).rawValue)
  }

  /// Opens what is closed of the standard streams onto nothing: else the next file that is opened would take their place, and
  /// get the words that people should read.
  private static func keepStandardStreams() {
    for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
      // The lowest free one is this one, since those below are open.
      _ = open("/dev/null", O_RDWR)
    }
  }

  /// Runs one invocation.
  ///
  /// - Returns: the exit code; all words are out by then.
  package static func run(_ arguments: [String]) async -> Core.ExitCode {
    do {
      var command = try Root.parseAsRoot(arguments)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return .done
    } catch let ended as Ended {
      return ended.code
    } catch {
      return explain(error, asked: arguments)
    }
  }

  /// Help and version go to standard output and end well; everything else is wrong usage.
  private static func explain(_ error: any Error, asked arguments: [String]) -> Core.ExitCode {
    let text = Root.fullMessage(for: error)
    guard Root.exitCode(for: error) != .success else {
      print(text)
      return .done
    }
    let isForMachines =
      arguments.contains("--format=json")
      || zip(arguments, arguments.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    let terminal = Terminal(environment: [:], isForMachines: isForMachines)
    if isForMachines {
      terminal.answer([
        "schema": .string("gatehouse.\(verb(of: arguments))/v1"), "decision": "usage",
        "exit": .integer(Int64(Core.ExitCode.usage.rawValue)), "run": nil,
        "problems": [Problem("usage", Root.message(for: error), remedy: "gatehouse --help").json],
      ])
    }
    terminal.talk(lines: text)
    return .usage
  }
}

extension Gatehouse {
  /// The verb that the arguments name, such as `snapshot-create`; `usage` when they name none.
  private static func verb(of arguments: [String]) -> String {
    var (words, command): ([String], any ParsableCommand.Type) = ([], Root.self)
    for argument in arguments {
      guard let next = command.configuration.subcommands.first(where: { $0._commandName == argument }) else { break }
      (words, command) = (words + [argument], next)
    }
    return words.isEmpty ? "usage" : words.joined(separator: "-")
  }
}

/// Thrown by a verb that has said all it has to say.
struct Ended: Error {
  let code: Core.ExitCode
}

struct Root: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gatehouse",
    abstract: "The deployment gate for Vercel projects over PostgreSQL.",
    discussion: """
      May this go out? Is there a way back? Is it well? Exit codes: 0 done, 1 refused, 2 usage or policy, 3 inconclusive,
      4 could not reach, 5 waiting, 6 rolled back, 7 needs a person, 8 locked.

      Example: gatehouse check --policy gatehouse.yml
      """,
    version: Version.text,
    subcommands: [
      CheckVerb.self, DoctorVerb.self, VercelVerb.self, CollectVerb.self, DeployVerb.self, ConfirmVerb.self,
      ResumeVerb.self, RollbackVerb.self,
      StatusVerb.self,
      ExplainVerb.self,
      WatchVerb.self, RehearseVerb.self, SnapshotVerb.self, MigrateVerb.self, PolicyVerb.self, StandinVerb.self,
    ])
}

package enum Version {
  package static let text = "0.1.0"
}
