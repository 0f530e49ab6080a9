internal import Core

extension Contradictions {
  /// Windows: whether a release can ever begin, and end, in them.
  static func windows(_ claims: Claims, _ found: inout Contradictions) {
    let deploy = claims["windows", "deploy", "weekly"]
    let migrate = claims["windows", "migrate", "weekly"]
    guard
      let open = deploy.flatMap({ WeekTable(Claims.texts($0)) }) ?? migrate.flatMap({ WeekTable(Claims.texts($0)) }),
      let node = deploy ?? migrate
    else { return }
    var common = open
    let hasMigrations = claims["database", "migrations"] != nil
    if let deploy, let migrate, let other = WeekTable(Claims.texts(migrate)) {
      let unless = claims["windows", "migrate", "unless"]
      common = open.meets(other)
      if common.isNeverOpen {
        let what = "the window of migrations is never open while the window of releases is"
        let remedy = "let them overlap: a release that migrates needs both"
        if unless == nil, hasMigrations {
          found.certain("window.never-both", migrate, and: deploy, what, remedy)
        } else {
          found.doubtful("window.never-both", migrate, and: deploy, what, remedy)
        }
        common = open
      }
    }
    let needed = afterProductionBegins(claims, migrates: hasMigrations)
    if Double(common.longestOpening) * 60 < needed.seconds {
      found.certain(
        "window.too-short", node, and: claims["release", "budget"] ?? claims["release", "traffic"],
        "the longest opening is \(common.longestOpening) minutes, and what follows once production begins may take \(Int(needed.seconds) / 60)",
        "open longer, or shorten release.budget and the steps of traffic: production begins only when all of it fits")
    }
  }

  /// What the budgets allow from the moment that production begins until traffic has moved.
  private static func afterProductionBegins(_ claims: Claims, migrates: Bool) -> Duration {
    let budget = claims["release", "budget"]
    var needed = Claims.duration(budget?["verify"]) ?? .seconds(15 * 60)
    if migrates { needed += Claims.duration(budget?["migrate"]) ?? .seconds(10 * 60) }
    for step in claims.elements("release", "traffic") { needed += Claims.duration(step["for"]) ?? .zero }
    return needed
  }
}
