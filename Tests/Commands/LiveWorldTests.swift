import Core
import Release
import Testing

@testable import Commands

@Suite struct `The live world` {
  /// Law L5: what hindered us from looking is no evidence against the release.
  @Test(arguments: [Action.watch, .verifyStaged, .verifyRestored])
  func `leaves a look that was hindered to a person`(action: Action) {
    let problem = Problem("vercel.unreachable", "read the project", why: "its name could not be resolved")
    guard case .undecided(problem) = LiveWorld.performance(of: action, hinderedBy: problem) else {
      Issue.record("it is taken for evidence")
      return
    }
  }

  @Test(arguments: [Action.stage("web"), .snapshot, .migrate, .promote("web"), .rollBack("web"), .record])
  func `fails an effect that could not be made`(action: Action) {
    let problem = Problem("vercel.unreachable", "read the project")
    guard case .failed(problem) = LiveWorld.performance(of: action, hinderedBy: problem) else {
      Issue.record("it does not fail")
      return
    }
  }
}
