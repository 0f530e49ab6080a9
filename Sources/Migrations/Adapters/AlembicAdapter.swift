import Core
import Postgres

/// Alembic: a graph of revisions in Python; `alembic_version` holds the newest ones that are applied, and no more.
///
/// Everything below a recorded revision counts as applied, so that one that was put below it later is never run, and nobody
/// can tell. A run of `upgrade` is one transaction, unless `env.py` says otherwise.
/// Source: alembic, `script/base.py`, `script/revision.py` and `runtime/migration.py`.
struct AlembicAdapter: ToolAdapter {
  static let usualRun = "alembic upgrade head"
  static let usualDown: String? = "alembic downgrade \"$GATEHOUSE_TARGET\""
  static let nothing = "base"

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping { Bookkeeping(tables: ["alembic_version"]) }

  func entries() throws(Problem) -> [ToolEntry] {
    try graph().ordered.map { node in
      ToolEntry(
        id: MigrationID(node.revision.id), version: node.revision.id, file: node.file, form: .program,
        down: node.revision.hasDowngrade ? .ofTool : .none("its `downgrade` does nothing"))
    }
  }

  private func graph() throws(Problem) -> Graph {
    var nodes: [Graph.Node] = []
    for folder in try folders() {
      for name in try MigrationFile.names(in: folder) where name.hasSuffix(".py") && !name.hasPrefix(".#") {
        guard name != "__init__.py" else { continue }
        let file = try MigrationFile(path: folder + "/" + name)
        let revision = try AlembicRevision(file)
        if let other = nodes.first(where: { $0.revision.id == revision.id }) {
          throw NumberedNames.twice(revision.id, file.path, other.file.path)
        }
        guard nodes.count < MigrationFile.mostFiles else {
          throw Problem("migration.too-many", "there are more than \(MigrationFile.mostFiles) revisions", place: folder)
        }
        nodes.append(Graph.Node(revision: revision, file: file))
      }
    }
    return try Graph(nodes, directory)
  }

  /// Where `alembic.ini` says that the revisions are, else `versions` in the directory, else the directory itself.
  private func folders() throws(Problem) -> [String] {
    for base in [directory, surroundings.folder] where MigrationFile.exists(base + "/alembic.ini") {
      let values = try AlembicAdapter.section(try MigrationFile(path: base + "/alembic.ini"))
      func path(_ text: String) -> String {
        let text = text.replacing("%(here)s", with: base)
        return text.hasPrefix("/") ? text : base + "/" + text
      }
      if let listed = values["version_locations"], !listed.isEmpty {
        let separator = values["path_separator"] ?? values["version_path_separator"]
        let parts =
          switch separator?.split(separator: " ").first {
          case "os", ":": listed.split(separator: ":")
          case ";": listed.split(separator: ";")
          default: listed.split { $0 == " " || $0 == "," }
          }
        return parts.map { path($0.trimmingBlanks) }
      }
      if let script = values["script_location"], base == directory || path(script) == directory {
        return [path(script) + "/versions"]
      }
      if base == directory { break }
    }
    let own = directory + "/versions"
    return [MigrationFile.isFolder(own) ? own : directory]
  }

  /// `[alembic]` of an ini file.
  private static func section(_ file: MigrationFile) throws(Problem) -> [String: String] {
    var values: [String: String] = [:]
    var isOurs = false
    for line in try file.text().split(whereSeparator: \.isNewline) {
      if line.first == "[" { isOurs = line.hasPrefix("[alembic]") }
      guard isOurs, let mark = line.firstIndex(of: "="), line.first != "#", line.first != ";" else { continue }
      values[line[..<mark].trimmingBlanks] = line[line.index(after: mark)...].trimmingBlanks
    }
    return values
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let graph = try graph()
    var heads: [String] = []
    if let table = try await ToolTable(rules.table, usually: "alembic_version").found(database) {
      heads = try await rows(database, "SELECT version_num FROM \(table) ORDER BY 1").rows.compactMap { $0[0] }
    }
    let applied = graph.below(heads)
    var record = ToolRecord()
    record.rows = heads.filter { graph[$0] == nil }.map { .init(version: $0) }
    record.rows += graph.ordered.filter { applied.contains($0.revision.id) }.map { .init(version: $0.revision.id) }
    var state = try MigrationState(
      .alembic, entries: try entries(), record: record, order: .any,
      unknown: "Alembic goes nowhere from a revision that it does not find", hasDown: hasDown)
    // Several newest ones are meant only where each is the newest of a branch with a name of its own.
    let newest = graph.heads
    if newest.count > 1, let unnamed = newest.first(where: { graph.labels(of: $0).isEmpty }), !state.pending.isEmpty {
      state.obstacles.append(
        .init(
          kind: .severalHeads, id: MigrationID(unnamed),
          why: "the newest revisions are \(newest.joined(separator: ", ")), and `alembic upgrade head` refuses"))
    }
    return state
  }

  /// Those with nothing applied above them, wherever they stand in the list of a graph with branches.
  func order(_ migrations: [MigrationID], _ state: MigrationState, place: String) throws(Problem) -> [MigrationID] {
    let graph = try graph()
    let wanted = state.appliedIDs.filter { migrations.contains($0) }
    let stays = state.appliedIDs.filter { !migrations.contains($0) }
    let needed = graph.below(stays.map(\.text))
    if let below = wanted.first(where: { needed.contains($0.text) }) {
      let above = stays.filter { graph.below([$0.text]).contains(below.text) }
      throw Problem(
        "migration.not-newest", "the migrations to take back are not the newest", place: place,
        why: "applied after them: \(MigrationGuard.list(above))", remedy: "a person must decide which state is wanted")
    }
    // `downgrade` to one revision takes back whatever stands above it, in every branch.
    guard let last = stays.last, !wanted.isEmpty else { return wanted.reversed() }
    let above = state.appliedIDs.filter { $0 != last && graph.below([$0.text]).contains(last.text) }
    guard above == wanted else {
      throw Problem(
        "migration.irreversible", "the migrations cannot be taken back by one command", place: place,
        why: "what stays is the newest of several branches, and a downgrade has one target",
        remedy: "take them back by hand, or restore the snapshot")
    }
    return wanted.reversed()
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    ["SQLALCHEMY_URL": address.longScheme, "SQLALCHEMY_DATABASE_URI": address.longScheme]
  }
}

extension AlembicAdapter {
  /// The revisions, each after what it stands on.
  struct Graph: Sendable {
    struct Node: Sendable {
      let revision: AlembicRevision
      let file: MigrationFile
    }

    let ordered: [Node]
    private let places: [String: Int]

    init(_ nodes: [Node], _ place: String) throws(Problem) {
      let known = Dictionary(nodes.map { ($0.revision.id, $0) }) { first, _ in first }
      var open: [String: Int] = [:]
      var above: [String: [String]] = [:]
      for node in nodes {
        let below = Set(node.revision.parents + node.revision.dependencies.filter { known[$0] != nil })
        if let missing = below.first(where: { known[$0] == nil }) {
          throw Problem(
            "migration.revision", "revision \(node.revision.id) stands on one that is not there", place: node.file.path,
            why: "\(missing) is in no file of \(place)", remedy: "release a commit that has it")
        }
        open[node.revision.id] = below.count
        for one in below { above[one, default: []].append(node.revision.id) }
      }
      var ready = open.filter { $0.value == 0 }.map(\.key).sorted(by: >)
      var ordered: [Node] = []
      while let id = ready.popLast() {
        if let node = known[id] { ordered.append(node) }
        for next in (above[id] ?? []).sorted(by: >) {
          open[next, default: 0] -= 1
          if open[next] == 0 { ready.append(next) }
        }
      }
      guard ordered.count == nodes.count else {
        throw Problem(
          "migration.revision", "the revisions stand on each other in a circle", place: place,
          remedy: "see `alembic history`")
      }
      self.ordered = ordered
      places = Dictionary(ordered.indices.map { (ordered[$0].revision.id, $0) }) { first, _ in first }
    }

    subscript(_ id: String) -> Node? { places[id].map { ordered[$0] } }

    /// These, and all that they stand on.
    func below(_ ids: [String]) -> Set<String> {
      var found: Set<String> = []
      var open = ids
      while let id = open.popLast() {
        guard let node = self[id], found.insert(id).inserted else { continue }
        open += node.revision.parents + node.revision.dependencies
      }
      return found
    }

    /// Those that nothing stands on as on a parent.
    var heads: [String] {
      let parents = Set(ordered.flatMap(\.revision.parents))
      return ordered.map(\.revision.id).filter { !parents.contains($0) }
    }

    /// Of the revision and of its line of parents.
    func labels(of id: String) -> Set<String> {
      var labels: Set<String> = []
      var seen: Set<String> = []
      var open = [id]
      while let next = open.popLast() {
        guard let node = self[next], seen.insert(next).inserted else { continue }
        labels.formUnion(node.revision.labels)
        open += node.revision.parents
      }
      return labels
    }
  }
}

extension Substring {
  fileprivate var trimmingBlanks: String {
    var rest = self
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return String(rest)
  }
}
