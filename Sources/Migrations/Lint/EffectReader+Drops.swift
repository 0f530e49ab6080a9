import Core
import PgQuery

/// What is dropped or emptied.
extension EffectReader {
  mutating func readDrop(_ node: SQLNode) {
    switch node.kind {
    case "DropStmt": drop(node)
    case "DropOwnedStmt": add(.dropsCascade, nil, "drops all that a role owns")
    case "DropdbStmt":
      effects.transaction = .outside
      add(.dropsCascade, nil, "drops a database")
    case "DropRoleStmt": add(.dropsObject, nil, "drops a role")
    case "DropSubscriptionStmt": add(.dropsObject, nil, "drops a subscription")
    case "TruncateStmt": truncate(node)
    default: unknown("it is of a kind that is not read")
    }
  }

  private mutating func drop(_ node: SQLNode) {
    let cascades = node.text("behavior") == "DROP_CASCADE"
    let objects = node.nodes("objects")
    switch node.text("removeType") {
    case "OBJECT_TABLE":
      for name in objects.compactMap({ WrittenName($0) }).map(schema.resolve) { dropTable(name) }
    case "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_FOREIGN_TABLE", "OBJECT_SEQUENCE":
      for name in objects.compactMap({ WrittenName($0) }).map(schema.resolve) {
        lock(name, .accessExclusive)
        add(.dropsObject, name, "drops \(name)" + (cascades ? " and what depends on it" : ""))
        schema.relations[name] = nil
      }
    case "OBJECT_INDEX":
      for name in objects.compactMap({ WrittenName($0) }).map(schema.resolve) { dropIndex(name, node) }
    case "OBJECT_TYPE", "OBJECT_DOMAIN":
      for name in objects.compactMap({ WrittenName($0) }).map(schema.resolve) {
        let known = schema.types[name]
        let isNew = known.map { $0.isNew || $0.isRenamed } ?? (schema.schemas[name.schema] == true)
        let isAbsent = schema.types[name] == nil && schema.isComplete
        schema.types[name] = nil
        if cascades, known?.isNew == true { addColumns(of: name) }
        if cascades, !isAbsent, known?.isNew != true {
          add(.dropsCascade, nil, "drops type \(name) and every column of it")
        } else if !isNew, !isAbsent {
          add(.dropsObject, nil, "drops type \(name)")
        }
      }
    case "OBJECT_SCHEMA": dropSchemas(objects, cascades)
    case "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE":
      for name in objects.compactMap({ WrittenName($0) }).map(schema.resolve) {
        let isNew = schema.routines.removeValue(forKey: name)
        if isNew == true || (isNew == nil && schema.isComplete) { continue }
        add(.dropsObject, nil, "drops function \(name)" + (cascades ? " and what depends on it" : ""))
      }
    case "OBJECT_TRIGGER", "OBJECT_RULE":
      for parts in objects.map({ $0.names("items") }) where parts.count > 1 {
        let table = schema.resolve(WrittenName(parts.dropLast()))
        lock(table, .accessExclusive)
        add(.loosens, table, "drops trigger or rule \(RelationName.shown(parts[parts.count - 1])) of \(table)")
      }
    case "OBJECT_POLICY":
      for parts in objects.map({ $0.names("items") }) where parts.count > 1 {
        let table = schema.resolve(WrittenName(parts.dropLast()))
        lock(table, .accessExclusive)
        add(.rowSecurity, table, "drops policy \(RelationName.shown(parts[parts.count - 1])) of \(table)")
      }
    case "OBJECT_STATISTIC_EXT": break
    case let kind?:
      let word = kind.dropFirst("OBJECT_".count).lowercased().replacing("_", with: " ")
      add(
        cascades ? .dropsCascade : .dropsObject, nil, "drops \(word)" + (cascades ? " and all that depends on it" : ""))
    case nil: unknown("it does not say what is dropped")
    }
  }

  private mutating func dropTable(_ name: RelationName) {
    lock(name, .accessExclusive)
    // The other side of a foreign key has triggers that go with it.
    for parent in parents(of: name) where parent != name { lock(parent, .accessExclusive) }
    for child in children(of: name) where child != name { lock(child, .accessExclusive) }
    add(.dropsTable, name, "drops table \(name)")
    if case .new = schema.standing(name) { addColumns(of: name) }
    schema.relations[name] = nil
    schema.indexes = schema.indexes.filter { $0.value.table != name }
    for (other, relation) in schema.relations {
      schema.relations[other]?.constraints = relation.constraints.filter { $0.value.kind != .foreign(name) }
    }
  }

  /// Columns of live tables that go with their type.
  private mutating func addColumns(of type: RelationName) {
    for (table, relation) in schema.relations.sorted(by: { $0.key < $1.key }) where !relation.isNew {
      for (column, known) in relation.columns where !known.isNew && known.type?.name == type.name {
        add(.dropsColumn, table, "drops column \(EffectReader.shown(table, column)) with its type")
      }
    }
  }

  /// The tables that this one refers to.
  func parents(of name: RelationName, through column: String? = nil) -> Set<RelationName> {
    var found: Set<RelationName> = []
    for constraint in (schema.relations[name]?.constraints ?? [:]).values {
      if case .foreign(let parent) = constraint.kind, column.map(constraint.columns.contains) ?? true {
        found.insert(parent)
      }
    }
    return found
  }

  /// The tables that refer to this one.
  func children(of name: RelationName) -> Set<RelationName> {
    Set(schema.relations.filter { $0.value.constraints.values.contains { $0.kind == .foreign(name) } }.map(\.key))
  }

  private mutating func dropIndex(_ name: RelationName, _ node: SQLNode) {
    let isConcurrent = node.flag("concurrent")
    if isConcurrent { effects.transaction = .outside }
    guard let index = schema.indexes[name] else { return }
    forget(index: name)
    lock(index.table, isConcurrent ? .shareUpdateExclusive : .accessExclusive)
    if index.isUnique, !index.isNew {
      add(.loosens, index.table, "drops unique index \(name)")
    }
  }

  private mutating func dropSchemas(_ objects: [SQLNode], _ cascades: Bool) {
    for name in objects.compactMap(\.name) {
      let isInhabited =
        schema.relations.contains { $0.key.schema == name && !$0.value.isNew }
        || schema.types.contains { $0.key.schema == name && !$0.value.isNew }
      let isNew = schema.schemas.removeValue(forKey: name).map { $0 && !isInhabited }
      schema.relations = schema.relations.filter { $0.key.schema != name }
      schema.types = schema.types.filter { $0.key.schema != name }
      if isNew == true || (isNew == nil && schema.isComplete) { continue }
      add(
        cascades ? .dropsCascade : .dropsObject, nil,
        "drops schema \(RelationName.shown(name))" + (cascades ? " and all in it" : ""))
    }
  }

  private mutating func truncate(_ node: SQLNode) {
    var names = node.nodes("relations").compactMap { WrittenName($0) }.map(schema.resolve)
    if node.text("behavior") == "DROP_CASCADE" {
      var index = 0
      while index < names.count {
        for child in children(of: names[index]).sorted() where !names.contains(child) { names.append(child) }
        index += 1
      }
    }
    for name in names {
      lock(name, .accessExclusive)
      add(.truncates, name, "empties table \(name)")
    }
  }
}
