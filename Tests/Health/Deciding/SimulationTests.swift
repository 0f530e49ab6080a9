import Glibc
import Health
import Testing

/// Days of a watch that never were, 24 hours at 30 s from one vantage point, with fixed seeds: how often a healthy release is taken back, and how
/// soon a bad one.
///
/// The world: probes fail by themselves, each for itself; and blips of the network, a two-state Markov chain in continuous time, in which release
/// and control alike fail with a probability of 0.95. Intervals vary by a tenth. A bad release fails in addition, and its control does not.
@Suite struct SimulationTests {
  struct World: Sendable, CustomTestStringConvertible {
    var name: String
    /// The probability of a failure by itself.
    var flakiness = 0.0
    var blipsADay = 0.0
    var blipSeconds = 1.0
    /// The probability with which a bad release fails, from a moment between half an hour and six hours on.
    var badness = 0.0
    var days: Int
    var hasControl = true
    var testDescription: String { name }
  }

  struct Outcome {
    var takenBack = 0
    /// Minutes from when the release became bad.
    var delays: [Double] = []
    var early = 0

    func quantile(_ share: Double) -> Double {
      delays.isEmpty ? .infinity : delays.sorted()[min(delays.count - 1, Int(Double(delays.count) * share))]
    }
  }

  @Test(arguments: [
    (World(name: "1 of 100 fails by itself", flakiness: 0.01, days: 20_000), 0.005),
    (World(name: "four blips a day, 45 s", blipsADay: 4, blipSeconds: 45, days: 20_000), 0.001),
    (World(name: "two blips a day, 3 min", blipsADay: 2, blipSeconds: 180, days: 20_000), 0.02),
  ])
  func `a healthy release is rarely taken back`(_ world: World, _ bound: Double) {
    let outcome = SimulationTests.run(world, seed: 20_261_121)
    let share = Double(outcome.takenBack) / Double(world.days)
    print("simulated \(world.days) days, \(world.name): taken back in \(outcome.takenBack), \(share)")
    #expect(share <= bound)
  }

  /// That the blips of these worlds are blips: what the control is for.
  @Test(arguments: [
    (
      World(name: "four blips a day, 45 s, no control", blipsADay: 4, blipSeconds: 45, days: 2000, hasControl: false),
      0.5
    ),
    (
      World(name: "two blips a day, 3 min, no control", blipsADay: 2, blipSeconds: 180, days: 2000, hasControl: false),
      0.7
    ),
  ])
  func `without a control healthy releases are taken back`(_ world: World, _ about: Double) {
    let share = Double(SimulationTests.run(world, seed: 20_261_121).takenBack) / Double(world.days)
    print("simulated \(world.days) days, \(world.name): taken back in \(share)")
    #expect(abs(share - about) < 0.05)
  }

  @Test(arguments: [
    (World(name: "full outage", flakiness: 0.001, badness: 1, days: 20_000), 1.5),
    (World(name: "20 of 100 fail", flakiness: 0.001, badness: 0.2, days: 20_000), 15.0),
  ])
  func `a bad release is soon taken back`(_ world: World, _ bound: Double) {
    let outcome = SimulationTests.run(world, seed: 20_261_121)
    print(
      "simulated \(world.days) days, \(world.name): found after \(outcome.quantile(0.5)) min, nine of ten \(outcome.quantile(0.9)), "
        + "not found \(world.days - outcome.takenBack), before it was bad \(outcome.early)")
    #expect(outcome.delays.count + outcome.early >= world.days * 99 / 100)
    #expect(outcome.quantile(0.5) <= bound)
  }

  static func run(_ world: World, seed: UInt64) -> Outcome {
    var outcome = Outcome()
    var random = Generator(state: seed)
    var rules = DecidingRules()
    rules.critical = ["a"]
    let begun = WatchDecider(rules)
    for _ in 0..<world.days { day(world, begun, &random, &outcome) }
    return outcome
  }

  private static func day(_ world: World, _ decider: WatchDecider, _ random: inout Generator, _ outcome: inout Outcome)
  {
    var decider = decider
    let becomesBad = world.badness > 0 ? 1800 + random.share() * 19_800 : .infinity
    let (begins, ends) = (world.blipsADay / 86_400, 1 / world.blipSeconds)
    var isBlip = false
    var time = 0.0
    while time < 86_400 {
      let step = 30 * (0.9 + 0.2 * random.share())
      time += step
      if world.blipsADay > 0 {
        let settled = begins / (begins + ends)
        let decay = exp(-(begins + ends) * step)
        isBlip = random.share() < settled + ((isBlip ? 1 : 0) - settled) * decay
      }
      let rate = isBlip ? 0.95 : world.flakiness
      let control = rate > 0 && random.share() < rate
      let target = rate > 0 && random.share() < rate || time >= becomesBad && random.share() < world.badness
      let look = Look(target ? .unwell : .well, control: world.hasControl ? control ? .unwell : .well : nil)
      guard case .takeBack = decider.observe(Round(probe: "a", at: time, look)) else { continue }
      outcome.takenBack += 1
      if time >= becomesBad { outcome.delays.append((time - becomesBad) / 60) } else { outcome.early += 1 }
      return
    }
  }

  /// SplitMix64: the same days on every machine.
  struct Generator {
    var state: UInt64

    mutating func share() -> Double {
      state &+= 0x9E37_79B9_7F4A_7C15
      var bits = state
      bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
      bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
      return Double((bits ^ (bits >> 31)) >> 11) * 0x1p-53
    }
  }
}
