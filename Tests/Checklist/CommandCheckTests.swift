import Core
import FoundationEssentials
import Glibc
import Processes
import TestSupport
import Testing

@testable import Checklist

@Suite struct `The command check` {
  static let endings: [(Finished.Ending, CheckStatus, String)] = [
    (.exited(0), .pass, "succeeded in 14.2 s"), (.exited(2), .fail, "exited 2 after 14.2 s"),
    (.exited(127), .inconclusive, "was not run"), (.exited(126), .inconclusive, "was not run"),
    (.timedOut, .fail, "did not end within 10 min"), (.signalled(9), .inconclusive, "signal 9"),
  ]

  @Test(arguments: endings)
  func `judges how it ended`(ending: Finished.Ending, status: CheckStatus, says: String) {
    let rules = CommandRules(run: ["make"])
    let facts = CommandFacts(
      ending: ending, duration: .milliseconds(14_200), bytes: 1204, file: ".gatehouse/build-1.log")
    let report = CommandCheck.judge(line(.command(rules)), rules, [.success(facts)])
    #expect(report.status == status)
    #expect(report.reason.contains(says), "\(report.reason)")
    if status != .pass {
      #expect(report.details == ["1,204 bytes of output in .gatehouse/build-1.log"])
      #expect(report.remedy?.contains(".gatehouse/build-1.log") ?? false || ending == .signalled(9))
    }
  }

  @Test func `of several commands each must have run`() {
    let rules = CommandRules(run: ["one", "two"])
    let good = Result<CommandFacts, Problem>.success(.init(ending: .exited(0), duration: .seconds(1), bytes: 0))
    func judge(_ outcomes: [Result<CommandFacts, Problem>]) -> CheckStatus {
      CommandCheck.judge(line(.command(rules)), rules, outcomes).status
    }
    #expect(judge([good, good]) == .pass)
    #expect(judge([good]) == .inconclusive)
    #expect(judge([]) == .inconclusive)
    #expect(judge([good, .failure(ScriptedFacts.nobodyLooked)]) == .inconclusive)
    #expect(
      CommandCheck.judge(
        line(.command(rules)), rules, [good, .success(.init(ending: .exited(1), duration: .seconds(1), bytes: 0))]
      ).reason.hasPrefix("command 2 of 2 exited 1"))
    #expect(CommandCheck.judge(line(.command(.init(run: []))), .init(run: []), []).status == .inconclusive)
  }

  @Test func `what a command prints is kept in private and told to nobody`() async throws {
    let folder = try TemporaryFolder()
    let commands = TeamCommands(
      processes: SystemProcessRunner(), environment: ["PATH": "/usr/bin:/bin"], folder: folder.path,
      outputFolder: ".gatehouse/output/01JD")
    let text = "echo patient Maria; exit 3"
    let item = line(.command(CommandRules(run: [text])), id: "../../etc/build")
    let outcome = await commands.run(text, number: 1, of: item, timeout: .seconds(30))
    let report = CommandCheck.judge(item, CommandRules(run: [text]), [outcome])
    #expect(report.status == .fail)
    #expect(!report.json.text().contains("Maria"))
    let file = try #require(try outcome.get().file)
    #expect(file == ".gatehouse/output/01JD/______etc_build-1.log")
    #expect(try String(contentsOfFile: folder.path + "/" + file, encoding: .utf8) == "patient Maria\n")
    var status = stat()
    #expect(stat(folder.path + "/.gatehouse/output", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o700)
    #expect(try String(contentsOfFile: folder.path + "/.gatehouse/.gitignore", encoding: .utf8) == "*\n")
  }
}
