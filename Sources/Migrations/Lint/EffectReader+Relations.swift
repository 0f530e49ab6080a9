import Core
import PgQuery

/// Tables, views and sequences that are made, and views that are refreshed.
extension EffectReader {
  mutating func readRelation(_ node: SQLNode) {
    switch node.kind {
    case "CreateStmt": createTable(node)
    case "CreateForeignTableStmt":
      if let base = node["base"], let name = WrittenName(base["relation"]) { make(schema.resolve(name), .foreign) }
    case "CreateTableAsStmt":
      guard let written = WrittenName(node["into"]?["rel"]) else { return unknown("it names no table") }
      let name = place(written)
      if node.flag("if_not_exists"), schema.standing(name) != .absent, schema.standing(name) != .new { return }
      if let query = node.node("query") {
        if query.kind == "SelectStmt" { readRows(query) } else { unknown("it runs a statement that was prepared") }
      }
      make(name, node.text("objtype") == "OBJECT_MATVIEW" ? .materialized : .table)
    case "ViewStmt":
      guard let written = WrittenName(node["view"]) else { return unknown("it names no view") }
      let existing = schema.resolve(written)
      let runsCode = node.node("query").map { !ownFunctions(in: $0).isEmpty || readsNewCode($0) } ?? true
      if node.flag("replace"), schema.standing(existing) != .absent, schema.standing(existing) != .new {
        lock(existing, .accessExclusive)
        if runsCode { schema.relations[existing]?.runsNewCode = true }
        return add(.changesObject, existing, "replaces view \(existing)")
      }
      make(place(written), .view)
      if runsCode { schema.relations[place(written)]?.runsNewCode = true }
    case "RefreshMatViewStmt":
      guard let written = WrittenName(node["relation"]) else { return unknown("it names no view") }
      let name = schema.resolve(written)
      let mode: LockMode = node.flag("concurrent") ? .exclusive : .accessExclusive
      lock(name, mode)
      if mode == .accessExclusive {
        work(
          .rewrite, name, "REFRESH", safer: "REFRESH MATERIALIZED VIEW CONCURRENTLY (needs a unique index)", lock: mode)
      }
    case "CreateSeqStmt":
      if let written = WrittenName(node["sequence"]),
        !node.flag("if_not_exists") || (schema.isComplete && !isThere(written))
      {
        make(place(written), .sequence)
      }
    case "AlterSeqStmt":
      guard let written = WrittenName(node["sequence"]) else { return unknown("it names no sequence") }
      let name = schema.resolve(written)
      let options = node.nodes("options").compactMap { $0.text("defname") }
      if options.contains(where: { $0 != "owned_by" }) {
        add(.changesObject, name, "changes sequence \(name)")
      }
    default: unknown("it is of a kind that is not read")
    }
  }

  private func isThere(_ written: WrittenName) -> Bool { schema.relations[schema.resolve(written)] != nil }

  /// Where a new relation goes: the first schema of the search path unless one is written.
  func place(_ written: WrittenName) -> RelationName {
    if let schema = written.schema { return RelationName(schema, written.name) }
    return RelationName(written.isTemporary ? "pg_temp" : schema.searchPath.first ?? "public", written.name)
  }

  mutating func make(_ name: RelationName, _ kind: KnownSchema.Kind) {
    // The server refuses it where one is there; then what is known of that one stays.
    guard schema.relations[name] == nil else { return }
    schema.relations[name] = KnownSchema.Relation(kind, isNew: true)
  }

  private mutating func createTable(_ node: SQLNode) {
    guard let written = WrittenName(node["relation"]) else { return unknown("it names no table") }
    let name = place(written)
    if node.flag("if_not_exists"), schema.relations[schema.resolve(written)] != nil || !schema.isComplete { return }
    guard schema.relations[name] == nil else { return }
    // Gone with its transaction: then what is there by the same name is meant again.
    if node.text("oncommit") == "ONCOMMIT_DROP" { return }
    var table = KnownSchema.Relation(node["partspec"] == nil ? .table : .partitioned, isNew: true)
    for parent in node.nodes("inhRelations").compactMap({ WrittenName($0) }).map(schema.resolve) {
      lock(parent, node["partbound"] == nil ? .shareUpdateExclusive : .accessExclusive)
      for (column, known) in schema.relations[parent]?.columns ?? [:] { table.columns[column] = known }
    }
    for element in node.nodes("tableElts") {
      switch element.kind {
      case "ColumnDef":
        let parts = ColumnParts(element)
        if !ownFunctions(in: element).isEmpty { table.runsNewCode = true }
        table.columns[parts.name] = parts.column(isNew: true)
        for constraint in parts.constraints { addConstraint(constraint, [parts.name], to: name, &table) }
      case "Constraint":
        if !ownFunctions(in: element).isEmpty { table.runsNewCode = true }
        addConstraint(element, element.names("keys"), to: name, &table)
      case "TableLikeClause":
        if let other = WrittenName(element["relation"]).map(schema.resolve) {
          for (column, known) in schema.relations[other]?.columns ?? [:] { table.columns[column] = known }
        }
      default: unknown("it has a part of a kind that is not read")
      }
    }
    schema.relations[name] = table
  }

  private mutating func addConstraint(
    _ node: SQLNode, _ columns: [String], to name: RelationName, _ table: inout KnownSchema.Relation
  ) {
    let kind: KnownSchema.Constraint.Kind
    var columns = columns
    switch node.text("contype") {
    case "CONSTR_PRIMARY": kind = .primary
    case "CONSTR_UNIQUE": kind = .unique
    case "CONSTR_EXCLUSION": kind = .exclusion
    case "CONSTR_CHECK": kind = .check
    case "CONSTR_FOREIGN":
      guard let parent = WrittenName(node["pktable"]).map(schema.resolve) else { return }
      if !node.names("fk_attrs").isEmpty { columns = node.names("fk_attrs") }
      if parent != name { lock(parent, .shareRowExclusive) }
      kind = .foreign(parent)
    default: return
    }
    if kind == .primary { for column in columns { table.columns[column]?.isNullable = false } }
    let label = node.text("conname") ?? EffectReader.constraintName(kind, name, columns)
    table.constraints[label] = KnownSchema.Constraint(kind, columns, isNew: true)
    if kind == .primary || kind == .unique {
      schema.indexes[RelationName(name.schema, label)] = .init(on: name, columns, isUnique: true, isNew: true)
    }
  }

  /// As the server names what has no name.
  static func constraintName(_ kind: KnownSchema.Constraint.Kind, _ table: RelationName, _ columns: [String]) -> String
  {
    let middle = columns.isEmpty ? "" : "_" + columns.joined(separator: "_")
    return switch kind {
    case .primary: table.name + "_pkey"
    case .unique: table.name + middle + "_key"
    case .exclusion: table.name + middle + "_excl"
    case .check: table.name + middle + "_check"
    case .foreign: table.name + middle + "_fkey"
    }
  }
}

/// What a column's definition says.
struct ColumnParts {
  let name: String
  let type: SQLType?
  let constraints: [SQLNode]
  let isSerial: Bool

  init(_ definition: SQLNode) {
    name = definition.text("colname") ?? ""
    type = SQLType(definition["typeName"])
    constraints = definition.nodes("constraints")
    let written = (definition["typeName"]?["names"]?.array ?? []).compactMap { SQLNode($0)?.name }.last
    isSerial = ["serial", "bigserial", "smallserial"].contains(written ?? "")
  }

  func constraint(_ kind: String) -> SQLNode? { constraints.first { $0.text("contype") == kind } }

  var isNotNull: Bool {
    isSerial || constraint("CONSTR_NOTNULL") != nil || constraint("CONSTR_PRIMARY") != nil
      || constraint("CONSTR_IDENTITY") != nil
  }

  /// A default that is not null, or a value that the server makes.
  var hasDefault: Bool {
    if isSerial || constraint("CONSTR_IDENTITY") != nil || constraint("CONSTR_GENERATED") != nil { return true }
    guard let value = constraint("CONSTR_DEFAULT")?.node("raw_expr") else { return false }
    return !(value.kind == "A_Const" && value.flag("isnull"))
  }

  func column(isNew: Bool) -> KnownSchema.Column {
    KnownSchema.Column(type, isNullable: !isNotNull, hasDefault: hasDefault, isNew: isNew)
  }
}
