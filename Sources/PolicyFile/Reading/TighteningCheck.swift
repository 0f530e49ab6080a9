internal import Core

/// L10: what stands below may be stricter, never laxer. Compares an included policy with what is written upon it.
///
/// An included policy is held to what it says *and* to the standards of what it leaves unsaid: it alone would ask for
/// them. Where it has no section at all it asks nothing, but for the sections whose standards hold without them.
struct TighteningCheck {
  private(set) var problems: [PolicyProblem] = []
  /// Looks only at what the included policy leaves to its standards.
  private var onlySilent = false

  /// - Parameter above: the file that extends, or the merged policy of what is extended before.
  mutating func policy(_ base: PolicyNode, _ above: PolicyNode) {
    fields(base, above, Language.policy, isTop: true)
    zone(base, above)
    waivers(base, above)
  }

  /// Two policies that one file extends side by side: the second stands upon the first, and neither is laxer for it.
  mutating func siblings(_ first: PolicyNode, _ second: PolicyNode) {
    policy(first, second)
    onlySilent = true
    policy(second, first)
    onlySilent = false
  }

  private mutating func fields(_ base: PolicyNode, _ above: PolicyNode, _ fields: [Field], isTop: Bool = false) {
    guard case .map = base.value, case .map = above.value else { return }
    for field in fields {
      guard let change = above[field.key] else { continue }
      let included = base[field.key]
      if field.isLeaf {
        if onlySilent, included != nil { continue }
        // A map joins what is below it: what it does not name stays.
        let result = included.map { Merging.merged($0, change, field.isMap ? field.shape : nil) } ?? change
        if let why = Refinement.refusal(field, old: included, new: result) {
          let what = included == nil ? field.standard.map { "\(why) (standard: \($0))" } ?? why : why
          lax(change, included ?? base, "\(field.key) \(what)")
        }
      } else if let included {
        descend(field.shape, included, change)
      } else if case .object(let inner) = field.shape, field.isStanding || !isTop {
        // The section is there without this part: its standards hold.
        self.fields(PolicyNode(value: .map([]), place: base.place), change, inner)
      }
    }
  }

  private mutating func descend(_ shape: Shape, _ base: PolicyNode, _ above: PolicyNode) {
    switch shape {
    case .object(let fields): self.fields(base, above, fields)
    case .byWord(let key, let variants):
      if let word = base[key]?.text, let change = above[key], change.text != word {
        report(change, base[key] ?? base, "'\(key)' cannot change from \(Quoting.quoted(word))")
        return
      }
      let word = base[key]?.text ?? above[key]?.text
      if let variant = variants.first(where: { $0.name == word }) { fields(base, above, variant.fields) }
    case .byKey(let variants):
      let variant =
        variants.first { base[$0.name] != nil } ?? variants.first { above[$0.name] != nil }
      if let variant { fields(base, above, variant.fields) }
    case .identified(let element):
      for child in above.elements {
        if let id = child["id"]?.text, let lower = base.elements.first(where: { $0["id"]?.text == id }) {
          descend(element, lower, child)
        }
      }
    case .wordOr(_, let other): descend(other, base, above)
    case .text, .textOr, .flag, .whole, .choice, .anyScalar, .list, .oneOrMany, .map, .secret: return
    }
  }

  /// Dates and hours are local to the zone, so another zone moves them.
  private mutating func zone(_ base: PolicyNode, _ above: PolicyNode) {
    guard let change = above["timezone"], base["timezone"] == nil, change.text != "UTC",
      let dated = ["windows", "waivers", "alerts"].lazy.compactMap({ base[$0] }).first
    else { return }
    lax(change, dated, "timezone cannot change from UTC, in which the included dates and hours are")
  }

  /// Who asks for a line accepts its exceptions: a waiver stands in the file of its line or in one that is included.
  private mutating func waivers(_ base: PolicyNode, _ above: PolicyNode) {
    let known = base["waivers"]?.elements.compactMap { $0["id"]?.text } ?? []
    for waiver in above["waivers"]?.elements ?? [] {
      guard let id = waiver["id"]?.text, !known.contains(id), let line = waiver["applies-to"]?.text,
        let asked = base["checklist"]?.elements.first(where: { $0["id"]?.text == line })
      else { continue }
      lax(
        waiver, asked,
        "the waiver \(Quoting.quoted(id)) lets off the line \(Quoting.quoted(line)) of an included policy")
    }
  }

  private mutating func lax(_ above: PolicyNode, _ base: PolicyNode, _ what: String) {
    report(above, base, "a policy is only ever made stricter below: " + what)
  }

  private mutating func report(_ above: PolicyNode, _ base: PolicyNode, _ what: String) {
    let place = base.place
    var problem = PolicyProblem(
      "laxer", at: above.place, length: above.length, what,
      hint: "the included policy asks for it in \(place.file):\(place.line):\(place.column)")
    problem.other = place
    problems.append(problem)
  }
}
