import Core
import Testing

@testable import Snapshots

@Suite struct KeepingPlanTests {
  private let now = Timestamp(seconds: 1_796_041_800)  // 2026-11-30T12:30:00Z
  private let hour: Duration = .seconds(3600)
  private var day: Duration { hour * 24 }
  private let saoPaulo = ZoneRules(offset: -3 * 3600)

  private var rules: KeepingRules {
    var rules = KeepingRules()
    rules.hourly = day * 7
    rules.daily = day * 30
    rules.release = day * 90
    return rules
  }

  private func candidate(
    _ age: Duration, _ purpose: SnapshotPurpose = .hourly, proven: Bool = true, ours: Bool = true,
    ties: [String] = []
  ) -> KeepingPlan.Candidate {
    KeepingPlan.Candidate(
      id: "\(age.milliseconds / 60_000)-\(purpose.rawValue)", takenAt: now - age, purpose: purpose,
      isOfThisDatabase: ours, isProven: proven, ties: ties)
  }

  private func plan(_ candidates: [KeepingPlan.Candidate]) -> KeepingPlan {
    KeepingPlan(candidates, rules: rules, zone: saoPaulo, now: now)
  }

  @Test func `an hourly history of half a year leaves a week of hours and a month of days`() {
    let all = (0..<180 * 24).map { candidate(hour * $0) }
    let kept = plan(all).decisions.filter(\.stays)
    let hours = kept.filter { now - $0.takenAt <= day * 7 }
    #expect(hours.count == 7 * 24 + 1)
    let days = kept.filter { now - $0.takenAt > day * 7 }
    // Local days that end between 7 and 30 days ago, each by its newest.
    #expect(days.count == 23)
    #expect(days.allSatisfy { $0.keptBecause == ["the newest of its day"] })
    // 23:30 local is 02:30 UTC.
    #expect(days.allSatisfy { $0.takenAt.description.hasSuffix("T02:30:00.000Z") })
    #expect(kept.count + plan(all).goes.count == all.count)
  }

  @Test func `one bad snapshot after another never pushes out the only good one`() {
    let good = candidate(day * 400)
    let bad = (1..<40).map { candidate(day * $0, proven: false) }
    let decided = plan(bad + [good])
    #expect(decided.decisions.last?.keptBecause == ["the newest proven one"])
    // Those that are newer than the only proof stay until one of them, or a newer one, is proven.
    #expect(decided.goes.isEmpty)
  }

  @Test func `one that nobody could open takes no place, and goes only when it would go anyway`() {
    func closed(_ age: Duration) -> KeepingPlan.Candidate {
      var one = candidate(age)
      one.unopenable = "its key was not given"
      return one
    }
    let open = candidate(hour * 50 + .seconds(60))
    let decided = plan([closed(hour), closed(hour * 50), open, closed(day * 200), closed(day * 40)])
    #expect(
      decided.decisions.map(\.keptBecause) == [
        ["the newest of its hour", "the newest of its day", "the newest proven one, if its key is found"],
        ["the newest of its hour", "the newest of its day"],
        ["the newest of its hour", "the newest of its day", "the newest proven one"], [], [],
      ])
    #expect(decided.goes.map(\.unopenable) == ["its key was not given", "its key was not given"])
    // Where nobody could open any, nobody can say which may go.
    #expect(plan([closed(hour), closed(day * 200)]).goes.isEmpty)
    let punctuality = Punctuality([closed(hour), open], lateAfter: hour * 26, now: now)
    #expect(punctuality.newest?.id == open.id && punctuality.isLate)
  }

  @Test func `bad ones go once a newer one is proven, and never stand for their hour`() throws {
    let bad = candidate(day * 3, proven: false)
    let good = candidate(day * 3 + .seconds(60))
    let newest = candidate(hour)
    let decided = plan([bad, good, newest])
    #expect(decided.goes.map(\.id) == [bad.id])
    #expect(decided.goes.first?.goesBecause == "it was never proven, and a newer one is")
    #expect(decided.decisions.last?.keptBecause.contains("the newest of its hour") == true)
  }

  @Test func `nothing of a database without a proof goes`() {
    #expect(plan((0..<9).map { candidate(day * (100 + $0), proven: false) }).goes.isEmpty)
  }

  @Test(arguments: [SnapshotPurpose.release, .person, .safety])
  func `what was asked for stays as long as releases do`(_ purpose: SnapshotPurpose) {
    let newest = candidate(hour)
    #expect(plan([newest, candidate(day * 89, purpose)]).goes.isEmpty)
    #expect(plan([newest, candidate(day * 91, purpose)]).goes.count == 1)
    #expect(plan([newest, candidate(day * 89)]).goes.count == 1)
  }

  /// What was there before a restore holds rows that nothing else has.
  @Test func `what a person asked for, and what a restore replaced, stays without a proof`() {
    let newest = candidate(hour)
    #expect(
      plan([newest, candidate(day * 89, .safety, proven: false), candidate(day * 88, .person, proven: false)]).goes
        .isEmpty)
    #expect(plan([newest, candidate(day * 89, .release, proven: false)]).goes.count == 1)
    let unruled = KeepingPlan(
      [newest, candidate(day * 89, .safety, proven: false), candidate(day * 91, .safety, proven: false)],
      rules: KeepingRules(), zone: saoPaulo, now: now)
    #expect(unruled.goes.count == 1)
  }

  @Test func `a tie, another database and the future keep`() {
    let held = candidate(day * 1000, ties: ["held by counsel: inquiry 7"])
    let foreign = candidate(day * 1001, ours: false)
    let future = candidate(.zero - hour)
    let decided = plan([candidate(hour), held, foreign, future])
    #expect(decided.goes.isEmpty)
    #expect(decided.decisions.first?.keptBecause == ["it says that it was taken in the future"])
  }

  @Test func `without rules only the newest proven one is kept for a reason of its own`() {
    let all = (0..<5).map { candidate(day * (2 + $0)) }
    let decided = KeepingPlan(all, rules: KeepingRules(), zone: .utc, now: now)
    #expect(decided.goes.count == 4)
  }

  /// Whatever the history: the newest proven one stays, ties stay, and a second look after the removal removes nothing.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func `random histories`(seed: UInt64) {
    var generator = SplitMix(state: seed)
    let all = (0..<60).map { index in
      KeepingPlan.Candidate(
        id: "s\(index)", takenAt: now - .seconds(Int64.random(in: -7200...200 * 86_400, using: &generator)),
        purpose: SnapshotPurpose.allCases.randomElement(using: &generator) ?? .daily,
        isOfThisDatabase: Int.random(in: 0..<10, using: &generator) > 0, isProven: Bool.random(using: &generator),
        ties: Int.random(in: 0..<10, using: &generator) == 0 ? ["tied"] : [])
    }
    let decided = plan(all)
    let gone = Set(decided.goes.map(\.id))
    let own = all.filter { $0.isOfThisDatabase && $0.takenAt <= now && $0.isProven }
    if let newest = own.max(by: { ($0.takenAt, $0.id) < ($1.takenAt, $1.id) }) { #expect(!gone.contains(newest.id)) }
    #expect(all.filter { !$0.ties.isEmpty }.allSatisfy { !gone.contains($0.id) })
    #expect(all.filter { !$0.isOfThisDatabase }.allSatisfy { !gone.contains($0.id) })
    #expect(plan(all.filter { !gone.contains($0.id) }).goes.isEmpty)
  }
}

private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
