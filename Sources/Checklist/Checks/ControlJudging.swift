import Controls
import Core
import Evidence

/// What one control came to.
enum ControlVerdict: Hashable {
  /// Every line that a way names passed.
  case shownByLines
  /// Likewise, some of them only because a person accepted an exception: these.
  case shownByWaivedLines([CheckID])
  case shownByPerson(until: Timestamp, path: String)
  /// A line that says something about it failed: these.
  case failed([CheckID])
  /// Nothing shows it.
  case open(why: String, remedy: String)
}

/// Judges one control after the other by the decided lines and the signed statements.
struct ControlJudging {
  let lines: [DecidedLine]
  let statements: [SignedAttestation]
  let faults: [AttestationFault]
  let people: Problem?
  let now: Timestamp
  let commit: CommitID
  let product: String

  /// A line that failed is not talked away by another way or by a signature: what the machine saw comes first.
  func verdict(_ control: ControlPack.Control, in pack: ControlPack) -> ControlVerdict {
    let failed = control.ways.flatMap { machine($0).failed }
    guard failed.isEmpty else { return .failed(Array(Set(failed)).sorted { $0.text < $1.text }) }
    let good = control.ways.compactMap { shown(by: $0, control, pack) }
    // The least excused way counts.
    return good.min { rank($0) < rank($1) } ?? open(control, pack)
  }

  private func rank(_ verdict: ControlVerdict) -> Int {
    switch verdict {
    case .shownByLines: 0
    case .shownByPerson: 1
    case .shownByWaivedLines: 2
    case .failed, .open: 3
    }
  }

  // MARK: - Lines

  private struct Machine {
    var failed: [CheckID] = []
    var waived: [CheckID] = []
    /// What is missing, with what to do.
    var missing: [(why: String, remedy: String)] = []
  }

  private func machine(_ way: ControlPack.Way) -> Machine {
    var machine = Machine()
    for kind in way.checks {
      let named = lines.filter { $0.kind == kind }
      if named.isEmpty {
        machine.missing.append(("no line of the checklist is a check \(kind)", "add a line with check: \(kind)"))
      }
      for line in named { take(line, &machine) }
    }
    for id in way.lines {
      if let line = lines.first(where: { $0.id == id }) {
        take(line, &machine)
      } else {
        machine.missing.append(("the checklist has no line \(id)", "add the line \(id)"))
      }
    }
    return machine
  }

  private func take(_ line: DecidedLine, _ machine: inout Machine) {
    switch line.status {
    case .pass, .waived: if line.isExcused { machine.waived.append(line.id) }
    case .fail, .warning: machine.failed.append(line.id)
    case .inconclusive:
      machine.missing.append(("the line \(line.id) could not be decided", "do what the line \(line.id) asks for"))
    }
  }

  // MARK: - Signatures

  private func shown(by way: ControlPack.Way, _ control: ControlPack.Control, _ pack: ControlPack) -> ControlVerdict? {
    let machine = machine(way)
    guard machine.missing.isEmpty, machine.failed.isEmpty else { return nil }
    let excused: ControlVerdict? = machine.waived.isEmpty ? nil : .shownByWaivedLines(machine.waived)
    guard let rule = way.attestation else { return excused ?? .shownByLines }
    guard people == nil else { return nil }
    let question = AttestationQuestion(rule: rule, now: now, commit: commit, product: product)
    let good = statements.filter { $0.speaks(of: control.id, in: pack.id) && $0.fault(question) == nil }
    // The one that holds longest says when another is needed.
    guard let best = good.max(by: { $0.attestation.until < $1.attestation.until }) else { return nil }
    return excused ?? .shownByPerson(until: best.attestation.until, path: best.path)
  }

  // MARK: - What is missing

  private func open(_ control: ControlPack.Control, _ pack: ControlPack) -> ControlVerdict {
    let reasons = control.ways.map { reason($0, control, pack) }
    return .open(
      why: reasons.map(\.why).joined(separator: ", and "), remedy: reasons.map(\.remedy).joined(separator: ", or "))
  }

  private func reason(
    _ way: ControlPack.Way, _ control: ControlPack.Control, _ pack: ControlPack
  ) -> (why: String, remedy: String) {
    if let missing = machine(way).missing.first { return missing }
    guard let rule = way.attestation else { return ("it cannot be shown", "see the pack") }
    let by = rule.by.joined(separator: " or ")
    if let people { return (people.description, people.remedy ?? "put right what is said") }
    let question = AttestationQuestion(rule: rule, now: now, commit: commit, product: product)
    let name = pack.id + "/" + control.id
    let against =
      statements.filter { $0.speaks(of: control.id, in: pack.id) }.compactMap { $0.fault(question) }
      + faults.filter { $0.claims.contains(name) }
    if let fault = against.first { return (shown(fault), DisplayText.bounded(fault.remedy, to: 200)) }
    return ("nobody signed", "let \(by) sign an attestation")
  }

  private func shown(_ fault: AttestationFault) -> String { DisplayText.bounded(fault.description, to: 300) }
}
