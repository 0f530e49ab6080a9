import Core

/// Whether a file is about this commit and fresh, and how that is known.
struct Belonging: Sendable {
  /// Why it does not count; `nil` when it does.
  var fault: EvidenceFault?
  var commit: CommitID?
  var age: Duration?
  /// What the command that wrote it exited with.
  var exit: Int?
  /// `nil` when nothing binds it, or need not.
  var binding: EvidenceBinding?
}

extension EvidenceLocator {
  /// Each voice is heard alone, and the best of them counts: so none that is taken away makes more of the file.
  func belonging(
    of path: String, stated: [CommitID] = [], at time: Timestamp? = nil, _ vouching: Vouching
  ) -> Belonging {
    let voices: [Vouching.Voice?] = vouching.voices.isEmpty ? [nil] : vouching.voices
    let heard = voices.map { belonging(of: path, stated, time, $0, vouching) }
    func rank(_ belonging: Belonging) -> (Int, Int, Int, Duration) {
      (
        belonging.fault == nil ? 0 : 1, belonging.fault?.kind == .foreign ? 1 : 0, (belonging.exit ?? 0) == 0 ? 0 : 1,
        belonging.age ?? .zero
      )
    }
    return heard.min { rank($0) < rank($1) } ?? Belonging(fault: vouching.fault)
  }

  private func belonging(
    of path: String, _ stated: [CommitID], _ time: Timestamp?, _ voice: Vouching.Voice?, _ vouching: Vouching
  ) -> Belonging {
    let times = [time, voice?.made].compactMap { $0 }
    let age = times.min().map { now - $0 }
    var belonging = Belonging(
      fault: vouching.fault ?? origin(of: path, stated, voice, vouching) ?? staleness(of: path, times: times, age: age),
      commit: stated.first ?? voice?.commits.first { $0 == commit } ?? voice?.commits.first,
      age: age.map { max($0, .zero) }, exit: voice?.exit)
    if belonging.fault == nil, rules.bindTo == .commit {
      let isStated = !stated.isEmpty && voice?.binding.signer == nil
      belonging.binding = isStated ? EvidenceBinding(.stated) : voice?.binding
    }
    return belonging
  }

  /// Why the report does not belong to the commit; `nil` when it does, or need not.
  private func origin(
    of path: String, _ stated: [CommitID], _ voice: Vouching.Voice?, _ vouching: Vouching
  ) -> EvidenceFault? {
    guard rules.bindTo == .commit else { return nil }
    func fault(_ kind: EvidenceFault.Kind, _ why: String, _ remedy: String) -> EvidenceFault {
      EvidenceFault(kind, path: path, why: why, remedy: remedy)
    }
    guard let commit else {
      return fault(
        .unbound, "cannot be held against this commit, which is not known",
        "run the gate in a Git checkout with a commit")
    }
    func foreign(_ other: CommitID) -> EvidenceFault {
      let shown = DisplayText.bounded(other.isComplete ? other.short : other.text, to: 40)
      return fault(.foreign, "is about commit \(shown), not \(commit.short)", "make the report again for this commit")
    }
    if let other = stated.first(where: { !$0.names(commit) }) { return foreign(other) }
    guard let voice else {
      if vouching.wasChanged {
        return fault(
          .unbound, "was changed after it was collected", "run `gatehouse collect` as the last step that touches it")
      }
      if let inVain = vouching.inVain {
        return fault(
          .unbound, "is bound by no signature of a signer: \(inVain)",
          "let `gatehouse collect` sign it (evidence: sign-with) with a key of evidence: signers, or name its attestation in evidence: provenance"
        )
      }
      guard stated.isEmpty else { return nil }
      return fault(
        .unbound, "names no commit, and no manifest beside it does",
        "let `gatehouse collect --command '…' \(path)` run the step that writes it")
    }
    if !voice.commits.contains(where: { $0.names(commit) }) {
      guard let other = voice.commits.first else {
        return fault(
          .unbound, "is attested by \(voice.place), which names no commit",
          "let its builder name the commit it builds from, or collect it with `gatehouse collect`")
      }
      return foreign(other)
    }
    guard voice.isClean != false else {
      return fault(
        .foreign, "was made with changes that are in no commit", "make the report again from a clean working tree")
    }
    return nil
  }

  private func staleness(of path: String, times: [Timestamp], age: Duration?) -> EvidenceFault? {
    if let latest = times.max(), latest > now + EvidenceLocator.clockTolerance {
      return EvidenceFault(
        .future, path: path, why: "says that it was made at \(latest), which is in the future",
        remedy: "set the clocks of this machine and of the one that made it")
    }
    guard let age else {
      guard rules.bindTo == .commit else { return nil }
      return EvidenceFault(
        .unbound, path: path, why: "does not say when it was made, and nothing that vouches for it does",
        remedy: "let `gatehouse collect --command '…' \(path)` run the step that writes it")
    }
    guard age > rules.maxAge else { return nil }
    return EvidenceFault(
      .stale, path: path, why: "is \(Figures.age(age)) old, and at most \(Figures.age(rules.maxAge)) is allowed",
      remedy: "make the report again")
  }
}
