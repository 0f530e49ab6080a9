import Approvals
import Core

/// What is asked of an attestation for one control of one release.
package struct AttestationQuestion: Hashable, Sendable {
  package let rule: ControlPack.AttestationRule
  package let now: Timestamp
  /// The commit that is released.
  package let commit: CommitID
  /// The policy's name.
  package let product: String

  package init(rule: ControlPack.AttestationRule, now: Timestamp, commit: CommitID, product: String) {
    self.rule = rule
    self.now = now
    self.commit = commit
    self.product = product
  }
}

extension SignedAttestation {
  package func speaks(of control: String, in pack: String) -> Bool {
    attestation.pack == pack && attestation.controls.contains(control)
  }

  /// What stands against it, or `nil` when it shows the control.
  package func fault(_ question: AttestationQuestion) -> AttestationFault? {
    timeFault(question) ?? personFault(question) ?? scopeFault(question) ?? evidenceFault()
  }

  private func timeFault(_ question: AttestationQuestion) -> AttestationFault? {
    let (made, until, now) = (attestation.made, attestation.until, question.now)
    let anew = "let \(person.name) make and sign a new one"
    if made > now {
      return fault(.future, "says that it was made in the future, \(day(made))", "put its date or this clock right")
    }
    if let from = attestation.from, from > now {
      return fault(.notYet, "holds only from \(day(from))", "wait, or \(anew)")
    }
    if until <= now { return fault(.expired, "ended on \(day(until))", anew) }
    if until - made > question.rule.cadence {
      let days = question.rule.cadence.milliseconds / 86_400_000
      return fault(.tooLong, "holds longer than the \(days) days that the control allows", anew)
    }
    return nil
  }

  private func personFault(_ question: AttestationQuestion) -> AttestationFault? {
    guard person.answers(to: question.rule.by) else {
      return fault(
        .wrongRole, "is by \(person.id), and not by \(question.rule.by.joined(separator: " or "))",
        "let somebody sign it whose role it is")
    }
    // A signature has no time of its own: who no longer counts could still write an earlier date.
    for (what, validity) in [("\(person.id)", person.validity), ("the key of \(person.id)", key.validity)] {
      if !validity.holds(at: attestation.made) || !validity.holds(at: question.now) {
        return fault(
          .personNotValid, "is signed by \(what), which does not count then or now", "let another person sign")
      }
    }
    return nil
  }

  private func scopeFault(_ question: AttestationQuestion) -> AttestationFault? {
    switch attestation.scope {
    case .commit(let commit) where commit != question.commit:
      fault(.foreign, "is about commit \(commit.short), not \(question.commit.short)", "sign one for this commit")
    case .product(let name) where name != question.product:
      fault(.foreign, "is about another product than \(question.product)", "sign one for this product")
    case .commit, .product: nil
    }
  }

  private func evidenceFault() -> AttestationFault? {
    for evidence in attestation.evidence {
      guard case .file(let name) = evidence.place, files[name] != evidence.sha256 else { continue }
      return fault(
        .changedEvidence,
        files[name] == nil
          ? "stands on a file that is not in the commit" : "stands on a file that was changed since",
        "look at it again, and sign a new one")
    }
    return nil
  }

  private func fault(_ kind: AttestationFault.Kind, _ why: String, _ remedy: String) -> AttestationFault {
    AttestationFault(kind, path: path, why: why, remedy: remedy)
  }

  private func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }
}
