internal import Core

extension Contradictions {
  /// The watch as a whole: whether its figures leave room for a decision.
  static func watch(_ claims: Claims, _ found: inout Contradictions) {
    guard let health = claims["health"] else { return }
    let every = Claims.duration(health["every"]) ?? .seconds(30)
    let lasts = Claims.duration(health["for"]) ?? .seconds(1800)
    let failures = Claims.whole(health["rollback-after"]) ?? 3
    if failures > 0, Double(failures - 1) * every.seconds > lasts.seconds {
      let written = [health["rollback-after"], health["for"], health["every"]].compactMap { $0 }
      found.certain(
        "watch.too-short", written.first ?? health, and: written.dropFirst().first,
        "\(failures) samples in a row, one every \(health["every"]?.text ?? "30s"), do not fit into a watch of \(health["for"]?.text ?? "30m"): nothing would ever be taken back",
        "watch longer, sample more often, or take back after fewer failures")
    }
    if let node = health["quorum"], let quorum = Claims.whole(node) {
      let points = max(1, health["vantage-points"]?.elements.count ?? 0)
      if quorum > points {
        found.certain(
          "watch.quorum", node, and: health["vantage-points"],
          "a quorum of \(quorum) can never be reached with \(points) vantage \(points == 1 ? "point" : "points")",
          "name more vantage points, or lower the quorum")
      }
    }
    if let then = health["then"], let slower = Claims.duration(then["every"]), slower < every {
      found.doubtful(
        "watch.slower-is-faster", then["every"] ?? then, and: health["every"],
        "the slower watch samples more often (\(then["every"]?.text ?? "")) than the strict one (\(health["every"]?.text ?? "30s"))",
        "sample the strict part at least as often")
    }
    let decides = Double(failures - 1) * every.seconds
    for step in claims.elements("release", "traffic").dropLast() {
      guard let node = step["for"], let lasts = Claims.duration(node), lasts.seconds < decides else { continue }
      found.doubtful(
        "watch.step-too-short", node, and: health["rollback-after"] ?? health["every"] ?? health,
        "the step of traffic ends after \(node.text ?? ""), before \(failures) failures in a row can be seen",
        "let the step last longer than rollback-after times every")
    }
    for metric in health["metrics"]?.elements ?? [] {
      guard let node = metric["critical"], let critical = Claims.limit(node),
        let warning = Claims.limit(metric["warning"])
      else { continue }
      if !critical.implies(warning) || critical == warning {
        found.certain(
          "watch.warning-after-critical", node, and: metric["warning"],
          "'critical' (\(critical)) must be worse than 'warning' (\(warning))",
          "both comparisons say what is bad, with the same sign and unit")
      }
    }
  }
}
