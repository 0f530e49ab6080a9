import Core
import Standins

/// Pages of a stand-in that answer what a policy's probes and identities ask for.
enum RehearsalPages {
  /// The paths whose probes make a release ill when they fail; the one that names the release only when there is no other,
  /// because a release that cannot say who it is never gets as far as the watch.
  static func telltalePaths(of project: Project, _ health: HealthRules?) -> [String] {
    let paths = (health?.probes ?? []).compactMap { probe -> String? in
      guard probe.severity == .critical, case .project(project.id, let path, _) = probe.target else { return nil }
      return path
    }
    let others = paths.filter { $0 != identityPath(of: project) }
    return others.isEmpty ? paths : others
  }

  private static func identityPath(of project: Project) -> String? {
    switch project.identity {
    case .json(let path, _)?, .header(let path, _)?, .text(let path)?: path
    case .some(.none), nil: nil
    }
  }

  static func pages(for project: Project, _ health: HealthRules?) -> [PageRule] {
    var rules: [PageRule] = []
    var asked: [String: [ProbeRules]] = [:]
    for probe in health?.probes ?? [] {
      if case .project(project.id, let path, _) = probe.target { asked[path, default: []].append(probe) }
    }
    let identityPath = identityPath(of: project)
    if let identityPath, asked[identityPath] == nil { asked[identityPath] = [] }
    for (path, probes) in asked.sorted(by: { $0.key < $1.key }) {
      rules.append(PageRule(path, [answer(probes, path == identityPath ? project.identity : nil)]))
    }
    return rules
  }

  /// The one answer that pleases every probe of a path.
  private static func answer(_ probes: [ProbeRules], _ identity: IdentityRule?) -> PageAnswer {
    var document = JSON.object([])
    var headers: [(name: String, value: String)] = []
    var status = 200
    var type = "application/json"
    var body: String?
    for probe in probes {
      if let wanted = probe.expect.status.first { status = wanted }
      if let wanted = probe.expect.contentType { type = wanted }
      headers += probe.expect.headers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
      for expectation in probe.expect.json {
        document = document.setting(expectation.pointer, expectation.good.first ?? .string("ok"))
      }
      if let text = probe.expect.bodyContains { body = text }
    }
    switch identity {
    case .json(_, let pointer)?: document = document.setting(pointer, "{{commit}}")
    case .header(_, let name)?: headers.append((name, "{{commit}}"))
    case .text?: body = "{{commit}}"
    case .some(.none), nil: break
    }
    return PageAnswer(
      .fixed(status: status, headers: [("Content-Type", type)] + headers, body: body ?? document.text()))
  }
}

extension JSON {
  /// The document with a value at a path of plain names, such as `$.a.b`.
  fileprivate func setting(_ pointer: String, _ value: JSON) -> JSON {
    setting(pointer.split(separator: ".").map(String.init).filter { $0 != "$" }[...], value)
  }

  private func setting(_ names: ArraySlice<String>, _ value: JSON) -> JSON {
    guard let name = names.first else { return value }
    let below = (self[name] ?? .object([])).setting(names.dropFirst(), value)
    return .object((members ?? []).filter { $0.key != name } + [.init(name, below)])
  }
}
