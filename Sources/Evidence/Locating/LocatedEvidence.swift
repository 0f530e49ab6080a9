import Core

/// A report that a policy asks for, found and read, or why it does not count.
package struct LocatedEvidence: Hashable, Sendable {
  /// As the policy wrote it.
  package var pattern: String
  /// Relative to the policy's folder; the pattern when nothing matched it.
  package var path: String
  /// The absolute path of the policy's folder, which paths in reports are told from.
  package var root: String
  package var outcome: Result<ReadEvidence, EvidenceFault>
  package var reference: EvidenceReference
  /// What the command that wrote the report exited with, when `collect` saw it.
  package var exit: Int?
  /// A file without content, of which ``outcome`` is the fault that it is.
  package var nothing: Nothing?
  /// Lines that must be stamped on every verdict that stands on this.
  package var stamps: [String]

  package struct Nothing: Hashable, Sendable {
    package var form: EmptyReport
    /// Why it is not about this commit, or not fresh; `nil` when a manifest says that it is.
    package var fault: EvidenceFault?

    package init(_ form: EmptyReport, fault: EvidenceFault? = nil) {
      self.form = form
      self.fault = fault
    }
  }

  package init(
    pattern: String, path: String, root: String, outcome: Result<ReadEvidence, EvidenceFault>,
    reference: EvidenceReference? = nil, exit: Int? = nil, stamps: [String] = []
  ) {
    self.pattern = pattern
    self.path = path
    self.root = root
    self.outcome = outcome
    self.reference =
      reference ?? EvidenceReference(path: path, sha256: nil, format: nil, commit: nil, age: nil)
    self.exit = exit
    self.stamps = stamps
  }

  package var fault: EvidenceFault? {
    if case .failure(let fault) = outcome { fault } else { nil }
  }
}

/// The reports of one check, sorted into those that count and those that do not.
package struct SortedEvidence<Facts: Sendable>: Sendable {
  package var counted: [(located: LocatedEvidence, facts: Facts)] = []
  package var faults: [EvidenceFault] = []
  package var references: [EvidenceReference] = []
  /// Each once, in order.
  package var stamps: [String] = []
  /// Oddities of the reports, with the file's name.
  package var warnings: [String] = []

  /// - Parameters:
  ///   - kind: what is asked for, as in ``EvidenceFacts/kind``.
  ///   - facts: takes the facts of that kind out.
  package init(_ evidence: [LocatedEvidence], kind: String, facts: (EvidenceFacts) -> Facts?) {
    var known: [String: String] = [:]
    for located in evidence {
      references.append(located.reference)
      for stamp in located.stamps where !stamps.contains(stamp) { stamps.append(stamp) }
      switch located.outcome {
      case .failure(let fault): faults.append(fault)
      case .success(let read):
        if let first = known[read.sha256] {
          // A copy must not make more of what was examined; that its command failed must not get lost with it.
          if let exit = located.exit, exit != 0,
            let place = counted.firstIndex(where: { $0.located.path == first }), (counted[place].located.exit ?? 0) == 0
          {
            counted[place].located.exit = exit
          }
          warnings.append("\(located.path) holds the same bytes as \(first), counted once")
        } else if let wanted = facts(read.facts) {
          known[read.sha256] = located.path
          counted.append((located, wanted))
          warnings += read.warnings.map { "\(read.path): \($0)" }
        } else {
          faults.append(
            EvidenceFault(
              .unfitting, path: located.path, why: "holds \(read.facts.kind) (\(read.format.rawValue)), not \(kind)",
              remedy: "name a report of \(kind) in the policy"))
        }
      }
    }
  }

  /// How old the oldest report is that counts; `nil` when none of them has an age.
  package var oldest: Duration? { counted.compactMap(\.located.reference.age).max() }

  /// `12 reports, 4 min old`.
  package var summary: String {
    let reports = Figures.counted(counted.count, "report")
    return oldest.map { "\(reports), \(Figures.age($0)) old" } ?? "\(reports), age unknown"
  }

  /// The first fault in words, and how many more there are.
  package var faultReason: String? {
    guard let first = faults.first else { return nil }
    let rest = faults.count - 1
    return first.description + (rest == 0 ? "" : ", and \(Figures.counted(rest, "further report")) cannot be counted")
  }
}
