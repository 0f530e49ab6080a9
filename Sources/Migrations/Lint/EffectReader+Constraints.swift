import Core
import PgQuery

/// Constraints that are added, validated and dropped.
extension EffectReader {
  mutating func addConstraint(_ name: RelationName, _ command: SQLNode) {
    guard let node = command.node("def") else { return unknown("it adds no constraint") }
    let isValid = !node.flag("skip_validation")
    switch node.text("contype") {
    case "CONSTR_CHECK": addCheck(name, node, isValid)
    case "CONSTR_FOREIGN": addForeignKey(name, node, isValid)
    case "CONSTR_PRIMARY", "CONSTR_UNIQUE", "CONSTR_EXCLUSION": addUnique(name, node)
    default: unknown("it adds a constraint of a kind that is not read")
    }
  }

  private mutating func addCheck(_ name: RelationName, _ node: SQLNode, _ isValid: Bool) {
    lock(name, .accessExclusive)
    var columns: [String] = []
    node.node("raw_expr")?.walk { inner in
      if inner.kind == "ColumnRef", let column = inner.names("fields").last, !columns.contains(column) {
        columns.append(column)
      }
      return true
    }
    if isValid {
      work(
        .scan, name, "a new check",
        safer: "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
        lock: .accessExclusive)
    }
    let label = node.text("conname") ?? EffectReader.constraintName(.check, name, columns.count == 1 ? columns : [])
    schema.relations[name]?.constraints[label] = .init(.check, columns, isValidated: isValid, isNew: true)
    if let column = EffectReader.notNullColumn(node) {
      if isValid { schema.relations[name]?.provenNotNull.insert(column) }
      schema.relations[name]?.constraints[label]?.columns = [column]
    }
    if !columns.isEmpty, areNew(columns, in: name) { return }
    add(.newCheck, name, "adds a check on \(name)" + (columns.isEmpty ? "" : " (\(EffectReader.listed(columns)))"))
  }

  /// Of `CHECK (c IS NOT NULL)` the column.
  private static func notNullColumn(_ node: SQLNode) -> String? {
    guard let test = node.node("raw_expr"), test.kind == "NullTest", test.text("nulltesttype") == "IS_NOT_NULL",
      let column = test.node("arg"), column.kind == "ColumnRef"
    else { return nil }
    return column.names("fields").last
  }

  private mutating func addForeignKey(_ name: RelationName, _ node: SQLNode, _ isValid: Bool) {
    guard let parent = WrittenName(node["pktable"]).map(schema.resolve) else {
      return unknown("it names no other table")
    }
    let columns = node.names("fk_attrs")
    lock(name, .shareRowExclusive)
    if parent != name { lock(parent, .shareRowExclusive) }
    if isValid {
      work(
        .scan, name, "a new foreign key to \(parent)",
        safer: "ADD CONSTRAINT … NOT VALID, then VALIDATE CONSTRAINT in a transaction of its own",
        lock: .shareRowExclusive)
    }
    let label = node.text("conname") ?? EffectReader.constraintName(.foreign(parent), name, columns)
    schema.relations[name]?.constraints[label] = .init(.foreign(parent), columns, isValidated: isValid, isNew: true)
    if areNew(columns, in: name) { return }
    add(.newForeignKey, name, "asks \(name) (\(EffectReader.listed(columns))) to be in \(parent)")
  }

  private mutating func addUnique(_ name: RelationName, _ node: SQLNode) {
    lock(name, .accessExclusive)
    let isPrimary = node.text("contype") == "CONSTR_PRIMARY"
    let isExclusion = node.text("contype") == "CONSTR_EXCLUSION"
    var columns = node.names("keys")
    if let written = node.text("indexname") {
      let index = RelationName(name.schema, written)
      columns = schema.indexes[index]?.columns ?? columns
      // It takes the constraint's name.
      if let known = schema.indexes.removeValue(forKey: index) {
        schema.indexes[RelationName(name.schema, node.text("conname") ?? written)] = known
      }
      let nullable = columns.filter { schema.relations[name]?.columns[$0]?.isNullable != false }
      if isPrimary, !nullable.isEmpty {
        work(.scan, name, "the look for nulls in the primary key", lock: .accessExclusive)
      }
    } else {
      work(
        .buildsIndex, name, isExclusion ? "an exclusion constraint" : "the index of a unique constraint",
        safer: isExclusion
          ? nil : "CREATE UNIQUE INDEX CONCURRENTLY first, then ADD CONSTRAINT … USING INDEX", lock: .accessExclusive)
    }
    let kind: KnownSchema.Constraint.Kind = isPrimary ? .primary : isExclusion ? .exclusion : .unique
    let isImplied = !isExclusion && (isUnique(columns, in: name) || areNew(columns, in: name, allNull: true))
    let nullable = columns.filter { schema.relations[name]?.columns[$0]?.isNullable != false }
    if isPrimary { for column in columns { schema.relations[name]?.columns[column]?.isNullable = false } }
    let label =
      node.text("conname") ?? node.text("indexname") ?? EffectReader.constraintName(kind, name, columns)
    schema.relations[name]?.constraints[label] = .init(kind, columns, isNew: true)
    if !isExclusion {
      schema.indexes[RelationName(name.schema, label)] = .init(on: name, columns, isUnique: true, isNew: true)
    }
    // What was unique already stays so; a primary key forbids nulls besides.
    if isImplied, !isPrimary || nullable.isEmpty { return }
    add(
      .newUnique, name, "asks \(name)" + (columns.isEmpty ? "" : " (\(EffectReader.listed(columns)))") + " to be unique"
    )
  }

  mutating func validate(_ name: RelationName, _ label: String) {
    lock(name, .shareUpdateExclusive)
    work(.scan, name, "the validation of a constraint", lock: .shareUpdateExclusive)
    guard let constraint = schema.relations[name]?.constraints[label] else { return }
    if case .foreign(let parent) = constraint.kind, parent != name { lock(parent, .rowShare) }
    schema.relations[name]?.constraints[label]?.isValidated = true
    if constraint.kind == .check, constraint.columns.count == 1 {
      schema.relations[name]?.provenNotNull.formUnion(constraint.columns)
    }
  }

  mutating func dropConstraint(_ name: RelationName, _ label: String, isLenient: Bool) {
    let constraint = schema.relations[name]?.constraints.removeValue(forKey: label)
    if constraint == nil, isLenient, schema.isComplete, schema.relations[name] != nil { return }
    lock(name, .accessExclusive)
    forget(index: RelationName(name.schema, label))
    if case .foreign(let parent)? = constraint?.kind, parent != name { lock(parent, .accessExclusive) }
    if constraint?.isNew == true { return }
    add(.loosens, name, "drops constraint \(RelationName.shown(label)) of \(name)")
  }

  mutating func forget(index name: RelationName) {
    guard let index = schema.indexes.removeValue(forKey: name), index.isUnique, !index.isNew, !index.columns.isEmpty
    else { return }
    schema.relations[index.table]?.wasUnique.append(index.columns)
  }

  /// Whether the version in production writes none of these columns.
  ///
  /// - Parameter allNull: Whether they must have no default besides: with one all rows would have the same value.
  func areNew(_ columns: [String], in name: RelationName, allNull: Bool = false) -> Bool {
    if case .new = schema.standing(name) { return true }
    guard let known = schema.relations[name], !columns.isEmpty else { return false }
    return columns.allSatisfy { column in
      known.columns[column]?.isNew == true && !(allNull && known.columns[column]?.hasDefault == true)
    }
  }

  /// Whether some of the columns are unique by themselves, or were before these migrations: then no row can break it.
  func isUnique(_ columns: [String], in name: RelationName) -> Bool {
    if schema.relations[name]?.wasUnique.contains(where: { Set($0).isSubset(of: columns) }) == true { return true }
    return schema.indexes.values.contains { index in
      index.table == name && index.isUnique && !index.columns.isEmpty && Set(index.columns).isSubset(of: columns)
    }
  }
}
