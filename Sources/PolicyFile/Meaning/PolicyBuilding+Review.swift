internal import Core

extension PolicyBuilding {
  func review(_ node: PolicyNode) -> ReviewRules? {
    guard let provider: ReviewRules.Provider = word(node["provider"]), let approvals = whole(node["approvals"]) else {
      return nil
    }
    var rules = ReviewRules(provider: provider, approvals: approvals)
    // `authors` holds whether it is written or not.
    rules.notBy.formUnion(texts(node["not-by"]).compactMap { ReviewRules.Excluded(rawValue: $0) })
    rules.base = node["base"]?.text
    rules.repository = node["repository"]?.text
    rules.change = whole(node["change"])
    rules.token = node["token"]?.secret
    rules.api = node["api"]?.text
    rules.reports = texts(node["reports"])
    rules.machines = texts(node["machines"]).map { $0.lowercased() }
    return rules
  }
}
