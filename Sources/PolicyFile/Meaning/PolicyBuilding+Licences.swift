internal import Core

extension PolicyBuilding {
  func licences(_ node: PolicyNode) -> LicencesRules {
    var rules = LicencesRules(reports: texts(node["reports"]))
    rules.allow = texts(node["allow"]).map { LicencePattern($0) }
    rules.deny = texts(node["deny"]).map { LicencePattern($0) }
    rules.alsoAllow = texts(node["also-allow"])
    rules.unknown = word(node["unknown"]) ?? rules.unknown
    return rules
  }
}

extension Coherence {
  /// A misspelt licence would deny nothing, and look as if it did.
  mutating func licences() {
    for line in root["checklist"]?.elements ?? [] where line["check"]?.text == "licences" {
      if line["allow"] == nil, line["deny"] == nil {
        report(
          line["check"] ?? line, "licence", "the line names no licence in 'allow' or 'deny', so it asks nothing",
          hint: "add allow: [MIT, Apache-2.0], or deny: [AGPL-3.0-only]")
      }
      for node in (line["allow"]?.elements ?? []) + (line["deny"]?.elements ?? []) {
        guard let text = node.text, !LicencePattern(text).namesSomething else { continue }
        let nearest = Suggestion.nearest(to: text, among: Array(SPDXList.all).sorted())
        report(
          node, "licence", "\(Quoting.quoted(text)) is no licence on SPDX's list (\(SPDXList.version))",
          hint: nearest.map { "did you mean '\($0)'?" })
      }
    }
  }
}
