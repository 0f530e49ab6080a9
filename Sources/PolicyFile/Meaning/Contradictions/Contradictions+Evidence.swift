internal import Core

extension Contradictions {
  /// Lines of the checklist against the time and the sections they need.
  static func evidence(_ claims: Claims, _ found: inout Contradictions) {
    let budget = claims["release", "budget", "prepare"]
    let prepare = Claims.duration(budget) ?? .seconds(15 * 60)
    if let node = claims["evidence", "max-age"], let age = Claims.duration(node), age < prepare {
      found.doubtful(
        "evidence.ages-while-judged", node, and: budget,
        "a report counts for \(node.text ?? ""), and the checklist may take \(budget?.text ?? "15m"): a fresh report can be too old when it is judged",
        "let reports count longer than release.budget.prepare")
    }
    signatures(claims, &found)
    // Without projects nothing is released, and `check` alone has no budget.
    for line in claims.lines("command") where budget != nil || claims["projects"] != nil {
      if let node = line["timeout"], let timeout = Claims.duration(node), timeout > prepare {
        found.doubtful(
          "evidence.command-beyond-budget", node, and: budget,
          "the command may take \(node.text ?? ""), and the whole checklist has \(budget?.text ?? "15m")",
          "raise release.budget.prepare, or lower the timeout")
      }
    }
    for line in claims.lines("changed-together") {
      guard let needs = line["needs"], let changed = line["changed"] else { continue }
      let asked = Claims.texts(changed)
      if !asked.isEmpty, Set(asked).isSubset(of: Claims.texts(needs)) {
        found.certain(
          "evidence.always-true", needs, and: changed,
          "what must change along is what changed already, so the line asks nothing",
          "name other files in 'needs'")
      }
    }
    let sections: [(kind: String, section: String)] = [
      ("migrations", "database"), ("backup", "database"), ("vercel-projects", "projects"),
      ("environment-variables", "projects"),
    ]
    for (kind, section) in sections where claims.root[section] == nil {
      for line in claims.lines(kind) {
        found.doubtful(
          "evidence.no-section", line["check"] ?? line, and: nil,
          "the line asks about '\(section)', and the policy has none: it can never be decided",
          "add \(section), or leave the line to the policy that has it")
      }
    }
  }

  /// Limits on one figure, in several lines, that no figure satisfies.
  static func comparisons(_ claims: Claims, _ found: inout Contradictions) {
    var seen: [(name: String, node: PolicyNode)] = []
    for line in claims.lines("benchmarks") {
      for entry in line["limits"]?.entries ?? [] {
        guard let limit = Claims.limit(entry.value) else { continue }
        for (name, node) in seen where name == entry.key {
          guard let other = Claims.limit(node), limit.excludes(other) == true else { continue }
          found.certain(
            "limit.unsatisfiable", entry.value, and: node,
            "no figure of \(Quoting.quoted(entry.key)) is within both '\(limit)' and '\(other)'", "keep one of the two")
        }
        seen.append((entry.key, entry.value))
      }
    }
  }

  /// Signatures that nobody makes, or nobody looks at.
  private static func signatures(_ claims: Claims, _ found: inout Contradictions) {
    let signers = claims["evidence", "signers"]
    if let node = claims["evidence", "bind-to"], node.text == "none", let signers {
      found.certain(
        "evidence.signed-for-nothing", signers, and: node,
        "signers bind reports to the commit, and 'bind-to: none' binds them to nothing",
        "write bind-to: commit, or leave the signers out")
    }
    guard signers == nil else { return }
    if let node = claims["evidence", "provenance"] {
      found.certain(
        "evidence.nobody-signs", node, and: nil,
        "attestations are looked for, and without 'signers' nobody's count: they would bind nothing",
        "add signers: [{ id: ci, key: gatehouse/keys/ci.pem }]")
    }
    if let node = claims["evidence", "sign-with"] {
      found.doubtful(
        "evidence.nobody-verifies", node, and: nil,
        "what collect signs is looked at by nobody, since there are no 'signers'",
        "add the public key to evidence: signers")
    }
  }
}
