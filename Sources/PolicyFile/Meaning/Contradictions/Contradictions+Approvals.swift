internal import Core

extension Contradictions {
  /// Approvals: whether there are enough people, and whether what they said still holds when it is needed.
  static func approvals(_ claims: Claims, _ found: inout Contradictions) {
    for kind in ["deploy", "manual-rollback", "restore", "policy-change"] {
      guard let rules = claims["approvals", kind] else { continue }
      people(rules, claims, &found)
      guard let node = rules["valid-for"], let holds = Claims.duration(node), kind == "deploy" else { continue }
      if let notice = claims["windows", "migrate", "notice"], let before = Claims.duration(notice), holds < before {
        found.doubtful(
          "approval.before-notice", node, and: notice,
          "an approval holds \(node.text ?? ""), and a migration is announced \(notice.text ?? "") before: who approves what was announced approves too early",
          "let approvals hold at least as long as the notice, or have them given after it")
      }
      let needed = waiting(claims)
      if holds < needed {
        found.doubtful(
          "approval.lapses", node, and: claims["release", "budget"],
          "an approval holds \(node.text ?? ""), and staging and the snapshot may take \(Int(needed.seconds) / 60) minutes before production begins",
          "let approvals hold longer than the budgets")
      }
    }
  }

  private static func waiting(_ claims: Claims) -> Duration {
    let budget = claims["release", "budget"]
    var needed = (Claims.duration(budget?["deploy"]) ?? .seconds(20 * 60)) * claims.elements("projects").count
    if claims["database", "migrations"] != nil {
      needed += Claims.duration(budget?["snapshot"]) ?? .seconds(20 * 60)
    }
    return needed
  }

  private static func people(_ rules: PolicyNode, _ claims: Claims, _ found: inout Contradictions) {
    // A file of another form is told by whoever reads it.
    guard claims.people?["apiVersion"] != nil, let listed = claims.people?["people"], let node = rules["count"],
      let count = Claims.whole(node)
    else {
      return
    }
    let roles = Set(Claims.texts(rules["roles"]))
    let able = listed.elements.filter { roles.isEmpty || !roles.isDisjoint(with: Claims.texts($0["roles"])) }.count
    let who = roles.isEmpty ? "" : " with one of the roles \(roles.sorted().joined(separator: ", "))"
    if able < count {
      found.certain(
        "approval.too-few-people", node, and: listed,
        "\(count) people must approve, and \(able == 0 ? "nobody" : "only \(able)")\(who) is listed",
        "list more people, or ask for fewer")
    } else if able == count, rules["not-by"] != nil {
      found.doubtful(
        "approval.nobody-may-be-away", node, and: rules["not-by"],
        "\(count) people must approve and \(able) could\(who): a change by one of them can never be approved",
        "list one person more than must approve")
    }
  }
}
