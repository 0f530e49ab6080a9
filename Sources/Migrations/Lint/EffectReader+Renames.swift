import Core
import PgQuery

/// New names and other schemas.
extension EffectReader {
  mutating func readRename(_ node: SQLNode) {
    if node.kind == "AlterObjectSchemaStmt" { return move(node) }
    let new = node.text("newname") ?? ""
    switch node.text("renameType") {
    case "OBJECT_COLUMN", "OBJECT_ATTRIBUTE":
      guard let name = WrittenName(node["relation"]).map(schema.resolve) else { return unknown("it names no table") }
      let old = node.text("subname") ?? ""
      lock(name, .accessExclusive)
      let column = schema.relations[name]?.columns.removeValue(forKey: old)
      if column?.isNew != true {
        add(.renames, name, "renames column \(EffectReader.shown(name, old)) to \(RelationName.shown(new))")
      }
      if let column { schema.relations[name]?.columns[new] = column }
      for (label, constraint) in schema.relations[name]?.constraints ?? [:] {
        schema.relations[name]?.constraints[label]?.columns = constraint.columns.map { $0 == old ? new : $0 }
      }
      for (index, known) in schema.indexes where known.table == name {
        schema.indexes[index]?.columns = known.columns.map { $0 == old ? new : $0 }
      }
    case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE", "OBJECT_FOREIGN_TABLE":
      guard let name = WrittenName(node["relation"]).map(schema.resolve) else { return unknown("it names no table") }
      // `ALTER TABLE` renames an index as well.
      if let index = schema.indexes.removeValue(forKey: name) {
        schema.indexes[RelationName(name.schema, new)] = index
        return
      }
      lock(name, .accessExclusive)
      add(.renames, name, "renames \(name) to \(RelationName.shown(new))")
      relocate(name, to: RelationName(name.schema, new))
    case "OBJECT_INDEX":
      guard let name = WrittenName(node["relation"]).map(schema.resolve) else { return unknown("it names no index") }
      if let index = schema.indexes.removeValue(forKey: name) {
        schema.indexes[RelationName(name.schema, new)] = index
      }
    case "OBJECT_TABCONSTRAINT":
      guard let name = WrittenName(node["relation"]).map(schema.resolve) else { return unknown("it names no table") }
      lock(name, .accessExclusive)
      let old = node.text("subname") ?? ""
      if let constraint = schema.relations[name]?.constraints.removeValue(forKey: old) {
        schema.relations[name]?.constraints[new] = constraint
        if let index = schema.indexes.removeValue(forKey: RelationName(name.schema, old)) {
          schema.indexes[RelationName(name.schema, new)] = index
        }
      }
    case "OBJECT_TYPE", "OBJECT_DOMAIN":
      guard let written = node.node("object").flatMap({ WrittenName($0) }) else { return unknown("it names no type") }
      let name = schema.resolve(written)
      let type = schema.types.removeValue(forKey: name)
      if var type {
        type.isRenamed = true
        schema.types[RelationName(name.schema, new)] = type
      }
      renameType(name, to: new)
      if type?.isNew != true { add(.renames, nil, "renames type \(name) to \(RelationName.shown(new))") }
    case "OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE", "OBJECT_AGGREGATE":
      guard let written = node.node("object").flatMap({ WrittenName($0) }) else {
        return unknown("it names no function")
      }
      let name = schema.resolve(written)
      let isNew = schema.routines.removeValue(forKey: name)
      schema.routines[RelationName(name.schema, new)] = isNew ?? false
      if isNew != true { add(.renames, nil, "renames function \(name) to \(RelationName.shown(new))") }
    case "OBJECT_SCHEMA":
      add(.renames, nil, "renames schema \(RelationName.shown(node.text("subname") ?? ""))")
      unknown("what is in the schema is not followed to its new name")
    case "OBJECT_ROLE", "OBJECT_DATABASE": add(.renames, nil, "renames a role or database")
    case "OBJECT_TRIGGER", "OBJECT_POLICY", "OBJECT_RULE":
      if let name = WrittenName(node["relation"]).map(schema.resolve) { lock(name, .accessExclusive) }
    case "OBJECT_DOMCONSTRAINT": break
    default: unknown("it renames something of a kind that is not read")
    }
  }

  private mutating func relocate(_ name: RelationName, to new: RelationName) {
    guard let relation = schema.relations.removeValue(forKey: name) else { return }
    schema.relations[new] = relation
    for index in schema.indexes.keys where schema.indexes[index]?.table == name { schema.indexes[index]?.table = new }
    for other in schema.relations.keys {
      for (label, constraint) in schema.relations[other]?.constraints ?? [:] where constraint.kind == .foreign(name) {
        schema.relations[other]?.constraints[label]?.kind = .foreign(new)
      }
    }
  }

  private mutating func renameType(_ old: RelationName, to new: String) {
    for name in schema.relations.keys {
      for (column, known) in schema.relations[name]?.columns ?? [:] where known.type?.name == old.name {
        schema.relations[name]?.columns[column]?.type?.name = new
      }
    }
  }

  private mutating func move(_ node: SQLNode) {
    let target = node.text("newschema") ?? ""
    guard let name = WrittenName(node["relation"]).map(schema.resolve) else {
      return add(.moves, nil, "moves an object to schema \(RelationName.shown(target))")
    }
    lock(name, .accessExclusive)
    add(.moves, name, "moves \(name) to schema \(RelationName.shown(target))")
    relocate(name, to: RelationName(target, name.name))
  }
}
