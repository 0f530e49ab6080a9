internal import Core

extension PolicyBuilding {
  func health(_ node: PolicyNode) -> HealthRules {
    var rules = HealthRules()
    rules.every = duration(node["every"]) ?? rules.every
    rules.jitter = node["jitter"]?.text.flatMap(Quantities.share) ?? rules.jitter
    rules.lasts = duration(node["for"]) ?? rules.lasts
    rules.rollbackAfter = whole(node["rollback-after"]) ?? rules.rollbackAfter
    rules.asksControl = node["control"]?.text != "none"
    rules.probes = (node["probes"]?.elements ?? []).compactMap(probe)
    return rules
  }

  private func probe(_ node: PolicyNode) -> ProbeRules? {
    guard let id = node["id"]?.text, let target = target(node) else { return nil }
    var probe = ProbeRules(id: id, target: target)
    probe.severity = word(node["severity"]) ?? .critical
    probe.timeout = duration(node["timeout"]) ?? probe.timeout
    if let expect = node["expect"] { probe.expect = expectation(expect) }
    return probe
  }

  private func target(_ node: PolicyNode) -> ProbeRules.Target? {
    let method = node["method"]?.text ?? "GET"
    if let project = node["project"]?.text {
      return .project(ProjectID(project), path: node["path"]?.text ?? "/", method: method)
    }
    if let url = node["url"]?.text { return .url(url, method: method) }
    if let sql = node["sql"]?.text { return .sql(sql) }
    return node["tls"]?.text.map { .tls($0) }
  }

  private func expectation(_ node: PolicyNode) -> Expectation {
    var expectation = Expectation()
    expectation.status = (node["status"]?.oneOrMany ?? []).compactMap(whole)
    expectation.latency = limit(node["latency"])
    expectation.contentType = node["content-type"]?.text
    for entry in node["headers"]?.entries ?? [] {
      expectation.headers[entry.key.lowercased()] = entry.value.text
    }
    expectation.json = (node["json"]?.entries ?? []).map { entry in
      let good = entry.value.oneOrMany.compactMap { value -> JSON? in
        guard case .scalar(let text, let style) = value.value else { return nil }
        return Scalars.json(text, style)
      }
      return Expectation.JSONExpectation(pointer: entry.key, good: good)
    }
    expectation.bodyContains = node["contains"]?.text
    expectation.value = limit(node["value"])
    expectation.expiresIn = limit(node["expires-in"])
    return expectation
  }

  // MARK: Leaves

  func texts(_ node: PolicyNode?) -> [String] { node?.oneOrMany.compactMap(\.text) ?? [] }
  func duration(_ node: PolicyNode?) -> Duration? { node?.text.flatMap(Quantities.duration) }
  func limit(_ node: PolicyNode?) -> Limit? { node?.text.flatMap(Quantities.limit) }
  func flag(_ node: PolicyNode?) -> Bool? { node?.text.flatMap(Scalars.flag) }
  func whole(_ node: PolicyNode?) -> Int? { node?.text.flatMap(Scalars.integer).map(Int.init) }
  func word<Word: RawRepresentable<String>>(_ node: PolicyNode?) -> Word? { node?.text.flatMap(Word.init(rawValue:)) }
}

extension PolicyNode {
  /// The reference that a map of one key is.
  var secret: SecretReference? {
    if let name = self["env"]?.text { return .environment(name) }
    if let path = self["file"]?.text { return .file(path) }
    if let words = self["command"]?.elements { return .command(words.compactMap(\.text)) }
    return nil
  }
}
