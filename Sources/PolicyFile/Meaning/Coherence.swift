internal import Core

/// What each key alone cannot show: names that lead nowhere, orders that cannot be. What contradicts
/// itself: ``Contradictions``.
struct Coherence {
  let root: PolicyNode
  private(set) var problems: [PolicyProblem] = []

  init(root: PolicyNode) { self.root = root }

  mutating func examine() {
    projects()
    waivers()
    windows()
    traffic()
    confirmations()
    health()
    compensations()
    alerts()
    licences()
    signers()
  }

  private func ids(_ node: PolicyNode?) -> [String] { (node?.elements ?? []).compactMap { $0["id"]?.text } }

  mutating func report(_ node: PolicyNode, _ code: String, _ what: String, hint: String? = nil) {
    problems.append(PolicyProblem(code, at: node.place, length: node.length, what, hint: hint))
  }

  private mutating func mustName(_ node: PolicyNode?, _ known: [String], _ kind: String) {
    guard let node, let text = node.text, !known.contains(text) else { return }
    let hint =
      Suggestion.nearest(to: text, among: known).map { "did you mean '\($0)'?" }
      ?? (known.isEmpty
        ? "the policy has no \(kind)s"
        : "there is \(Quoting.alternatives(known.prefix(8).map { $0 }).replacing(" or ", with: " and "))")
    report(node, "reference", "\(Quoting.quoted(text)) is no \(kind) of this policy", hint: hint)
  }

  // MARK: Projects

  private mutating func projects() {
    let projects = root["projects"]?.elements ?? []
    let known = ids(root["projects"])
    var above: [String] = []
    var atVercel: [String: Place] = [:]
    for project in projects {
      let id = project["id"]?.text ?? ""
      for element in project["after"]?.elements ?? [] {
        guard let name = element.text else { continue }
        if name == id {
          report(element, "order", "the project \(Quoting.quoted(id)) is after itself")
        } else if known.contains(name), !above.contains(name) {
          report(
            element, "order", "\(Quoting.quoted(id)) is deployed after \(Quoting.quoted(name)), which stands below it",
            hint: isCycle(id, name, projects)
              ? "each is after the other: remove one of the two" : "move the project \(Quoting.quoted(name)) above it")
        } else {
          mustName(element, known, "project")
        }
      }
      for entry in project["same-variables-as"]?.entries ?? [] {
        if entry.key == id || !known.contains(entry.key) {
          problems.append(
            PolicyProblem(
              "reference", at: entry.place, length: entry.key.unicodeScalars.count,
              entry.key == id
                ? "the project is compared with itself" : "\(Quoting.quoted(entry.key)) is no project of this policy",
              hint: Suggestion.nearest(to: entry.key, among: known.filter { $0 != id }).map { "did you mean '\($0)'?" })
          )
        }
      }
      if let vercel = project["vercel"], let node = vercel["project"], let name = node.text {
        let key = (vercel["team"]?.text ?? "") + "/" + name
        if let first = atVercel[key] {
          report(
            node, "duplicate-project", "\(Quoting.quoted(name)) is the same Vercel project as in line \(first.line)")
        }
        atVercel[key] = atVercel[key] ?? node.place
      }
      above.append(id)
    }
  }

  private func isCycle(_ id: String, _ other: String, _ projects: [PolicyNode]) -> Bool {
    var open = [other]
    var seen: Set<String> = []
    while let name = open.popLast() {
      if name == id { return true }
      guard seen.insert(name).inserted else { continue }
      open += projects.first { $0["id"]?.text == name }?["after"]?.elements.compactMap(\.text) ?? []
    }
    return false
  }

  // MARK: People and time

  private mutating func waivers() {
    let lines = root["checklist"]?.elements ?? []
    for waiver in root["waivers"]?.elements ?? [] {
      mustName(waiver["applies-to"], ids(root["checklist"]), "check")
      guard let line = lines.first(where: { $0["id"]?.text == waiver["applies-to"]?.text }),
        let kind = line["check"]?.text,
        kind != "findings"
      else { continue }
      for key in ["finding", "path", "component"] {
        guard let node = waiver[key] else { continue }
        report(
          node, "contradiction",
          "'\(key)' narrows a waiver of findings, and \(Quoting.quoted(line["id"]?.text ?? "")) is a line of the check \(kind)",
          hint: "such a line is waived as a whole: leave '\(key)' out")
      }
    }
    for line in lines {
      if let node = line["baseline"], line["only-new"]?.text != "true", line["check"]?.text == "findings" {
        report(node, "contradiction", "a baseline without 'only-new: true' is never looked at")
      }
    }
  }

  private mutating func windows() {
    for freeze in root["windows"]?["freezes"]?.elements ?? [] {
      if let from = freeze["from"]?.text, let end = freeze["until"], let until = end.text, moment(until) <= moment(from)
      {
        report(end, "order", "the freeze ends at \(Quoting.quoted(until)), before it begins")
      }
    }
  }

  /// ISO dates compare as text once both have a time.
  private func moment(_ text: String) -> String { text.utf8.count == 10 ? text + " 00:00" : text }

  /// Two flows of one name could not be told apart by who confirms them.
  private mutating func confirmations() {
    var seen: [String: Place] = [:]
    for flow in root["release"]?["confirm"]?.elements ?? [] {
      for (node, kind) in [(flow["id"], "id"), (flow.text == nil ? flow["look"] : flow, "text")] {
        guard let node, let text = node.text else { continue }
        if let first = seen["\(kind) \(text)"] {
          report(
            node, "duplicate-id",
            "the \(kind) \(Quoting.quoted(text)) is used twice in release.confirm, first in line \(first.line)")
        }
        seen["\(kind) \(text)"] = seen["\(kind) \(text)"] ?? node.place
      }
    }
  }

  private mutating func traffic() {
    let steps = root["release"]?["traffic"]?.elements ?? []
    var before = 0.0
    for step in steps {
      guard let node = step["share"], let share = node.text.flatMap(Quantities.share) else { continue }
      if share <= before { report(node, "order", "the shares of traffic must ascend, and \(node.text ?? "") does not") }
      before = max(before, share)
      if share < 0.01 || abs(share * 100 - (share * 100).rounded()) > 1e-9 {
        report(node, "share", "\(node.text ?? "") is no whole number of percent", hint: "write 1% to 100%")
      }
    }
    if steps.count > 10, let step = steps.last {
      report(step, "too-many", "traffic moves in \(steps.count) steps, and Vercel takes 10", hint: "leave some out")
    }
    if let last = steps.last, let node = last["share"], let share = node.text.flatMap(Quantities.share), share < 1 {
      report(
        node, "order", "traffic ends at \(node.text ?? ""), so the release would never have all of it",
        hint: "add a last step { share: 100% }")
    }
    if let node = steps.last?["approve"] {
      report(
        node, "order", "nothing follows the last step of traffic, so that nobody would be asked",
        hint: "write it into the step before")
    }
    for step in steps.dropLast() where step["for"] == nil {
      report(step, "missing-key", "every step of traffic but the last says how long it lasts", hint: "add for: 10m")
    }
  }

  // MARK: Health

  private mutating func health() {
    guard let health = root["health"] else { return }
    for probe in health["probes"]?.elements ?? [] {
      mustName(probe["project"], ids(root["projects"]), "project")
      if probe["sql"] != nil, root["database"] == nil, let sql = probe["sql"] {
        report(sql, "reference", "a probe asks the database, and the policy has no 'database'")
      }
    }
  }

  private mutating func compensations() {
    for node in root["rollback"]?["compensate"]?.elements ?? [] {
      for project in [node["project"]] + (node["vercel-cache"]?.elements ?? []) {
        mustName(project, ids(root["projects"]), "project")
      }
      if root["projects"] == nil, let domain = node["vercel-dns"] {
        report(domain, "reference", "records at Vercel need a project whose token reaches them, and there is none")
      }
    }
  }

  // MARK: Alerts

  private mutating func alerts() {
    guard let alerts = root["alerts"] else { return }
    let channels = ids(alerts["channels"]) + ["dashboard"]
    let rules = alerts["rules"]?.elements ?? []
    let levels = alerts["escalation"]?.elements ?? []
    for line in rules + levels { for name in line["notify"]?.elements ?? [] { mustName(name, channels, "channel") } }
    for rule in rules {
      guard let when = rule["when"] else { continue }
      mustName(when["probe"], ids(root["health"]?["probes"]), "probe")
      mustName(when["metric"], ids(root["health"]?["metrics"]), "metric")
      if when.entries.isEmpty { report(when, "empty-map", "an alert rule without a condition") }
      if let during = rule["respond"]?["during"], during.text == "business-hours", alerts["business-hours"] == nil {
        report(
          during, "reference", "'business-hours' are not said",
          hint: "add business-hours: { weekly: [\"Mon-Fri 09:00-18:00\"] } to alerts")
      }
    }
    var before: (level: Int64, after: Duration)?
    for step in levels {
      guard let level = step["level"]?.text.flatMap(Scalars.integer),
        let after = step["after"]?.text.flatMap(Quantities.duration)
      else { continue }
      if let before, level <= before.level || after < before.after {
        report(step, "order", "levels of escalation ascend, and so does the time after which they are told")
      }
      before = (level, after)
    }
  }
}
