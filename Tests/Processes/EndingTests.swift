import Core
import FoundationEssentials
import Glibc
import Processes
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10))) struct `Ending a program` {
  let folder: TemporaryFolder
  let runner = SystemProcessRunner()

  init() throws { folder = try TemporaryFolder() }

  func shell(_ text: String, timeout: Duration = .seconds(30)) -> Command {
    var command = Command.shell(
      text, environment: ["PATH": "/usr/bin:/bin"], folder: folder.path, timeout: timeout)
    command.killAfter = .milliseconds(200)
    return command
  }

  /// The process number that a script wrote into a file, once all of the line is there.
  func written(_ name: String) -> pid_t? {
    guard let text = try? String(contentsOfFile: folder.path + "/" + name, encoding: .utf8), text.hasSuffix("\n")
    else { return nil }
    return pid_t(text.dropLast())
  }

  func number(in name: String) throws -> pid_t { try #require(written(name)) }

  /// Whether it runs; one that has ended and is not yet reaped by its new parent does not.
  func isAlive(_ identifier: pid_t) -> Bool {
    guard let status = try? String(contentsOfFile: "/proc/\(identifier)/stat", encoding: .utf8),
      let state = status.split(separator: ")").last?.split(separator: " ").first
    else { return false }
    return state != "Z" && state != "X"
  }

  /// A kill takes the kernel a moment; the suite's time limit is what fails when there was none.
  func waitForEnd(of name: String) async throws {
    let identifier = try number(in: name)
    while isAlive(identifier) { await Task.yield() }
  }

  @Test func `a time limit ends it`() async throws {
    #expect(try await runner.run(shell("sleep 60", timeout: .milliseconds(50))).ending == .timedOut)
  }

  /// Runs into a time limit that was long enough for the script to write that file, however busy the machine.
  func runIntoTimeLimit(_ text: String, writing name: String) async throws -> Finished {
    for limit in [200, 1000, 5000] as [Int64] {
      let finished = try await runner.run(shell(text, timeout: .milliseconds(limit)))
      if written(name) != nil { return finished }
    }
    return try await runner.run(shell(text, timeout: .seconds(20)))
  }

  @Test func `a time limit also ends a grandchild that ignores SIGTERM`() async throws {
    let finished = try await runIntoTimeLimit(
      """
      (trap '' TERM; sh -c 'trap "" TERM; echo $$ > grandchild; while :; do sleep 1; done') &
      trap 'exit 0' TERM
      wait
      """, writing: "grandchild")
    #expect(finished.ending == .timedOut)
    try await waitForEnd(of: "grandchild")
  }

  @Test func `a program that ignores SIGTERM is killed`() async throws {
    let finished = try await runIntoTimeLimit(
      "trap '' TERM; echo $$ > leader; while :; do sleep 1; done", writing: "leader")
    #expect(finished.ending == .timedOut)
    try await waitForEnd(of: "leader")
  }

  @Test func `a stopped program is ended`() async throws {
    #expect(try await runner.run(shell("kill -STOP $$", timeout: .milliseconds(100))).ending == .timedOut)
  }

  @Test func `cancelling ends it and all its children`() async throws {
    let task = Task {
      try await runner.run(shell("sh -c 'echo $$ > child; sleep 60' & echo $$ > leader; wait"))
    }
    while written("child") == nil || written("leader") == nil { await Task.yield() }
    task.cancel()
    await #expect { _ = try await task.value } throws: { ($0 as? Problem)?.code == "process.cancelled" }
    try await waitForEnd(of: "leader")
    try await waitForEnd(of: "child")
  }

  @Test func `what it left in the background does not hold it up and is ended`() async throws {
    let finished = try await runner.run(shell("sleep 60 & echo $! > straggler; echo done"))
    #expect(finished.ending == .exited(0))
    #expect(finished.output == Array("done\n".utf8))
    try await waitForEnd(of: "straggler")
  }

  @Test func `what it left in a session of its own does not hold it up either`() async throws {
    let finished = try await runner.run(
      shell("setsid sh -c 'echo $$ > escaped; exec sleep 60' & while ! [ -s escaped ]; do sleep 0.01; done; echo done"))
    #expect(finished.ending == .exited(0))
    #expect(finished.output == Array("done\n".utf8))
    kill(try number(in: "escaped"), SIGKILL)
  }

  @Test func `no descriptor is left open`() async throws {
    func open() throws -> Int { try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count }
    let before = try open()
    for _ in 0..<300 { _ = try await runner.run(shell("exit 0")) }
    // Other tests run at the same time; one left by each run would be 300.
    #expect(try open() - before < 200)
  }

  @Test func `no zombie is left`() async throws {
    let finished = try await runner.run(shell("echo $$"))
    let identifier = try #require(pid_t(String(decoding: finished.output.dropLast(), as: UTF8.self)))
    #expect(access("/proc/\(identifier)", F_OK) != 0)
  }
}

@Suite(.timeLimit(.minutes(10))) struct `Streaming an output` {
  let folder: TemporaryFolder
  let runner = SystemProcessRunner()

  init() throws { folder = try TemporaryFolder() }

  func shell(_ text: String) -> Command {
    .shell(text, environment: ["PATH": "/usr/bin:/bin"], folder: folder.path, timeout: .seconds(30))
  }

  @Test func `every byte comes, in order, also to a slow reader`() async throws {
    var sum: [UInt8] = []
    let finished = try await runner.stream(shell("seq 1 400000")) { piece in
      sum.append(contentsOf: piece)
      for _ in 0..<20 { await Task.yield() }
    }
    #expect(finished.ending == .exited(0))
    let expected = (1...400_000).map(String.init).joined(separator: "\n") + "\n"
    #expect(sum == Array(expected.utf8))
    #expect(finished.outputBytes == sum.count)
  }

  @Test func `a reader that has enough ends the program`() async throws {
    // It could write for ever, and does not end by itself.
    var pieces = 0
    await #expect(throws: Problem.self) {
      _ = try await runner.stream(shell("cat /dev/zero")) { _ in
        pieces += 1
        if pieces == 50 { throw Problem("test.enough", "enough was read") }
      }
    }
    #expect(pieces == 50)
  }

  @Test func `what the reader throws is thrown on`() async throws {
    await #expect {
      _ = try await runner.stream(shell("echo x; sleep 60")) { _ in throw Problem("test.full", "the disk is full") }
    } throws: { ($0 as? Problem)?.code == "test.full" }
  }

  @Test func `a stream that was cancelled never looks whole`() async throws {
    let count = Mutex(0)
    let task = Task {
      try await runner.stream(shell("head -c 2000000 /dev/zero; : > done")) { piece in
        count.withLock { $0 += piece.count }
        // Works on the first piece until it is cancelled.
        for await _ in AsyncStream<Never>.makeStream().stream {}
      }
    }
    while access(folder.path + "/done", F_OK) != 0, count.withLock({ $0 }) == 0 { await Task.yield() }
    task.cancel()
    do {
      let finished = try await task.value
      #expect(finished.ending != .exited(0) || count.withLock { $0 } == 2_000_000)
    } catch {
      #expect((error as? Problem)?.code == "process.cancelled")
    }
  }

  @Test func `one that had ended before its reader was cancelled does not look whole either`() async throws {
    let count = Mutex(0)
    let task = Task {
      try await runner.stream(shell("dd if=/dev/zero bs=1000 count=60 2>/dev/null; : > done")) { piece in
        count.withLock { $0 += piece.count }
        for await _ in AsyncStream<Never>.makeStream().stream {}
      }
    }
    while access(folder.path + "/done", F_OK) != 0 { await Task.yield() }
    task.cancel()
    do {
      let finished = try await task.value
      #expect(finished.ending != .exited(0) || count.withLock { $0 } == 60_000)
    } catch {
      #expect((error as? Problem)?.code == "process.cancelled")
    }
  }

  @Test func `an empty output is streamed as nothing`() async throws {
    var pieces = 0
    let finished = try await runner.stream(shell("echo oops >&2; exit 4")) { _ in pieces += 1 }
    #expect(finished.ending == .exited(4))
    #expect(pieces == 0)
    #expect(finished.errorOutput == Array("oops\n".utf8))
  }
}

@Suite struct `The environment of a team's command` {
  @Test func `the policy's secrets are not in it, under no name`() {
    let full = ["TOKEN": "s3cr3t-value", "COPY": "s3cr3t-value", "PATH": "/bin", "SHORT": "1", "OTHER": "1"]
    let clean = CleanEnvironment.forCommand(
      full, removing: [.environment("TOKEN"), .environment("SHORT"), .file("PATH"), .environment("ABSENT")])
    #expect(clean == ["PATH": "/bin", "OTHER": "1"])
  }

  @Test func `in a rehearsal it is what programs need, and leads to no database`() {
    let full = [
      "PATH": "/bin", "LC_ALL": "C", "HOME": "/home/ci", "TOKEN": "s3cr3t-value", "NODE_ENV": "s3cr3t-value",
      "STRIPE_KEY": "sk-live", "PGHOST": "db", "PGSERVICE": "production", "PGPASSFILE": "/home/ci/.pgpass",
      "NODE_OPTIONS": "--db=POSTGRES://db/x", "REPLICA": "postgresql://db/x", "SCHEMA": "app", "PGDATABASE": "x",
      "GATEHOUSE_REHEARSAL_KEEP": "SCHEMA, REPLICA PGDATABASE TOKEN ABSENT",
    ]
    #expect(
      RehearsalEnvironment.forCommand(full, removing: [.environment("TOKEN")]) == [
        "PATH": "/bin", "LC_ALL": "C", "HOME": "/home/ci", "SCHEMA": "app", "PGPASSFILE": "/nonexistent",
        "PGSERVICEFILE": "/nonexistent", "PGSYSCONFDIR": "/nonexistent", "GATEHOUSE_REHEARSAL": "1",
      ])
  }
}
