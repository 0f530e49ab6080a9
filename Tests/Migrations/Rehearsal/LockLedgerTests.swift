import Core
import Testing

@testable import Migrations

/// What samples come to, by hand: microseconds, and one relation.
@Suite struct LockLedgerTests {
  private func run(_ opened: Int64, _ last: Int64, _ locks: [(String, LockMode)] = [], widest: Int64 = 0) -> LockRun {
    LockRun(
      opened: opened, last: last, widest: widest,
      locks: locks.map { LockRun.Lock(holder: $0.0, relation: 7, mode: $0.1) })
  }

  private func ledger(_ runs: [LockRun]) -> LockLedger {
    var ledger = LockLedger()
    for run in runs { ledger.take(run) }
    ledger.finish()
    return ledger
  }

  private func held(_ least: Int64, _ most: Int64) -> HeldFor {
    HeldFor(atLeast: .microseconds(least), atMost: .microseconds(most))
  }

  @Test func `A hold lasted between its own samples and the ones around them`() {
    let seen = ledger([run(0, 10), run(20, 100, [("3/1", .accessExclusive)]), run(110, 120)])
    #expect(seen.relations[7]?.strongest == .accessExclusive)
    for reach in LockLedger.Reach.allCases { #expect(seen.relations[7]?.longest[reach] == held(80, 100)) }
    #expect(seen.widest == 10 && seen.samples == 3)
  }

  @Test func `It goes on over runs that differ in other locks, and starts anew for another holder`() {
    let one = ("3/1", LockMode.share)
    let seen = ledger([
      run(0, 0), run(10, 20, [one]), run(30, 40, [one, ("4/1", .rowExclusive)]), run(50, 50),
      run(60, 60, [("3/2", .share)]), run(70, 70),
    ])
    #expect(seen.relations[7]?.longest[.writers] == held(30, 50))
    #expect(seen.relations[7]?.longest[.readers] == nil)
  }

  @Test func `Readers wait from when the lock became stronger`() {
    let seen = ledger([
      run(0, 0), run(10, 20, [("3/1", .share)]), run(30, 40, [("3/1", .share), ("3/1", .accessExclusive)]), run(50, 50),
    ])
    #expect(seen.relations[7]?.longest[.writers] == held(30, 50))
    #expect(seen.relations[7]?.longest[.readers] == held(10, 30))
  }

  @Test func `Two short holds are not one long one`() {
    let lock = { (holder: String) in [(holder, LockMode.accessExclusive)] }
    let seen = ledger([run(0, 0), run(10, 20, lock("3/1")), run(30, 40, lock("3/2")), run(50, 50)])
    #expect(seen.relations[7]?.longest[.readers] == held(10, 30))
  }

  @Test func `What is still held at the last sample counts up to it`() {
    let seen = ledger([run(0, 5), run(10, 90, [("3/1", .accessExclusive)], widest: 40)])
    #expect(seen.relations[7]?.longest[.readers] == held(80, 85))
    #expect(seen.widest == 40)
  }

  @Test func `A line of the server is read, and nothing else`() {
    let read = LockRun(line: "10 20 3 4|3/17 16400 AccessExclusiveLock,3/17 16401 ShareUpdateExclusiveLock")
    #expect(
      read
        == LockRun(
          opened: 10, last: 20, widest: 3, samples: 4,
          locks: [
            .init(holder: "3/17", relation: 16400, mode: .accessExclusive),
            .init(holder: "3/17", relation: 16401, mode: .shareUpdateExclusive),
          ]))
    #expect(LockRun(line: "10 20 3 4|")?.locks == [])
    for line in ["", "10 20 3 4", "10 20 3|", "a 20 3 4|", "10 20 3 4|3/17 16400", "10 20 3 4|3/17 16400 SomeLock"] {
      #expect(LockRun(line: line[...]) == nil, "\(line)")
    }
  }

  @Test func `More locks than a sample takes are no complete sample`() {
    let locks = (0...LockWatch.most).map { "3/1 \(20_000 + $0) ShareLock" }.joined(separator: ",")
    let read = LockRun(line: "1 1 0 1|\(locks)")
    #expect(read?.isCut == true)
    #expect(read.map { ledger([$0]).isCut } == true)
  }
}
