import Alerts
import Core
import Release
import Surroundings

extension LiveRun {
  /// Tells people how the run ended, by every channel of the policy; a failure to do so is said, and changes nothing.
  func tell(_ outcome: Interpreter.Outcome, _ summary: RunStore.Summary) async {
    guard let notice = notice(outcome, summary) else { return }
    for problem in await installation.tell(notice, through: store) {
      for line in problem.lines(prefix: "warning") { terminal.talk(line) }
    }
  }

  private func notice(_ outcome: Interpreter.Outcome, _ summary: RunStore.Summary) -> Notice? {
    let severity: Notice.Severity
    switch outcome {
    case .ended(.released, _), .ended(.unchanged, _): severity = .info
    case .ended(.rolledBack, _), .ended(.needsPerson, _), .interrupted(productionBegan: true): severity = .critical
    case .waiting, .interrupted(productionBegan: false): severity = .warning
    }
    var lines = RunText(terminal: terminal).closing(outcome, run: summary.run)
    if case .waiting(_, let place?) = outcome {
      // Whoever is to answer reads this elsewhere: what to look at and what to say, in plain words.
      let plain = Terminal(environment: ["GATEHOUSE_PLAIN": "1"], isForMachines: true)
      lines += WaitText(place: place, environment: summary.environment, protected: isProtected).lines(
        plain, WaitLog(), goesOnByItself: summary.exit == nil)
    }
    return Notice(
      id: "\(summary.run)-\(outcome.decision)", kind: outcome.decision, severity: severity,
      title: "\(installation.policy.name), \(summary.environment): \(outcome.decision)",
      lines: lines, run: summary.run,
      at: installation.timing.now())
  }
}
