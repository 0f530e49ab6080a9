internal import Core

extension Contradictions {
  private static let cadences: [(key: String, Duration)] = [
    ("hourly", .seconds(3600)), ("daily", .seconds(86400)), ("weekly", .seconds(7 * 86400)),
    ("monthly", .seconds(31 * 86400)),
  ]

  /// Snapshots: how old one may be, how often one is kept, what is returned to.
  static func snapshots(_ claims: Claims, _ found: inout Contradictions) {
    guard let database = claims["database"] else { return }
    if let url = database["url"]?.secret {
      if let store = claims["store", "postgres"], store.secret == url {
        found.certain(
          "database.is-store", store, and: database["url"],
          "the store is the database that is being released: restoring it would rewind the journal",
          "give the store a database of its own")
      }
      if let scratch = database["scratch"]?["url"], scratch.secret == url {
        found.certain(
          "database.is-scratch", scratch, and: database["url"],
          "the scratch server is the database that is being released", "name a server whose databases may be dropped")
      }
    }
    if database["on-rollback"]?.text == "restore", let node = database["snapshot"]?["verify"], node.text == "read" {
      found.certain(
        "database.unproven", node, and: database["on-rollback"],
        "'on-rollback: restore' needs snapshots that were restored once, and 'verify: read' does not do that",
        "write verify: restore")
    }
    if database["on-rollback"]?.text == "restore", let node = database["snapshot"]?["encrypt-to"],
      database["snapshot"]?["identity"] == nil
    {
      found.certain(
        "database.unreadable", node, and: database["on-rollback"],
        "'on-rollback: restore' needs a key that reads the encrypted snapshot, and none is named",
        "name it with database.snapshot.identity, or write on-rollback: down-if-safe")
    }
    if database["on-rollback"]?.text == "restore", let node = claims["rollback", "at-most"], node.text == "0" {
      found.doubtful(
        "database.never-restored", node, and: database["on-rollback"],
        "nothing is taken back by itself, so the snapshot is restored only when a person asks for it",
        "write at-most: 1 when it shall be")
    }
    let keep = database["snapshot"]?["keep"]
    if let finest = cadences.first(where: { keep?[$0.key] != nil }), let node = keep?[finest.key] {
      for line in claims.lines("backup") {
        guard let within = line["verified-within"], let age = Claims.duration(within), age < finest.1 else { continue }
        found.doubtful(
          "snapshot.too-rare", within, and: node,
          "a snapshot must be younger than \(within.text ?? ""), and the most frequent that is kept is \(finest.key)",
          "take snapshots more often than the age that is asked for")
      }
    }
    if let node = keep?["release"], let kept = Claims.duration(node), let records = claims["retention", "releases"],
      let asked = Claims.duration(records), kept < asked
    {
      found.doubtful(
        "snapshot.kept-shorter", node, and: records,
        "snapshots of releases are kept \(node.text ?? ""), and 'retention.releases' says \(records.text ?? "") for them",
        "say the same in both, or keep only the journals so long")
    }
    recipients(database, &found)
    exports(database, &found)
  }

  /// Keys for a period: what else opens the same snapshots.
  private static func recipients(_ database: PolicyNode, _ found: inout Contradictions) {
    let nodes = database["snapshot"]?["encrypt-to"]?.elements ?? []
    let paths = nodes.compactMap { node in node.text.map { (node: node, path: RecipientPath($0)) } }
    for (number, one) in paths.enumerated() {
      guard let first = paths.prefix(number).first(where: { $0.path == one.path }) else { continue }
      found.doubtful(
        "snapshot.recipient-twice", one.node, and: first.node, "\(Quoting.quoted(one.path.text)) is named twice",
        "name another file, whose key somebody else keeps: with one key, whoever loses it has no backup")
    }
    guard let finest = paths.compactMap(\.path.span).max(),
      let periodic = paths.first(where: { $0.path.span == finest })
    else { return }
    for one in paths where one.path.span != finest {
      let text = Quoting.quoted(one.path.text)
      found.doubtful(
        "snapshot.outlives-period", one.node, and: periodic.node,
        "snapshots have a key for each \(finest.rawValue), and the key of \(text), which "
          + (one.path.span.map { "lasts a \($0.rawValue)" } ?? "never ends") + ", opens them, too",
        "destroying a \(finest.rawValue)'s key erases nothing while that one is there: give it the same placeholders, or accept that it must be destroyed, too"
      )
    }
  }

  /// Exports: who may read them, and what is in them.
  private static func exports(_ database: PolicyNode, _ found: inout Contradictions) {
    guard let exports = database["exports"] else { return }
    if database["snapshot"]?["encrypt-to"] == nil {
      found.certain(
        "database.exports-plain", exports, and: nil, "exports are encrypted, and no key is named that they are for",
        "name one with database.snapshot.encrypt-to")
    }
    let left = Set(Claims.texts(database["snapshot"]?["exclude"]))
    var seen: [String: PolicyNode] = [:]
    for element in exports["tables"]?.elements ?? [] {
      guard let node = element.text == nil ? element["table"] : element, let text = node.text else { continue }
      let name = text.contains(".") ? text : "public." + text
      if let first = seen[name] {
        found.certain(
          "database.exported-twice", node, and: first, "the table \(Quoting.quoted(text)) is exported twice",
          "name it once")
      }
      seen[name] = seen[name] ?? node
      if let columns = element["columns"], let except = element["except"] {
        found.certain(
          "database.export-columns", except, and: columns,
          "'columns' says which are written, and 'except' which are not", "keep one of the two")
      }
      if let schema = name.split(separator: ".").first.map(String.init), left.contains(schema) {
        found.certain(
          "snapshot.exported-but-left-out", node, and: database["snapshot"]?["exclude"],
          "the table \(Quoting.quoted(text)) is exported, and its schema is left out of the snapshot",
          "keep the schema in the snapshot: an export is made of what is in it")
      }
    }
  }
}
