internal import Core

extension Contradictions {
  /// Probes by themselves, and two that ask the same.
  static func probes(_ claims: Claims, _ found: inout Contradictions) {
    let probes = claims.elements("health", "probes")
    for probe in probes { one(probe, claims["health", "every"], &found) }
    for (index, probe) in probes.enumerated() {
      for other in probes[..<index] {
        if question(probe) == question(other), let pair = exclusive(probe["expect"], other["expect"]) {
          found.certain(
            "probe.exclusive", pair.0, and: pair.1,
            "no answer can please both \(name(probe)) and \(name(other)), which ask the same",
            "keep one of the two expectations")
        }
        pages(probe, other, &found)
      }
    }
    identities(claims, probes, &found)
  }

  private static func one(_ probe: PolicyNode, _ every: PolicyNode?, _ found: inout Contradictions) {
    if let node = probe["timeout"], let timeout = Claims.duration(node), let interval = Claims.duration(every),
      timeout > interval
    {
      found.certain(
        "probe.timeout", node, and: every,
        "the probe waits longer (\(node.text ?? "")) than the time between two samples (\(every?.text ?? ""))",
        "shorten the timeout, or sample less often")
    }
    if let node = probe["expect"]?["latency"], let limit = Claims.limit(node) {
      let timeout = Claims.duration(probe["timeout"]) ?? .seconds(10)
      if limit.value > timeout.seconds {
        found.certain(
          "probe.latency", node, and: probe["timeout"],
          "the latency '\(limit)' decides nothing: the probe gives up after \(probe["timeout"]?.text ?? "10s")",
          "wait longer than the latency that is still good")
      }
    }
  }

  /// What is asked, when two probes may be compared.
  private static func question(_ probe: PolicyNode) -> [String] {
    if let sql = probe["sql"]?.text { return ["sql", sql] }
    if let server = probe["tls"]?.text { return ["tls", server] }
    let place = probe["url"]?.text ?? (probe["project"]?.text ?? "") + " " + (probe["path"]?.text ?? "")
    return [place, probe["method"]?.text ?? "GET"]
  }

  private static func exclusive(_ one: PolicyNode?, _ other: PolicyNode?) -> (PolicyNode, PolicyNode)? {
    guard let one, let other else { return nil }
    for key in ["value", "latency", "expires-in"] {
      if let node = one[key], let second = other[key], let first = Claims.limit(node),
        let limit = Claims.limit(second), first.excludes(limit) == true
      {
        return (node, second)
      }
    }
    for key in ["status", "content-type"] {
      if let node = one[key], let second = other[key],
        Set(Claims.texts(node)).isDisjoint(with: Claims.texts(second))
      {
        return (node, second)
      }
    }
    for entry in one["json"]?.entries ?? [] {
      if let second = other["json"]?[entry.key],
        Set(entry.value.oneOrMany.map(Refinement.meaning)).isDisjoint(with: second.oneOrMany.map(Refinement.meaning))
      {
        return (entry.value, second)
      }
    }
    return nil
  }

  /// Two paths of one project that end alike: one of them is probably the other, written from memory.
  private static func pages(_ probe: PolicyNode, _ other: PolicyNode, _ found: inout Contradictions) {
    guard let project = probe["project"]?.text, project == other["project"]?.text, let node = probe["path"],
      let second = other["path"], let path = node.text, let before = second.text, look(path, alike: before)
    else { return }
    found.doubtful(
      "probe.two-pages", node, and: second,
      "\(Quoting.quoted(path)) and \(Quoting.quoted(before)) of project \(Quoting.quoted(project)) both look like its '\(last(path))' page",
      "find out which of them says how the project is, and ask that one everywhere")
  }

  private static func identities(_ claims: Claims, _ probes: [PolicyNode], _ found: inout Contradictions) {
    for project in claims.elements("projects") {
      guard let node = project["identity"]?["path"], let path = node.text else { continue }
      let paths = probes.filter { $0["project"]?.text == project["id"]?.text }.compactMap { $0["path"] }
      guard !paths.contains(where: { $0.text == path }),
        let other = paths.first(where: { look($0.text ?? "", alike: path) })
      else { continue }
      found.doubtful(
        "probe.identity-page", node, and: other,
        "the project says who it is at \(Quoting.quoted(path)) and how it is at \(Quoting.quoted(other.text ?? ""))",
        "find out which of them is served, and use it for both")
    }
  }

  static func last(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? "/" }
  static func look(_ path: String, alike other: String) -> Bool { path != other && last(path) == last(other) }
  private static func name(_ probe: PolicyNode) -> String { Quoting.quoted(probe["id"]?.text ?? "") }
}
