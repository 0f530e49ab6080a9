import Core

/// Finds out, before traffic moves, what the deployment before a release is good for as a control.
package struct ControlTrial: Sendable {
  private let rules: HealthRules
  private let control: ProbePlace
  private let production: ProbePlace
  private let sampler: any Sampling

  /// Looks through each probe.
  static let looks = 5

  package init(_ rules: HealthRules, control: ProbePlace, production: ProbePlace, sampler: any Sampling) {
    self.rules = rules
    self.control = control
    self.production = production
    self.sampler = sampler
  }

  /// - Parameter onUnwell: A probe by which the deployment is not well, and why.
  /// - Returns: The probes that it was well by at its own address in the last look; and those of them by which production, which is the same deployment
  ///   still, was never slower by what would count against a release: only then do the two ways take about as long.
  package func run(
    onUnwell: @Sendable (String, String) -> Void
  ) async throws -> (controlled: [String], paired: [String]) {
    var controlled: [String] = []
    var paired: [String] = []
    for probe in rules.probes where control.has(probe) {
      var own = await sampler.sample(probe, at: control, every: rules.every)
      var isPaired = true
      for _ in 0..<ControlTrial.looks {
        try Task.checkCancellation()
        async let through = sampler.sample(probe, at: production, every: rules.every)
        own = await sampler.sample(probe, at: control, every: rules.every)
        let round = Round(await through, control: own, at: .zero, isPaired: true)
        isPaired = isPaired && round.isSlower == false
      }
      guard own.verdict == .well else {
        onUnwell(probe.id, own.reason)
        continue
      }
      controlled.append(probe.id)
      if isPaired { paired.append(probe.id) }
    }
    return (controlled, paired)
  }
}
