internal import Core

extension Contradictions {
  /// Whom people are told what, against when the release is taken back and what is called good.
  static func alerts(_ claims: Claims, _ found: inout Contradictions) {
    let probes = claims.elements("health", "probes")
    let metrics = claims.elements("health", "metrics")
    for rule in claims.elements("alerts", "rules") {
      guard let when = rule["when"] else { continue }
      failures(when, claims, &found)
      if let probe = probes.first(where: { $0["id"]?.text == when["probe"]?.text }) {
        for key in ["latency", "expires-in", "value"] {
          guard let good = probe["expect"]?[key], let bad = when[key] else { continue }
          compare(good, bad, saysBad: false, isEarly: rule["severity"]?.text == "warning", &found)
        }
      }
      if let metric = metrics.first(where: { $0["id"]?.text == when["metric"]?.text }), let bad = when["value"] {
        let level = rule["severity"]?.text == "critical" ? "critical" : "warning"
        if let node = metric[level] ?? metric["warning"] {
          compare(node, bad, saysBad: true, isEarly: false, &found)
        }
      }
    }
    escalation(claims, &found)
  }

  private static func failures(_ when: PolicyNode, _ claims: Claims, _ found: inout Contradictions) {
    guard let node = when["consecutive-failures"], let limit = Claims.limit(node) else { return }
    let threshold = claims["health", "rollback-after"]
    let back = Claims.whole(threshold) ?? 3
    let takesBack = Claims.whole(claims["rollback", "at-most"]) != 0
    if takesBack, !(1...max(1, back)).contains(where: { limit.holds(for: Double($0)) }) {
      found.certain(
        "alert.never", node, and: threshold,
        "'\(limit)' can never be met: the release is taken back after \(back) failures in a row",
        "tell people at or before the failure that takes the release back")
    } else if takesBack, back > 1, limit.holds(for: Double(back - 1)) {
      found.doubtful(
        "alert.before-rollback", node, and: threshold,
        "people are called at '\(limit)' failures, and the release is taken back by itself after \(back): nothing says how the two relate",
        "tell people when it is taken back (\">= \(back)\"), or make the earlier alert a warning")
    }
  }

  /// - Parameters:
  ///   - saysBad: whether the first comparison says what is bad too, as a metric's does.
  ///   - isEarly: whether the alert only warns, and may well come before the figure stops being good.
  private static func compare(
    _ node: PolicyNode, _ alert: PolicyNode, saysBad: Bool, isEarly: Bool, _ found: inout Contradictions
  ) {
    guard let said = Claims.limit(node), let bad = Claims.limit(alert), said.sharesUnit(with: bad),
      let good = saysBad ? said.negated : said, let quiet = bad.negated,
      good.relation.isUpper == quiet.relation.isUpper,
      good.value != quiet.value
    else { return }
    if quiet.implies(good) {
      if isEarly { return }
      found.doubtful(
        "alert.both-good-and-bad", alert, and: node,
        "an alert at '\(bad)' calls people for figures that are good by '\(said)'",
        "alert where the figure stops being good")
    } else {
      found.doubtful(
        "alert.gap", alert, and: node,
        "between '\(said)' and the alert's '\(bad)' a figure is not good, and nobody is told",
        "alert where the figure stops being good")
    }
  }

  private static func escalation(_ claims: Claims, _ found: inout Contradictions) {
    let steps = claims.elements("alerts", "escalation")
    guard steps.count > 1, let second = steps[1]["after"], let after = Claims.duration(second) else { return }
    for rule in claims.elements("alerts", "rules") where rule["severity"]?.text == "critical" {
      guard let node = rule["respond"]?["within"], let within = Claims.duration(node), within > .zero, after > within
      else { continue }
      found.doubtful(
        "alert.late-escalation", second, and: node,
        "an answer is expected within \(node.text ?? ""), and nobody else is told before \(second.text ?? "")",
        "escalate before the time to answer is over")
    }
  }
}

extension Limit.Relation {
  /// Whether it bounds a figure from above.
  fileprivate var isUpper: Bool { self == .atMost || self == .below }
}
