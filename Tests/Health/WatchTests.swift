import Core
import HTTP
import Health
import Synchronization
import TestSupport
import Testing

@Suite struct WatchTests {
  private let timing = ManualTiming()
  private let place = ProbePlace(.production)

  private func watch(_ rules: HealthRules, _ sampler: ScriptedSampler) -> Watch {
    Watch(rules, at: place, sampler: sampler, timing: timing, random: { 0 })
  }

  @Test func `a well release is watched to the end`() async throws {
    let sampler = ScriptedSampler(["a": [.well], "b": [.well]], timing: timing)
    let begin = timing.now()
    let result = try await watch(rules("a", "b"), sampler).run { _ in }
    #expect(result.ending == .well)
    #expect(result.summary.lines.map(\.samples) == [10, 10])
    #expect(result.summary.lines.map(\.p95) == [.milliseconds(5), .milliseconds(5)])
    #expect(timing.now() - begin == .seconds(300))
    #expect(sampler.times("a") == (0..<10).map { begin + .seconds(30 * $0) })
  }

  @Test func `the third unwell sample running ends it at once`() async throws {
    let sampler = ScriptedSampler(["a": [.unwell, .unwell, .well, .unwell, .blind, .unwell, .unwell]], timing: timing)
    let begin = timing.now()
    let events = Mutex<[WatchDecider.Decision]>([])
    let result = try await watch(rules("a", "b"), sampler).run { event in
      events.withLock { $0.append(event.decision) }
    }
    #expect(result.ending.reasons == ["unwell 4", "unwell 6", "unwell 7"])
    #expect(timing.now() - begin == .seconds(180))
    #expect(sampler.times("a").count == 7)
    #expect(events.withLock { $0.filter { $0 != .continue }.count } == 1)
  }

  @Test func `two failures at the end are followed up before it is called well`() async throws {
    let script: [Wellness] = Array(repeating: .well, count: 8) + [.unwell, .unwell]
    let bad = try await watch(rules("a", "b"), ScriptedSampler(["a": script + [.unwell]], timing: timing)).run { _ in }
    #expect(bad.ending.reasons == ["unwell 9", "unwell 10", "unwell 11"])
    #expect(bad.summary.lines.map(\.samples) == [11, 10])
    let good = try await watch(rules("a", "b"), ScriptedSampler(["a": script + [.well]], timing: timing)).run { _ in }
    #expect(good.ending == .well)
    let open = try await watch(rules("a"), ScriptedSampler(["a": script + [.blind]], timing: timing)).run { _ in }
    #expect(open.ending == .undecided(["a was unwell 2 times at the end: unwell 10"]))
    #expect(open.summary.samples == 13)
  }

  @Test func `blind all the time tells a person once and never ends well`() async throws {
    let told = Mutex<[String]>([])
    let sampler = ScriptedSampler(["a": [.blind]], timing: timing)
    let result = try await watch(rules("a", "b", lasts: .seconds(900)), sampler).run { event in
      if case .tellPerson(let why) = event.decision { told.withLock { $0.append(why.words) } }
    }
    #expect(result.ending == .undecided(["a was never seen well"]))
    #expect(told.withLock { $0 } == ["a could not be seen 10 times in a row: blind 10"])
  }

  @Test(arguments: [Wellness.unwell, .blind]) func `a warning changes nothing`(_ verdict: Wellness) async throws {
    let result = try await watch(rules("a", "w"), ScriptedSampler(["w": [verdict]], timing: timing)).run { _ in }
    #expect(result.ending == .well)
    #expect(result.summary.lines.map(\.well) == [10, 0])
  }

  @Test func `nothing to watch is never well`() async throws {
    for rules in [rules(), rules("w"), rules("a", lasts: .zero)] {
      let result = try await watch(rules, ScriptedSampler([:], timing: timing)).run { _ in }
      #expect(result.ending != .well)
    }
  }

  @Test func `rounds that were missed are not made up for`() async throws {
    // Each look takes 70 s of a 30 s interval: rounds 0, 2 (due at 60, 10 s late), 4 or 5…
    let sampler = ScriptedSampler(["a": [.well]], timing: timing, takes: .seconds(70))
    let begin = timing.now()
    let result = try await watch(rules("a"), sampler).run { _ in }
    #expect(result.ending == .well)
    #expect(sampler.times("a").map { ($0 - begin).milliseconds / 1000 } == [0, 70, 150, 220])
  }

  @Test func `an interrupted watch goes on with its counts and its time`() async throws {
    var before = WatchDecider(rules("a"))
    _ = before.observe(seen("a", .unwell, "before 1"))
    _ = before.observe(seen("a", .unwell, "before 2"))
    let sampler = ScriptedSampler(["a": [.unwell]], timing: timing)
    let begin = timing.now()
    let result = try await watch(rules("a"), sampler).run(
      resuming: WatchDecider(json: before.json), after: .seconds(250)
    ) { _ in }
    #expect(result.ending.reasons == ["before 1", "before 2", "unwell 1"])
    #expect(timing.now() - begin == .seconds(20))
  }

  @Test func `what is worth remembering is enough to go on from`() async throws {
    let script: [Wellness] = [.well, .well, .unwell, .unwell, .well, .blind, .well, .well, .unwell, .well]
    // `w` cannot take anything back, and ends about half of the rounds.
    let events = Mutex<[(probe: String, isWorth: Bool)]>([])
    let whole = try await watch(rules("a", "w"), ScriptedSampler(["a": script], timing: timing)).run { event in
      events.withLock { $0.append((event.sample.probe, event.isWorthRemembering)) }
    }
    #expect(whole.ending == .well)
    let seen = events.withLock { $0 }
    let needed = [true, false, true, true, true, true, true, false, true, true]
    for round in needed.indices {
      let looks = seen[(2 * round)..<(2 * round + 2)]
      #expect(looks.last?.isWorth == true)
      if needed[round] { #expect(looks.first { $0.probe == "a" }?.isWorth == true) }
      let isRepetition = looks.first?.probe == "w" || !needed[round]
      #expect(looks.first?.isWorth != isRepetition)
    }
  }

  @Test func `the longest time of a watch covers the rounds that follow up`() async throws {
    var rules = rules("a", every: .seconds(60), lasts: .seconds(300))
    rules.jitter = 0.5
    let begin = timing.now()
    let sampler = ScriptedSampler(
      ["a": [.well, .unwell, .blind]], timing: timing, takes: .seconds(48))
    let watch = Watch(rules, at: place, sampler: sampler, timing: timing, random: { .max })
    let result = try await watch.run { _ in }
    #expect(result.ending != .well)
    #expect(timing.now() - begin <= Watch.longest(rules))
    #expect(timing.now() - begin > rules.lasts)
  }

  @Test func `what the callback throws ends the watch`() async throws {
    struct Full: Error {}
    let sampler = ScriptedSampler([:], timing: timing)
    await #expect(throws: Full.self) { try await watch(rules("a"), sampler).run { _ in throw Full() } }
    #expect(sampler.times("a").count == 1)
  }

  @Test func `cancelling ends it`() async throws {
    let sampler = ScriptedSampler([:], timing: timing)
    let watch = watch(rules("a", lasts: .seconds(1 << 40)), sampler)
    let (stream, first) = AsyncStream<Void>.makeStream()
    let task = Task { try await watch.run { _ in first.yield() } }
    for await _ in stream { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
  }

  @Test func `the jitter keeps within its share`() async throws {
    for bits in [UInt64.min, 1 << 63, .max] {
      let timing = ManualTiming()
      var rules = rules("a")
      rules.jitter = 0.1
      let sampler = ScriptedSampler([:], timing: timing)
      let begin = timing.now()
      _ = try await Watch(rules, at: place, sampler: sampler, timing: timing, random: { bits }).run { _ in }
      for (round, time) in sampler.times("a").enumerated() {
        let late = time - begin - .seconds(30 * round)
        #expect(late >= .zero && late <= .seconds(6))
      }
      #expect(sampler.times("a").count == 10)
    }
  }
}

@Suite struct VerificationTests {
  private let timing = ManualTiming()

  private func verify(
    _ rules: HealthRules, _ script: [String: [Wellness]], kind: ProbePlace.Kind = .staged, times: Int = 2
  ) async throws -> Verification.Outcome {
    try await Verification(
      rules, at: ProbePlace(kind), sampler: ScriptedSampler(script, timing: timing), timing: timing
    ).run(times: times, within: .seconds(60))
  }

  @Test func `a cold start is borne until it is well twice running`() async throws {
    let outcome = try await verify(rules("a", "b"), ["a": [.unwell, .well, .unwell, .blind, .well, .well, .unwell]])
    #expect(outcome.isWell)
    #expect(outcome.summary.lines.map(\.samples) == [6, 2])
  }

  @Test func `unwell to the end is unwell and blind to the end is undecided`() async throws {
    let begin = timing.now()
    let outcome = try await verify(rules("a", "b", "c"), ["a": [.well, .unwell], "b": [.blind]])
    #expect(outcome.unwell == ["a: unwell 30"])
    #expect(outcome.undecided == ["b: blind 30"])
    #expect(!outcome.isWell)
    #expect(timing.now() - begin == .seconds(58))
  }

  @Test func `a warning is looked at once and hinders nothing`() async throws {
    let outcome = try await verify(rules("a", "w"), ["w": [.unwell]])
    #expect(outcome.isWell)
    #expect(outcome.warnings == ["w: unwell 1"])
    #expect(outcome.summary.lines.map(\.samples) == [2, 1])
  }

  @Test func `a place where nothing critical can be asked is undecided`() async throws {
    var rules = rules("w")
    rules.probes.append(ProbeRules(id: "u", target: .url("https://a.example", method: "GET")))
    rules.probes.append(ProbeRules(id: "t", target: .tls("a.example:443")))
    let staged = try await verify(rules, [:])
    #expect(staged.undecided == ["no critical probe has a meaning on a staged deployment"])
    #expect(staged.summary.lines.map(\.probe) == ["w"])
    #expect(try await verify(rules, [:], kind: .production).isWell)
  }
}

/// A release that falls ill at the fourth look, and the deployment before it, of which each look finds the same.
private final class IllWithControl: Sampling {
  let control: Sample.Cause
  private let looks = Mutex(0)

  init(control: Sample.Cause) { self.control = control }

  static let place: ProbePlace = {
    var place = ProbePlace(.production, projects: ["api": ProjectPlace(addresses: [])])
    place.controls = ["api": ProjectPlace(addresses: ["before.example"].compactMap { ServiceAddress($0) })]
    place.controlled = ["a"]
    return place
  }()

  func sample(_ probe: ProbeRules, at place: ProbePlace, every: Duration) async -> Sample {
    let isControl = place.projects["api"]?.addresses.isEmpty == false
    if isControl {
      var sample = sampled(probe.id, .unwell)
      sample.cause = control
      return sample
    }
    let number = looks.withLock { looks in
      looks += 1
      return looks
    }
    return sampled(probe.id, number > 3 ? .unwell : .well)
  }
}

@Suite struct `A control that fails` {
  private func ending(_ control: Sample.Cause) async throws -> WatchEnding {
    let timing = ManualTiming()
    return try await Watch(
      rules("a"), at: IllWithControl.place, sampler: IllWithControl(control: control), timing: timing, random: { 0 }
    ).run { _ in }.ending
  }

  @Test func `excuses the release, unless it is not there any more`() async throws {
    guard case .takeBack(let reason) = try await ending(.gone) else {
      Issue.record("a deployment that was deleted excused the release")
      return
    }
    #expect(reason.rule == .consecutive)
    guard case .undecided = try await ending(.status) else {
      Issue.record("both were bad, and yet it was decided")
      return
    }
  }
}

extension WatchEnding {
  /// What the rounds that take the release back found.
  fileprivate var reasons: [String]? { if case .takeBack(let reason) = self { reason.reasons } else { nil } }
}
