import Core
import Evidence

/// Is every component licensed as the policy accepts, and is of every one known how?
package enum LicencesCheck {
  private static let shownLicences = 5
  private static let shownComponents = 5

  package static func judge(_ item: ChecklistItem, _ rules: LicencesRules, _ evidence: [LocatedEvidence]) -> CheckReport
  {
    let sorted = SortedEvidence(evidence, kind: "licences") { facts in
      if case .licences(let licences) = facts { licences } else { nil }
    }
    let facts = sorted.counted.reduce(LicenceFacts()) { $0 + $1.facts }
    let judged = JudgedLicences(facts, rules)
    let draft = EvidenceDraft(
      item: item, examined: facts.examined + [.init("reports", .integer(Int64(sorted.counted.count)))],
      references: sorted.references, stamps: sorted.stamps, comparisons: comparisons(rules, facts, judged, sorted))
    let faults = sorted.faults.map(\.description)
    let oddities = noted(facts, judged, rules) + sorted.warnings

    if judged.bad > 0 || judged.unknown > 0 && rules.unknown == .fail {
      let remedy =
        judged.bad > 0
        ? "replace what is licensed so, or change the policy" : "find out their licences, and let the bill state them"
      return draft.failed(
        failure(judged, rules), details: lines(judged, rules) + faults + oddities, remedy: remedy)
    }
    if let reason = sorted.faultReason, let first = sorted.faults.first {
      return draft.undecided(reason, details: faults.dropFirst() + oddities, remedy: first.remedy)
    }
    guard !sorted.counted.isEmpty else {
      return draft.undecided("no report is named", remedy: "name the reports in the policy")
    }
    guard !rules.allow.isEmpty || !rules.deny.isEmpty else {
      return draft.undecided("no licence is named", remedy: "name `allow` or `deny` in the policy")
    }
    if let empty = sorted.counted.first(where: { $0.facts.components == 0 }) {
      return draft.undecided(
        "\(empty.located.path) lists no component", details: oddities, remedy: "see why the bill of materials is empty")
    }
    if judged.unknown > 0, rules.unknown == .inconclusive {
      return draft.undecided(
        "the licence of \(component.words(judged.unknown)) is not known · \(summary(facts)) · \(sorted.summary)",
        details: lines(judged, rules) + oddities,
        remedy: "let the bill state their licences, or name them in `also-allow`")
    }
    return draft.passed("\(summary(facts)) · \(sorted.summary)", details: oddities)
  }

  private static let component = Noun("component")

  private static func summary(_ facts: LicenceFacts) -> String {
    "\(component.words(facts.components)) · \(Noun("licence").words(facts.licences))"
  }

  private static func comparisons(
    _ rules: LicencesRules, _ facts: LicenceFacts, _ judged: JudgedLicences, _ sorted: SortedEvidence<LicenceFacts>
  ) -> [Comparison] {
    let bad = Noun("component under a licence that is not accepted", "components under licences that are not accepted")
    let unknown = Noun("component of which no licence is known", "components of which no licence is known")
    var comparisons: [Comparison] = [.none("not-accepted", judged.bad, of: bad)]
    if rules.unknown != .allow {
      comparisons.append(
        .none("unknown", judged.unknown, of: unknown, otherwise: rules.unknown == .fail ? .fail : .inconclusive))
    }
    let empty = sorted.counted.count { $0.facts.components == 0 }
    if empty > 0 {
      comparisons.append(
        .none(
          "empty", empty, of: Noun("bill without a component", "bills without components"), otherwise: .inconclusive))
    }
    let isAsked = !sorted.counted.isEmpty && !(rules.allow.isEmpty && rules.deny.isEmpty)
    return (isAsked ? comparisons : comparisons.map(\.unknown)) + [sorted.allCount]
  }

  private static func failure(_ judged: JudgedLicences, _ rules: LicencesRules) -> String {
    var parts = judged.groups.filter(\.isBad).prefix(1).map { "\($0.words): \(names($0))" }
    let rest = judged.groups.count(where: \.isBad) - 1
    if rest > 0 { parts.append("and \(Figures.counted(rest, "further licence"))") }
    if judged.unknown > 0, rules.unknown == .fail {
      parts.append("the licence of \(component.words(judged.unknown)) is not known")
    }
    return parts.joined(separator: "; ")
  }

  private static func lines(_ judged: JudgedLicences, _ rules: LicencesRules) -> [String] {
    let bad = judged.groups.filter(\.isBad)
    let unknown = rules.unknown == .allow ? [] : judged.groups.filter { !$0.isBad }
    return [bad.dropFirst(), unknown[...]].flatMap { groups in
      groups.prefix(shownLicences).map { "\($0.words): \(names($0))" }
        + (groups.count > shownLicences
          ? ["and \(Figures.counted(groups.count - shownLicences, "further licence"))"] : [])
    }
  }

  private static func names(_ group: JudgedLicences.Group) -> String {
    let shown = group.components.prefix(shownComponents).map { DisplayText.bounded($0.shown, to: 80) }
    let rest = group.count - shown.count
    return shown.joined(separator: ", ") + (rest > 0 ? " and \(Figures.count(rest)) more" : "")
  }

  private static func noted(_ facts: LicenceFacts, _ judged: JudgedLicences, _ rules: LicencesRules) -> [String] {
    var lines: [String] = []
    if judged.unknown > 0, rules.unknown == .allow {
      lines.append("the licence of \(component.words(judged.unknown)) is not known, which the policy allows")
    }
    if facts.subjects > 0 {
      lines.append("what the bill is about states no licence of its own, which is not judged")
    }
    return lines
  }
}

/// The statements of bills of materials that a policy does not accept, the most frequent first.
struct JudgedLicences {
  struct Group {
    /// `AGPL-3.0-only is denied`
    var words: String
    var isBad: Bool
    var count: Int
    var components: [LicenceFacts.Component]
  }

  var groups: [Group] = []
  /// Components.
  var bad = 0
  var unknown = 0

  init(_ facts: LicenceFacts, _ rules: LicencesRules) {
    for (terms, group) in facts.groups {
      let judgement = LicencesRules.together(terms.map { JudgedLicences.judge($0, rules) })
      guard judgement != .allowed else { continue }
      let text = DisplayText.bounded(terms.map(\.text).joined(separator: " and "), to: 120)
      let words: String
      switch judgement {
      case .allowed: continue
      case .denied(let licence): words = JudgedLicences.words(licence, in: text, "is denied")
      case .notAllowed(let licence): words = JudgedLicences.words(licence, in: text, "is not allowed")
      case .unknown: words = terms.isEmpty ? "no licence is stated" : "'\(text)' is no licence that is known here"
      }
      let isBad = judgement != .unknown
      if isBad { bad += group.count } else { unknown += group.count }
      groups.append(Group(words: words, isBad: isBad, count: group.count, components: group.components))
    }
    groups.sort { ($0.isBad ? 0 : 1, -$0.count, $0.words) < ($1.isBad ? 0 : 1, -$1.count, $1.words) }
  }

  private static func judge(_ term: LicenceFacts.Term, _ rules: LicencesRules) -> LicencesRules.Judgement {
    if LicenceFacts.saysNothing(term) { return .unknown }
    if let expression = term.expression {
      let judgement = rules.judge(expression)
      guard judgement == .unknown else { return judgement }
    }
    return term == .unreadable ? .unknown : rules.judge(name: term.text)
  }

  private static func words(_ licence: String, in statement: String, _ what: String) -> String {
    let shown = DisplayText.bounded(licence, to: 120)
    return shown == statement ? "\(shown) \(what)" : "\(shown) \(what) (in '\(statement)')"
  }
}

extension Noun {
  /// `412 components`
  fileprivate func words(_ count: Int) -> String { "\(Figures.count(count)) \(of(count))" }
}
