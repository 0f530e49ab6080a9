internal import Core

extension Contradictions {
  /// Commands that cannot do what they stand there for.
  ///
  /// Sources: the tools' own help and code; each is a warning, because a team may have a program of the same name.
  private static let known: [(name: String, words: [String], what: String, remedy: String)] = [
    (
      "command.never-ends", ["vercel", "logs", "--follow"],
      "'vercel logs --follow' never ends by itself and asserts nothing",
      "leave it out: the watch looks, and the build's own error is told"
    ),
    (
      "command.moves-traffic", ["vercel", "--prod"], "'vercel --prod' moves traffic before anything was verified",
      "leave it out: projects are staged, verified and promoted in order"
    ),
    (
      "command.moves-traffic", ["vercel", "promote"], "'vercel promote' moves traffic behind the back of the run",
      "leave it out: projects are promoted in order, and confirmed"
    ),
    (
      "command.no-such", ["supabase", "db", "restore"], "there is no 'supabase db restore'",
      "write on-rollback: restore, which restores a snapshot that was restored once before"
    ),
    (
      "command.no-such", ["supabase", "db", "dump", "--role=postgres"],
      "'supabase db dump' has no '--role', and without '--data-only' it holds no data",
      "leave it out: a snapshot is made and proven before a migration"
    ),
    (
      "command.drops-everything", ["supabase", "migration", "down"],
      "'supabase migration down' drops every schema with its data and runs the files again",
      "leave it out, and put NAME.sql.down beside NAME.sql"
    ),
    (
      "command.no-such", ["prisma", "migrate", "down"], "Prisma has no 'migrate down'",
      "leave it out, and put a down.sql beside the migration.sql"
    ),
  ]

  static func commands(_ claims: Claims, _ found: inout Contradictions) {
    let all = written(claims)
    for (node, text) in all {
      let words = text.split { " ;&|()".contains($0) }.map(String.init)
      for command in known where contains(words, command.words) {
        found.doubtful(command.name, node, and: nil, command.what, command.remedy)
      }
      pages(text, node, claims, &found)
    }
    order(all, claims, &found)
    unused(claims, &found)
  }

  /// Commands that build what is not deployed: with `source: git` Vercel fetches the commit and builds it itself.
  private static func unused(_ claims: Claims, _ found: inout Contradictions) {
    for project in claims.elements("projects") {
      guard let source = project["source"], source.text == "git", let build = project["build"] else { continue }
      found.doubtful(
        "build.not-deployed", build, and: source,
        "what these commands build is not deployed: with 'source: git' Vercel fetches the commit and builds it itself",
        "leave `build` out, or write `source: prebuilt` or `source: directory`")
    }
  }

  /// Every command of the policy.
  private static func written(_ claims: Claims) -> [(PolicyNode, String)] {
    var nodes: [PolicyNode?] = [
      claims["database", "migrations", "run"], claims["database", "migrations", "down"],
      claims["database", "migrations", "then-run"], claims["rollback", "validate"],
    ]
    nodes += claims.elements("projects").map { $0["build"] } + claims.lines("command").map { $0["run"] }
    nodes += claims.elements("rollback", "compensate").map { $0["run"] }
    return nodes.compactMap { $0 }.flatMap(\.oneOrMany).compactMap { node in node.text.map { (node, $0) } }
  }

  /// Whether the words stand in this order, the first two next to each other, further ones anywhere behind.
  private static func contains(_ words: [String], _ wanted: [String]) -> Bool {
    guard words.count >= wanted.count else { return false }
    return words.indices.contains { start in
      guard words[start] == wanted[0] else { return false }
      var place = start
      for word in wanted.dropFirst() {
        guard let next = words[(place + 1)...].firstIndex(of: word) else { return false }
        place = next
      }
      return true
    }
  }

  /// A command that asks a page which the probes know under another path.
  private static func pages(_ text: String, _ node: PolicyNode, _ claims: Claims, _ found: inout Contradictions) {
    for word in text.split(whereSeparator: { " \"'".contains($0) }) {
      guard let scheme = ["https://", "http://"].first(where: { word.hasPrefix($0) }) else { continue }
      let address = word.dropFirst(scheme.count)
      guard let slash = address.firstIndex(of: "/") else { continue }
      let (host, path) = (String(address[..<slash]), String(address[slash...].prefix { !"?#".contains($0) }))
      for project in claims.elements("projects") {
        guard let name = project["vercel"]?["project"]?.text, host == name + ".vercel.app" else { continue }
        let paths = claims.elements("health", "probes").filter { $0["project"]?.text == project["id"]?.text }
          .compactMap { $0["path"] }
        guard !paths.contains(where: { $0.text == path }),
          let other = paths.first(where: { look($0.text ?? "", alike: path) })
        else { continue }
        found.doubtful(
          "command.other-page", node, and: other,
          "the command asks \(Quoting.quoted(path)) of \(Quoting.quoted(project["id"]?.text ?? "")), and the probes ask \(Quoting.quoted(other.text ?? ""))",
          "ask the page that the probes ask, or leave it out: they are asked again on the way back")
      }
    }
  }

  /// Commands that take projects back by hand, in an order that breaks what stands upon another.
  private static func order(_ all: [(PolicyNode, String)], _ claims: Claims, _ found: inout Contradictions) {
    let projects = claims.elements("projects")
    var taken: [(index: Int, node: PolicyNode)] = []
    for (node, text) in all {
      let words = text.split(separator: " ").map(String.init)
      guard let verb = words.firstIndex(of: "rollback"), verb > 0, words[verb - 1] == "vercel" else { continue }
      let index = projects.firstIndex { project in
        project["vercel"]?["project"]?.text.map { words.contains($0) } ?? false
      }
      let after = words[(verb + 1)...].filter { !$0.hasPrefix("-") }
      if after.count > 1 {
        found.doubtful(
          "command.ignores-argument", node, and: index.map { projects[$0] },
          "'vercel rollback' takes one deployment; what follows is ignored, and the first word is looked up as a deployment",
          "leave it out: every project is taken back to the deployment in the plan")
      }
      guard let index else { continue }
      if let before = taken.last, before.index < index {
        found.doubtful(
          "rollback.order", node, and: before.node,
          "\(Quoting.quoted(projects[before.index]["id"]?.text ?? "")) is taken back before \(Quoting.quoted(projects[index]["id"]?.text ?? "")), which stands upon it",
          "leave both out: projects are taken back in the reverse order of their deployment")
      }
      taken.append((index, node))
    }
  }
}
