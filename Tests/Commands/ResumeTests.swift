import Core
import Release
import Testing

@testable import Commands

@Suite struct `A run that is to be resumed` {
  private func state(_ run: RunID, _ environment: String) throws -> RunState {
    let plan = ReleasePlan(
      run: run, environment: environment, commit: "3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d3f9c2e1d", policyDigest: "p",
      evidenceDigest: "e", projects: [])
    return try RunState(first: .planned(plan, at: Timestamp(seconds: 0)))
  }

  @Test(
    arguments: [
      (RunID("01B"), "production", RunID("01B"), nil), ("01C", "production", "01B", nil),
      ("01B", "production", nil, nil), ("01B", "staging", "01B", "run.other-environment"),
      ("01A", "production", "01B", "run.superseded"),
    ] as [(RunID, String, RunID?, String?)])
  func `is the last one of its environment`(
    run: RunID, environment: String, current: RunID?, refusal: String?
  ) throws {
    let found = Deployment.refusal(
      toResume: try state(run, environment), choice: nil, environment: "production", current: current)
    #expect(found?.code == refusal)
  }

  @Test func `needs the folder only for what is still to be made forward`() throws {
    var state = try state("01B", "production")
    #expect(!state.needsFolder)
    var plan = state.plan
    plan.projects = [
      PlannedProject(id: "web", vercelID: "prj_web", name: "web", previous: "dpl_old", autoAssign: true)
    ]
    state = try RunState(first: .planned(plan, at: Timestamp(seconds: 0)))
    #expect(state.needsFolder)
    try state.apply(.resumed(.back))
    #expect(!state.needsFolder)
  }

  /// A rollback of a release has rules of its own, such as two people.
  @Test(
    arguments: [
      (Ending.needsPerson, false, nil), (.released, false, "run.ended"), (.released, true, nil),
      (.unchanged, true, "run.ended"), (.rolledBack, true, "run.ended"),
    ] as [(Ending, Bool, String?)])
  func `takes a choice only when it needs a person`(ending: Ending, takesRelease: Bool, refusal: String?) throws {
    var state = try state("01B", "production")
    try state.apply(.ended(ending, nil))
    let found = Deployment.refusal(
      toResume: state, choice: .back, environment: "production", current: "01B", takesRelease: takesRelease)
    #expect(found?.code == refusal)
    #expect(Deployment.refusal(toResume: state, choice: nil, environment: "production", current: "01B") == nil)
  }
}
