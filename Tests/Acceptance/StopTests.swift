import Core
import FoundationEssentials
import Glibc
import Standins
import TestSupport
import Testing

/// Two runs at a time, and a run that is told to stop or killed.
@Suite(.inTurn) struct `One run at a time` {
  @Test func `while one runs another one ends with who holds the lock`() async throws {
    let clinic = try await Clinic { $0.lasts = "60s" }
    let looked = Signpost()
    clinic.atLook(1) { looked.pass() }
    async let first = clinic.run("deploy")
    await looked.wait()
    // Not by `clinic.run`, which would note another process.
    let second = try await clinic.run("deploy", with: ["PROCESS_FILE": "/dev/null"])
    #expect(second.exit == 8, "\(second)")
    let told = try await clinic.run("status", with: ["PROCESS_FILE": "/dev/null"])
    let holder = try #require(told.document["lock"]?["run"]?.string)
    #expect(second.words.contains("run \(holder) on "), "\(second)")
    #expect(second.document["problems"]?.array?.first?["code"]?.string == "run.locked")
    let also = try await clinic.run("resume", with: ["PROCESS_FILE": "/dev/null"])
    #expect(also.exit == 8, "\(also)")
    clinic.send(SIGTERM)
    #expect(try await first.exit == 7)
    #expect(clinic.moves == ["promote api", "promote web"])
  }
}

@Suite(.inTurn) struct `A run that is told to stop` {
  /// Longer than this, and a CI would have killed it: GitHub gives 7.5 s.
  private static let grace = Duration.seconds(7)

  private func stop(_ clinic: Clinic, _ signal: Int32, when looked: Signpost) async throws -> (Ended, Duration) {
    async let ended = clinic.run("deploy")
    await looked.wait()
    let start = ContinuousClock.now
    clinic.send(signal)
    let result = try await ended
    return (result, ContinuousClock.now - start)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func `while it stages leaves at once, and is resumed`(_ signal: Int32) async throws {
    let clinic = try await Clinic {
      $0.seed = { if $0.name == "clinic-web" { $0.build.building = .milliseconds(3_600_000) } }
    }
    async let running = clinic.run("deploy")
    await clinic.until { clinic.deployments(of: "clinic-web") == 1 }
    let start = ContinuousClock.now
    clinic.send(signal)
    let ended = try await running
    #expect(ContinuousClock.now - start < `A run that is told to stop`.grace)
    #expect(ended.exit == 4 && ended.decision == "interrupted", "\(ended)")
    #expect(clinic.moves == [])
    let told = try await clinic.run("explain")
    let records = (told.document["records"]?.array ?? []).suffix(2).map {
      ($0["record"]?.string ?? "") + " " + ($0["action"]?.string ?? "")
    }
    #expect(records == ["intended stage:web", "interrupted "], "\(told)")
    // Its build comes to an end meanwhile.
    clinic.standin.withWorld { $0.advanceClock(milliseconds: 3_600_000) }
    let again = try await clinic.run("deploy")
    #expect(again.exit == 2 && again.words.contains("gatehouse resume"), "\(again)")
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
    for name in Clinic.names { #expect(clinic.deployments(of: name) == 1) }
  }

  @Test func `while a build command runs ends the command as well`() async throws {
    let clinic = try await Clinic {
      $0.api = """
            build: test -e ../../.gatehouse/once || { touch ../../.gatehouse/once; kill -TERM $PPID; sleep 100; }
        """
    }
    let start = ContinuousClock.now
    let ended = try await clinic.run("deploy")
    #expect(ContinuousClock.now - start < .seconds(20))
    #expect(ended.exit == 4 && ended.decision == "interrupted", "\(ended)")
    #expect(clinic.changes == [])
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
  }

  @Test func `after production began takes nothing back, and is resumed`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.lasts = "3s"
    }
    let looked = Signpost()
    clinic.atLook(2) { looked.pass() }
    let (ended, took) = try await stop(clinic, SIGTERM, when: looked)
    #expect(took < `A run that is told to stop`.grace)
    #expect(ended.exit == 7 && ended.decision == "interrupted" && ended.words.contains("resume"), "\(ended)")
    #expect(clinic.moves == ["promote api", "promote web"] && clinic.serving == ["new", "new"])
    #expect(try await clinic.run("deploy").exit == 7)
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && resumed.decision == "released", "\(resumed)")
    #expect(clinic.moves == ["promote api", "promote web"])
    #expect(try await clinic.migrated() == 2)
  }

  @Test func `while it is taken back goes on with that when resumed`() async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    clinic.fallIll()
    // The way back of `web` never ends until the run was stopped.
    clinic.standin.fail(Fault("POST", "*/prj_clinic-web/rollback/*", .stall))
    async let running = clinic.run("deploy")
    await clinic.until { clinic.standin.seen.contains { $0.path.contains("/rollback/") } }
    let start = ContinuousClock.now
    clinic.send(SIGTERM)
    let ended = try await running
    #expect(ContinuousClock.now - start < `A run that is told to stop`.grace)
    #expect(ended.exit == 7 && ended.decision == "interrupted", "\(ended)")
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 6 && clinic.serving == ["old", "old"], "\(resumed)")
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `and during the migration leaves it to the next process`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.migrations = """
            then-run: test -n "$GATEHOUSE_REHEARSAL" || test -e .gatehouse/once || { touch .gatehouse/once; kill -TERM $PPID; sleep 100; }
        """
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 7 && ended.decision == "interrupted", "\(ended)")
    #expect(clinic.moves == [])
    #expect(try await clinic.migrated() == 2)
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
  }

  @Test func `by SIGKILL holds no lock, and the next deploy names resume`() async throws {
    let clinic = try await Clinic { $0.lasts = "1600ms" }
    let looked = Signpost()
    clinic.atLook(2) { looked.pass() }
    let (killed, _) = try await stop(clinic, SIGKILL, when: looked)
    #expect(killed.signal == SIGKILL, "\(killed)")
    let next = try await clinic.run("deploy")
    #expect(next.exit == 7 && next.words.contains("gatehouse resume"), "\(next)")
    #expect(next.document["problems"]?.array?.first?["code"]?.string == "run.needs-person")
    let resumed = try await clinic.run("resume")
    #expect(resumed.exit == 0 && clinic.serving == ["new", "new"], "\(resumed)")
    // Now the way is free.
    try await shell("git commit -q --allow-empty -m Next", in: clinic.folder.path)
    let after = try await clinic.run("deploy")
    #expect(after.exit == 0, "\(after)")
  }
}

/// Something that one side passes and the other waits for.
final class Signpost: Sendable {
  private let passed: AsyncStream<Void>
  private let end: AsyncStream<Void>.Continuation

  init() { (passed, end) = AsyncStream.makeStream() }
  func pass() { end.finish() }
  func wait() async { for await _ in passed {} }
}

extension Clinic {
  /// Waits until something is so; a test that waits in vain fails by what it then expects.
  func until(_ condition: @Sendable () -> Bool) async {
    let end = ContinuousClock.now + .seconds(30)
    while !condition(), ContinuousClock.now < end {
      do { try await Task.sleep(for: .milliseconds(20)) } catch { return }
    }
  }
}
