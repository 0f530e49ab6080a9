import ArgumentParser
import Core
import Standins

/// For tests and rehearsals by hand: the stand-in of Vercel as a process of its own.
struct StandinVerb: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "standin", abstract: "Stand-ins of remote services, for tests.", shouldDisplay: false,
    subcommands: [Vercel.self])

  struct Vercel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "vercel", abstract: "A stand-in of Vercel's REST API on 127.0.0.1, until it is told to stop.",
      discussion: "Example: gatehouse standin vercel --port 4000 --state projects.json")

    @Option(help: "The port; 0 takes a free one.") var port: UInt16 = 0
    @Option(help: "The file to which exchanges are appended.") var record: String?
    @Option(help: "What is there at the start, as JSON: see docs/reference/standin.md.") var state: String?

    func run() async throws {
      let terminal = Terminal(environment: [:], isForMachines: true)
      let (port, record, state) = (port, record, state)
      do {
        try await StopSignals.cancelling {
          try await VercelStandin.runForever(port: port, record: record, state: state) { terminal.answer($0) }
        }
      } catch let problem as Problem {
        for line in problem.lines() { terminal.talk(line) }
        throw Ended(code: .unreachable)
      }
    }
  }
}
