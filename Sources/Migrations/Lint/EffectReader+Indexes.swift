import Core
import PgQuery

/// Indexes, and what rebuilds tables and indexes as they are.
extension EffectReader {
  mutating func readIndex(_ node: SQLNode) {
    switch node.kind {
    case "IndexStmt": createIndex(node)
    case "ReindexStmt": reindex(node)
    case "ClusterStmt":
      guard let name = WrittenName(node["relation"]).map(schema.resolve) else {
        return unknown("it clusters every table that has been clustered before")
      }
      lock(name, .accessExclusive)
      work(.rewrite, name, "CLUSTER", lock: .accessExclusive)
    case "VacuumStmt":
      let options = node.nodes("options").compactMap { $0.text("defname") }
      let isFull = options.contains("full")
      if node.flag("is_vacuumcmd") { effects.transaction = .outside }
      let tables = node.nodes("rels").compactMap { WrittenName($0["relation"]) }.map(schema.resolve)
      if tables.isEmpty, isFull { unknown("it rewrites every table") }
      for name in tables {
        lock(name, isFull ? .accessExclusive : .shareUpdateExclusive)
        if isFull { work(.rewrite, name, "VACUUM FULL", safer: "VACUUM without FULL", lock: .accessExclusive) }
      }
    default: unknown("it is of a kind that is not read")
    }
  }

  private mutating func createIndex(_ node: SQLNode) {
    guard let name = WrittenName(node["relation"]).map(schema.resolve) else { return unknown("it names no table") }
    checkCalls(node)
    let elements = node.nodes("indexParams")
    let columns = elements.compactMap { $0.text("name") }
    let isWhole = columns.count == elements.count && node["whereClause"] == nil
    let index = RelationName(
      name.schema, node.text("idxname") ?? "\(name.name)_\(columns.joined(separator: "_"))_idx")
    if node.flag("if_not_exists"), schema.indexes[index] != nil { return }
    let isUnique = node.flag("unique")
    if node.flag("concurrent") {
      effects.transaction = .outside
      lock(name, .shareUpdateExclusive)
    } else {
      lock(name, .share)
      work(
        .buildsIndex, name, "index \(RelationName.shown(index.name))",
        safer: "CREATE INDEX CONCURRENTLY, in a migration of its own that runs in no transaction", lock: .share)
    }
    let isImplied =
      (isWhole || node["whereClause"] != nil)
      && (self.isUnique(columns, in: name) || areNew(columns, in: name, allNull: true))
    schema.indexes[index] = .init(on: name, isWhole ? columns : [], isUnique: isUnique, isNew: true)
    if isUnique, !isImplied {
      add(
        .newUnique, name,
        "asks \(name)" + (columns.isEmpty ? "" : " (\(EffectReader.listed(columns)))") + " to be unique")
    }
  }

  private mutating func reindex(_ node: SQLNode) {
    let isConcurrent = node.nodes("params").contains { $0.text("defname") == "concurrently" }
    if isConcurrent { effects.transaction = .outside }
    let mode: LockMode = isConcurrent ? .shareUpdateExclusive : .share
    guard let written = WrittenName(node["relation"]) else { return unknown("it rebuilds the indexes of many tables") }
    let name = schema.resolve(written)
    let table = schema.indexes[name]?.table ?? name
    lock(table, mode)
    if !isConcurrent { work(.buildsIndex, table, "REINDEX", safer: "REINDEX … CONCURRENTLY (since 12)", lock: mode) }
  }
}
