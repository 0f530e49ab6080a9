import Core
import FoundationEssentials
import Glibc
import Processes
import TestSupport
import Testing

@Suite struct `Running a program` {
  let folder: TemporaryFolder
  let runner = SystemProcessRunner()

  init() throws { folder = try TemporaryFolder() }

  func shell(_ text: String, timeout: Duration = .seconds(30)) -> Command {
    .shell(text, environment: ["PATH": "/usr/bin:/bin"], folder: folder.path, timeout: timeout)
  }

  @Test(arguments: [
    ("exit 0", Finished.Ending.exited(0)), ("exit 3", .exited(3)), ("kill -9 $$", .signalled(9)),
    ("kill -TERM $$", .signalled(15)),
  ])
  func `its ending is told`(text: String, ending: Finished.Ending) async throws {
    #expect(try await runner.run(shell(text)).ending == ending)
  }

  @Test func `both outputs are kept apart`() async throws {
    let finished = try await runner.run(shell("printf out; printf err >&2"))
    #expect(finished.output == Array("out".utf8))
    #expect(finished.errorOutput == Array("err".utf8))
    #expect(!finished.outputWasCut)
  }

  @Test func `it has the environment and the folder that were said, and no other`() async throws {
    var command = shell("env; pwd")
    command.environment["ONLY"] = "this one"
    let text = String(decoding: try await runner.run(command).output, as: UTF8.self)
    #expect(text.contains("ONLY=this one\n"))
    #expect(text.hasSuffix(folder.path + "\n"))
    #expect(!text.contains("HOME="))
  }

  @Test func `it reads what it is given and then meets the end`() async throws {
    let given = [UInt8](repeating: 65, count: 3_000_000)
    var command = Command(
      ["wc", "-c"], environment: ["PATH": "/usr/bin:/bin"], folder: folder.path, timeout: .seconds(30), input: given)
    #expect(String(decoding: try await runner.run(command).output, as: UTF8.self) == "3000000\n")
    command.input = nil
    #expect(String(decoding: try await runner.run(command).output, as: UTF8.self) == "0\n")
  }

  @Test func `one that stops reading its input is no failure`() async throws {
    let command = Command(
      ["head", "-c", "1"], environment: ["PATH": "/usr/bin:/bin"], folder: folder.path, timeout: .seconds(30),
      input: [UInt8](repeating: 66, count: 3_000_000))
    let finished = try await runner.run(command)
    #expect(finished.ending == .exited(0))
    #expect(finished.output == [66])
  }

  @Test func `of a long output the end is kept and all of it is counted`() async throws {
    var command = shell("head -c 5000000 /dev/zero; printf end")
    command.captureLimit = 1000
    let finished = try await runner.run(command)
    #expect(finished.outputBytes == 5_000_003)
    #expect(finished.output.count == 1000)
    #expect(finished.output.suffix(3) == Array("end".utf8))
    #expect(finished.outputWasCut)
  }

  @Test func `both outputs go to a file that only its owner reads`() async throws {
    var command = shell("printf out; printf err >&2")
    command.outputFile = try folder.write("an old one, longer than the new", to: "output.log")
    let finished = try await runner.run(command)
    var status = stat()
    #expect(stat(folder.path + "/output.log", &status) == 0)
    #expect(status.st_mode & 0o777 == 0o600)
    let text = try String(contentsOfFile: folder.path + "/output.log", encoding: .utf8)
    #expect(text == "outerr" || text == "errout")
    #expect(finished.outputFileIsWhole)
  }

  @Test func `a full output file is said`() async throws {
    var command = shell("head -c 100 /dev/zero")
    command.outputFile = folder.path + "/output.log"
    command.outputFileLimit = 10
    let finished = try await runner.run(command)
    #expect(finished.ending == .exited(0))
    #expect(!finished.outputFileIsWhole)
    #expect(try Data(contentsOf: URL(filePath: folder.path + "/output.log")).count == 10)
  }

  @Test func `no descriptor of ours reaches it, and none stays open`() async throws {
    // The first run opens what the runtime keeps.
    _ = try await runner.run(shell("true"))
    let finished = try await runner.run(shell("ls /proc/self/fd | wc -l"))
    // 0, 1, 2 and the one `ls` reads the folder with.
    #expect(String(decoding: finished.output, as: UTF8.self) == "4\n")
  }

  @Test func `many run at the same time`() async throws {
    let endings = try await withThrowingTaskGroup(of: Finished.self) { group in
      for number in 0..<40 { group.addTask { try await runner.run(shell("exit \(number)")) } }
      return try await group.reduce(into: Set<Int32>()) { seen, finished in
        if case .exited(let code) = finished.ending { seen.insert(code) }
      }
    }
    #expect(endings == Set(0..<40))
  }
}

@Suite struct `A program that cannot be run` {
  let folder: TemporaryFolder
  let runner = SystemProcessRunner()

  init() throws { folder = try TemporaryFolder() }

  func problem(_ words: [String], environment: [String: String] = ["PATH": "/usr/bin:/bin"]) async -> Problem? {
    do {
      _ = try await runner.run(
        Command(words, environment: environment, folder: folder.path, timeout: .seconds(30)))
      return nil
    } catch {
      return error
    }
  }

  @Test func `a missing program is named with the way to get it`() async throws {
    let missing = await problem(["pg_dump"], environment: ["PATH": folder.path])
    #expect(missing?.code == "process.not-found")
    #expect(missing?.remedy?.contains("apt-get install postgresql-client") == true)
    #expect(await problem(["./none"])?.code == "process.not-found")
  }

  @Test func `the judged folder does not choose the program`() async throws {
    try folder.write("#!/bin/sh\nexit 0\n", to: "git")
    chmod(folder.path + "/git", 0o755)
    #expect(await problem(["git"], environment: ["PATH": ".::"])?.code == "process.not-found")
  }

  @Test func `a file without the right to run, or without its interpreter, says so`() async throws {
    try folder.write("#!/bin/sh\n", to: "plain")
    #expect(await problem(["./plain"])?.code == "process.not-executable")
    try folder.write("#!/nowhere/interpreter\n", to: "orphan")
    chmod(folder.path + "/orphan", 0o755)
    #expect(await problem(["./orphan"])?.why?.contains("interpreter") == true)
  }

  @Test func `a message never holds an argument or a value`() async throws {
    let problems = [
      await problem(["sh", "-c", "hunter2\0"]), await problem(["sh"], environment: ["A": "hunter2\0"]),
      await problem(["nowhere-to-be-found", "hunter2"]),
    ]
    for problem in problems {
      let found = try #require(problem)
      #expect(!"\(found) \(found.remedy ?? "")".contains("hunter2"))
    }
  }

  @Test func `a missing folder is named`() async throws {
    await #expect(throws: Problem.self) {
      _ = try await runner.run(
        .shell("true", environment: [:], folder: folder.path + "/none", timeout: .seconds(1)))
    }
  }
}
