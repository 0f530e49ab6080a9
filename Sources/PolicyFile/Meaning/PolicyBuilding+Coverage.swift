internal import Core

extension PolicyBuilding {
  func coverage(_ node: PolicyNode, _ reports: [String]) -> CoverageRules {
    var rules = CoverageRules(reports: reports)
    rules.lines = limit(node["lines"])
    rules.branches = limit(node["branches"])
    rules.functions = limit(node["functions"])
    rules.statements = limit(node["statements"])
    rules.changedLines = limit(node["changed-lines"])
    rules.changedSince = node["changed-since"]?.text.flatMap { $0 == "production" ? nil : $0 }
    rules.parts = (node["paths"]?.elements ?? []).map { part in
      var rules = CoverageRules.Part(match: texts(part["match"]))
      rules.lines = limit(part["lines"])
      rules.branches = limit(part["branches"])
      rules.functions = limit(part["functions"])
      rules.statements = limit(part["statements"])
      return rules
    }
    rules.examined = limit(node["examined"])
    rules.exclude = texts(node["exclude"])
    return rules
  }
}
