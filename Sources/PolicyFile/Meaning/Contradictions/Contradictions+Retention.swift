internal import Core

extension Contradictions {
  /// What a norm that the checklist names asks to be kept, with where it says so.
  ///
  /// Source: Resolution CD/ANPD 15/2024, article 10 (register of incidents, five years).
  private static let minima: [(pack: String, key: String, least: Int64, source: String)] = [
    ("lgpd", "ledger", 5 * 365, "Resolution CD/ANPD 15/2024, art. 10")
  ]

  /// How long records are kept.
  static func retention(_ claims: Claims, _ found: inout Contradictions) {
    for line in claims.lines("controls") {
      for pack in line["packs"]?.elements ?? [] {
        for minimum in minima where pack.text == minimum.pack {
          guard let node = claims["retention", minimum.key], let kept = Claims.duration(node),
            kept < .seconds(minimum.least * 86400)
          else { continue }
          found.doubtful(
            "retention.below-minimum", node, and: pack,
            "'\(minimum.key)' is kept \(node.text ?? ""), and \(minimum.pack) asks for \(minimum.least / 365) years of the register of incidents in it (\(minimum.source))",
            "write \(minimum.key): \(minimum.least / 365)y, or longer")
        }
      }
    }
    if let ledger = claims["retention", "ledger"], let short = Claims.duration(ledger),
      let releases = claims["retention", "releases"], let long = Claims.duration(releases), short < long
    {
      found.doubtful(
        "retention.journal-outlives-ledger", ledger, and: releases,
        "journals of releases are kept \(releases.text ?? ""), longer than the ledger that proves them",
        "keep the ledger at least as long as what it proves")
    }
  }
}
