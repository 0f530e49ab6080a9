import Controls
import Core
import Evidence

/// Is every control of the packs shown, by the lines of this checklist or by somebody who signed for it?
enum ControlsCheck {
  /// Groups of controls that are told with their reason; the others are counted, and named for machines.
  private static let shown = 5
  /// Signatures that end sooner than this are told.
  private static let soon: Duration = .seconds(30 * 86_400)

  /// - Parameters:
  ///   - lines: all other lines, as they were decided.
  ///   - product: the policy's name.
  static func judge(
    _ item: ChecklistItem, _ rules: ControlsRules, _ facts: Result<ControlFacts, Problem>, after lines: [DecidedLine],
    product: String, now: Timestamp
  ) -> CheckReport {
    switch facts {
    case .failure(let problem): return item.inconclusive(problem)
    case .success(let facts):
      var tally = Tally(rules, facts, now)
      let judging = ControlJudging(
        lines: lines, statements: facts.statements.compactMap(\.signed),
        faults: facts.statements.compactMap(\.fault), people: facts.people.problem, now: now, commit: facts.commit,
        product: product)
      for pack in facts.packs {
        for control in pack.pack.controls { tally.take(control, pack.pack, judging) }
      }
      return tally.report(item)
    }
  }

  /// The controls, counted and sorted.
  private struct Tally {
    let rules: ControlsRules
    let facts: ControlFacts
    let now: Timestamp
    var byLines = 0
    var byPeople = 0
    var notApplicable: [String] = []
    var waived: [(name: String, lines: [CheckID])] = []
    var failed: [(name: String, article: String, lines: [CheckID])] = []
    var open: [(name: String, article: String, why: String, remedy: String)] = []
    var unconfirmed = 0
    var total = 0
    var counted: Set<String> = []
    var endingSoon: [(path: String, until: Timestamp)] = []
    /// Exceptions that name no control, or have ended.
    private var exceptionNotes: [String] = []
    private var strangeExceptions: [String] = []
    private let excepted: Set<String>

    init(_ rules: ControlsRules, _ facts: ControlFacts, _ now: Timestamp) {
      self.rules = rules
      self.facts = facts
      self.now = now
      let names = Set(facts.packs.flatMap { pack in pack.pack.controls.map { pack.pack.id + "/" + $0.id } })
      var excepted: Set<String> = []
      for exception in rules.notApplicable {
        if !names.contains(exception.control) {
          strangeExceptions.append(exception.control)
        } else if let until = exception.until, until <= now {
          exceptionNotes.append("\(exception.control) applies again since \(ControlsCheck.day(until))")
        } else {
          excepted.insert(exception.control)
          exceptionNotes.append(
            "not applicable: \(exception.control): \(DisplayText.bounded(exception.reason, to: 160))")
        }
      }
      self.excepted = excepted
    }

    mutating func take(_ control: ControlPack.Control, _ pack: ControlPack, _ judging: ControlJudging) {
      let name = pack.id + "/" + control.id
      total += 1
      guard !excepted.contains(name) else {
        notApplicable.append(name)
        return
      }
      if !control.isConfirmed { unconfirmed += 1 }
      let article = DisplayText.bounded(control.article, to: 80)
      switch judging.verdict(control, in: pack) {
      case .shownByLines: byLines += 1
      case .shownByWaivedLines(let lines): waived.append((name, lines))
      case .shownByPerson(let until, let path):
        byPeople += 1
        if counted.insert(path).inserted, until - now <= ControlsCheck.soon { endingSoon.append((path, until)) }
      case .failed(let lines): failed.append((name, article, lines))
      case .open(let why, let remedy): open.append((name, article, why, remedy))
      }
    }

    // MARK: - Telling

    func report(_ item: ChecklistItem) -> CheckReport {
      let summary = "\(Words.count(total, "control")) of \(Words.count(facts.packs.count, "pack"))"
      let comparisons: [Comparison] = [
        .none("failed", failed.count, of: "failed control"),
        .none("missing", open.count, of: "control that nothing shows", otherwise: .inconclusive),
      ]
      if !failed.isEmpty {
        return item.failed(
          examined: examined, comparisons: comparisons,
          "\(Words.grouped(failed.count)) of \(summary) \(failed.count == 1 ? "is" : "are") not kept"
            + (open.isEmpty ? "" : ", \(Words.grouped(open.count)) not shown"),
          details: failedLines + openLines + notes, remedy: "put right the lines that failed", evidence: references)
      }
      guard strangeExceptions.isEmpty else {
        return item.inconclusive(
          examined: examined, comparisons: comparisons,
          "not-applicable names no control of these packs: \(Words.some(strangeExceptions))",
          details: openLines + notes, remedy: "correct or remove it", evidence: references)
      }
      if !open.isEmpty {
        return item.inconclusive(
          examined: examined, comparisons: comparisons,
          "nothing shows \(Words.grouped(open.count)) of \(summary); the others: \(parts)", details: openLines + notes,
          remedy: "add what is named, or let people sign: docs/guides/controls.md", evidence: references)
      }
      guard byLines + byPeople + waived.count > 0 else {
        return item.inconclusive(
          examined: examined, "of \(summary) none applies, so nothing was examined", details: notes,
          remedy: "take the packs out that do not concern this product", evidence: references)
      }
      return item.passed(
        examined: examined, comparisons: comparisons, "\(summary): \(parts)", details: notes, evidence: references)
    }

    private var parts: String {
      var parts = ["\(Words.grouped(byLines)) by this checklist", "\(Words.grouped(byPeople)) signed by people"]
      if !waived.isEmpty { parts.append("\(Words.grouped(waived.count)) by waived lines") }
      if !notApplicable.isEmpty { parts.append("\(Words.grouped(notApplicable.count)) not applicable") }
      return parts.joined(separator: ", ")
    }

    private var failedLines: [String] {
      let rest = failed.count - ControlsCheck.shown
      return failed.prefix(ControlsCheck.shown).map {
        "\($0.name) (\($0.article)): the line \(Words.some($0.lines.map(\.text))) failed"
      } + (rest > 0 ? ["and \(Words.count(rest, "further control"))"] : [])
    }

    /// Those that the same thing would show are told together.
    private var openLines: [String] {
      var groups: [(why: String, remedy: String, names: [String])] = []
      for control in open {
        let name = "\(control.name) (\(control.article))"
        if let same = groups.firstIndex(where: { $0.why == control.why && $0.remedy == control.remedy }) {
          groups[same].names.append(name)
        } else {
          groups.append((control.why, control.remedy, [name]))
        }
      }
      let rest = groups.dropFirst(ControlsCheck.shown).reduce(0) { $0 + $1.names.count }
      return groups.prefix(ControlsCheck.shown).map {
        "\(Words.some($0.names, at: 3)): \($0.why); to decide: \($0.remedy)"
      } + (rest > 0 ? ["and \(Words.count(rest, "further control"))"] : [])
    }

    private var notes: [String] {
      var notes = exceptionNotes
      notes += waived.prefix(ControlsCheck.shown).map {
        "\($0.name) stands on an exception that a person accepted: \(Words.some($0.lines.map(\.text)))"
      }
      for pack in facts.packs {
        if case .replacing(let path) = pack.origin {
          notes.append("\(pack.pack.id) is the project's own: \(path) in the place of the bundled pack")
        }
      }
      notes += endingSoon.sorted { ($0.until, $0.path) < ($1.until, $1.path) }.prefix(ControlsCheck.shown).map {
        "\(DisplayText.bounded($0.path)) ends on \(ControlsCheck.day($0.until))"
      }
      // Where controls are open, theirs are told with them.
      let faults = facts.statements.compactMap(\.fault).filter { open.isEmpty || $0.claims.isEmpty }
      if !faults.isEmpty {
        notes.append(
          "\(Words.count(faults.count, "attestation")) not counted: "
            + DisplayText.bounded(faults[0].description, to: 300))
      }
      if unconfirmed > 0 {
        notes.append("\(Words.count(unconfirmed, "control")) not compared with the official text of the source")
      }
      return notes
    }

    private var examined: [JSON.Member] {
      func count(_ key: String, _ number: Int) -> JSON.Member { .init(key, .integer(Int64(number))) }
      var members = [
        count("controls", total), count("packs", facts.packs.count), count("byMachine", byLines),
        count("byPerson", byPeople), count("withWaiver", waived.count), count("notApplicable", notApplicable.count),
        count("failed", failed.count), count("missing", open.count), count("unconfirmed", unconfirmed),
        count("attestations", facts.statements.count), count("attestationsCounted", counted.count),
      ]
      let names = (failed.map(\.name) + open.map(\.name)).prefix(200)
      members.append(.init("open", .strings(Array(names))))
      return members
    }

    private var references: [EvidenceReference] {
      var references = facts.packs.map(\.reference)
      if case .success(let people) = facts.people { references.append(people) }
      return references + facts.statements.map(\.reference)
    }
  }

  private static func day(_ time: Timestamp) -> String { String(time.description.prefix(10)) }
}

extension ControlFacts.Statement {
  fileprivate var signed: SignedAttestation? {
    if case .success(let signed) = outcome { signed } else { nil }
  }

  fileprivate var fault: AttestationFault? {
    if case .failure(let fault) = outcome { fault } else { nil }
  }
}

extension Result where Failure == Problem {
  fileprivate var problem: Problem? {
    if case .failure(let problem) = self { problem } else { nil }
  }
}
