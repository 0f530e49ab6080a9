import Core
import PgQuery

/// `ALTER TABLE` and its kin, one command after the other.
extension EffectReader {
  mutating func readAlterTable(_ node: SQLNode) {
    guard let written = WrittenName(node["relation"]) else { return unknown("it names no table") }
    let name = schema.resolve(written)
    if node.flag("missing_ok"), schema.standing(name) == .absent { return }
    let commands = node.nodes("cmds")
    switch node.text("objtype") {
    case "OBJECT_TABLE", "OBJECT_FOREIGN_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW":
      for command in commands { alter(name, command) }
    case "OBJECT_INDEX": break
    case "OBJECT_SEQUENCE": add(.changesObject, name, "changes sequence \(name)")
    case "OBJECT_TYPE":
      for command in commands {
        switch command.text("subtype") {
        case "AT_AddColumn": add(.changesObject, nil, "adds an attribute to type \(name)")
        case "AT_DropColumn": add(.dropsColumn, nil, "drops an attribute of type \(name)")
        case "AT_AlterColumnType": add(.narrowsType, nil, "changes an attribute of type \(name)")
        default: unknown("it changes a type in a way that is not read")
        }
      }
    default: unknown("it alters something of a kind that is not read")
    }
  }

  private mutating func alter(_ name: RelationName, _ command: SQLNode) {
    let column = command.text("name") ?? ""
    let known = schema.relations[name]?.columns[column]
    let shown = EffectReader.shown(name, column)
    // What these evaluate they evaluate at once, for every row.
    if ["AT_AddColumn", "AT_AlterColumnType", "AT_AddConstraint"].contains(command.text("subtype") ?? "") {
      checkCalls(command)
    }
    switch command.text("subtype") {
    case "AT_AddColumn": addColumn(name, command)
    case "AT_DropColumn": dropColumn(name, column, isLenient: command.flag("missing_ok"))
    case "AT_AlterColumnType": changeType(name, column, command)
    case "AT_ColumnDefault":
      lock(name, .accessExclusive)
      if !ownFunctions(in: command).isEmpty { schema.relations[name]?.runsNewCode = true }
      let isDropped = command.node("def").map { $0.kind == "A_Const" && $0.flag("isnull") } ?? true
      schema.relations[name]?.columns[column]?.hasDefault = !isDropped
      if known?.isNew == true { return }
      if !isDropped { return add(.changesDefault, name, "sets the default of \(shown)") }
      if known?.hasDefault == false { return }
      if known?.isNullable == false {
        return add(.dropsNeededDefault, name, "takes the default from \(shown), which takes no null")
      }
      add(.changesDefault, name, "takes the default from \(shown)")
    case "AT_DropNotNull":
      lock(name, .accessExclusive)
      schema.relations[name]?.columns[column]?.isNullable = true
      if known?.isNew == true || known?.isNullable == true { return }
      add(.loosens, name, "lets \(shown) be null")
    case "AT_SetNotNull": setNotNull(name, column)
    case "AT_AddIdentity", "AT_SetIdentity", "AT_DropIdentity", "AT_DropExpression":
      lock(name, .accessExclusive)
      if known?.isNew != true { add(.changesDefault, name, "changes how \(shown) gets its value") }
    case "AT_SetStatistics", "AT_SetOptions", "AT_ResetOptions", "AT_ClusterOn", "AT_DropCluster":
      lock(name, .shareUpdateExclusive)
    case "AT_SetRelOptions", "AT_ResetRelOptions":
      lock(name, schema.relations[name]?.kind == .view ? .accessExclusive : .shareUpdateExclusive)
    case "AT_SetStorage", "AT_SetCompression", "AT_ReplicaIdentity": lock(name, .accessExclusive)
    case "AT_AddConstraint": addConstraint(name, command)
    case "AT_ValidateConstraint": validate(name, column)
    case "AT_DropConstraint": dropConstraint(name, column, isLenient: command.flag("missing_ok"))
    case "AT_EnableRowSecurity", "AT_ForceRowSecurity":
      lock(name, .accessExclusive)
      add(.rowSecurity, name, "switches row level security on for \(name)")
      schema.relations[name]?.hasRowSecurity = true
    case "AT_DisableRowSecurity", "AT_NoForceRowSecurity":
      lock(name, .accessExclusive)
      add(.loosens, name, "switches row level security off for \(name)")
    case let kind?
    where kind.hasPrefix("AT_EnableTrig") || kind.hasPrefix("AT_DisableTrig")
      || kind == "AT_EnableAlwaysTrig" || kind == "AT_EnableReplicaTrig":
      lock(name, .shareRowExclusive)
      add(.addsTrigger, name, "switches triggers of \(name)")
    case let kind? where kind.hasSuffix("Rule"):
      lock(name, .accessExclusive)
      add(.addsTrigger, name, "switches rules of \(name)")
    case "AT_SetUnLogged", "AT_SetLogged":
      lock(name, .accessExclusive)
      work(.rewrite, name, "another kind of storage", lock: .accessExclusive)
      if command.text("subtype") == "AT_SetUnLogged" {
        add(.unlogged, name, "makes \(name) unlogged: a crash empties it, and no standby has it")
      }
    case "AT_SetTableSpace", "AT_SetAccessMethod":
      lock(name, .accessExclusive)
      work(.rewrite, name, "another place or method of storage", lock: .accessExclusive)
    case "AT_ChangeOwner":
      lock(name, .accessExclusive)
      add(.changesObject, name, "changes the owner of \(name)")
    case "AT_AddInherit", "AT_DropInherit":
      lock(name, .accessExclusive)
      // What a parent loses its children lose.
      if let parent = command.node("def").flatMap({ WrittenName($0) }).map(schema.resolve) {
        schema.relations[parent]?.isNew = false
      }
      if command.text("subtype") == "AT_DropInherit" { add(.detaches, name, "takes \(name) from its parent") }
    case "AT_AttachPartition", "AT_DetachPartition": partition(name, command)
    default: unknown("ALTER TABLE in a way that is not read")
    }
  }

  // MARK: - Columns

  private mutating func addColumn(_ name: RelationName, _ command: SQLNode) {
    guard let definition = command.node("def") else { return unknown("it adds no column") }
    let parts = ColumnParts(definition)
    let shown = EffectReader.shown(name, parts.name)
    if command.flag("missing_ok"), schema.relations[name]?.columns[parts.name] != nil { return }
    lock(name, .accessExclusive)
    let value = parts.constraint("CONSTR_DEFAULT")?.node("raw_expr")
    let isGenerated = parts.constraint("CONSTR_GENERATED") != nil
    let isMade = parts.isSerial || parts.constraint("CONSTR_IDENTITY") != nil || isGenerated
    if isMade || value.map(isVolatile) == true {
      work(
        .rewrite, name, isMade ? "column \(shown), which the server fills" : "a volatile default of \(shown)",
        safer: isGenerated
          ? "add a plain column, fill it in batches, and keep it by a trigger"
          : "add the column without a default, fill it in batches, then SET DEFAULT",
        lock: .accessExclusive)
    }
    if parts.isNotNull, !parts.hasDefault {
      add(.requiresColumn, name, "adds \(shown), which takes no null and has no default")
    }
    if parts.constraint("CONSTR_CHECK") != nil {
      work(
        .scan, name, "a check on \(shown)", safer: "ADD CONSTRAINT … NOT VALID, then VALIDATE", lock: .accessExclusive)
    }
    for constraint in parts.constraints {
      let kind: KnownSchema.Constraint.Kind
      switch constraint.text("contype") {
      case "CONSTR_PRIMARY", "CONSTR_UNIQUE":
        kind = constraint.text("contype") == "CONSTR_PRIMARY" ? .primary : .unique
        work(
          .buildsIndex, name, "the unique index of \(shown)",
          safer: "CREATE UNIQUE INDEX CONCURRENTLY, then ADD CONSTRAINT … USING INDEX", lock: .accessExclusive)
        if parts.hasDefault { add(.newUnique, name, "asks \(shown) to be unique, with a default") }
      case "CONSTR_FOREIGN":
        guard let parent = WrittenName(constraint["pktable"]).map(schema.resolve) else { continue }
        kind = .foreign(parent)
        if parent != name { lock(parent, .shareRowExclusive) }
        if parts.hasDefault { work(.scan, name, "a foreign key to \(parent)", lock: .accessExclusive) }
      case "CONSTR_CHECK": kind = .check
      default: continue
      }
      let label = constraint.text("conname") ?? EffectReader.constraintName(kind, name, [parts.name])
      remember(name, label, .init(kind, [parts.name], isNew: true))
    }
    // Where something was unknown before, a column of that name may be there already.
    let isNew = !command.flag("missing_ok") || schema.isComplete
    schema.relations[name]?.columns[parts.name] = parts.column(isNew: isNew)
  }

  private mutating func remember(_ name: RelationName, _ label: String, _ constraint: KnownSchema.Constraint) {
    schema.relations[name]?.constraints[label] = constraint
    if constraint.kind == .primary || constraint.kind == .unique {
      schema.indexes[RelationName(name.schema, label)] = .init(
        on: name, constraint.columns, isUnique: true, isNew: constraint.isNew)
    }
  }

  private mutating func dropColumn(_ name: RelationName, _ column: String, isLenient: Bool) {
    let known = schema.relations[name]?.columns[column]
    if known == nil, isLenient, schema.isComplete, schema.relations[name] != nil { return }
    lock(name, .accessExclusive)
    for parent in parents(of: name, through: column) where parent != name { lock(parent, .accessExclusive) }
    schema.relations[name]?.columns[column] = nil
    let kept = (schema.relations[name]?.constraints ?? [:]).filter { !$0.value.columns.contains(column) }
    schema.relations[name]?.constraints = kept
    schema.indexes = schema.indexes.filter { !($0.value.table == name && $0.value.columns.contains(column)) }
    if known?.isNew == true { return }
    add(.dropsColumn, name, "drops column \(EffectReader.shown(name, column))")
  }

  private mutating func setNotNull(_ name: RelationName, _ column: String) {
    lock(name, .accessExclusive)
    let known = schema.relations[name]?.columns[column]
    let shown = EffectReader.shown(name, column)
    schema.relations[name]?.columns[column]?.isNullable = false
    if known?.isNullable == false { return }
    if schema.relations[name]?.provenNotNull.contains(column) != true {
      work(
        .scan, name, "the look for nulls in \(shown)",
        safer: "ADD CONSTRAINT … CHECK (… IS NOT NULL) NOT VALID, VALIDATE it, then SET NOT NULL (since 12)",
        lock: .accessExclusive)
    }
    // The version in production does not write a new column: without a default it would write nulls.
    if known?.isNew == true, known?.hasDefault == true { return }
    add(.forbidsNull, name, "forbids nulls in \(shown)" + (known?.isNew == true ? ", which is new" : ""))
  }

  private mutating func changeType(_ name: RelationName, _ column: String, _ command: SQLNode) {
    guard let definition = command.node("def"), let new = SQLType(definition["typeName"]) else {
      return unknown("it names no type that is read")
    }
    lock(name, .accessExclusive)
    for parent in parents(of: name, through: column) where parent != name { lock(parent, .accessExclusive) }
    let known = schema.relations[name]?.columns[column]
    if (schema.relations[name]?.constraints ?? [:]).values.contains(where: {
      [.primary, .unique].contains($0.kind) && $0.columns.contains(column)
    }) {
      for child in children(of: name) where child != name { lock(child, .accessExclusive) }
    }
    let conversion = conversion(definition.node("raw_default"), of: column, to: new)
    let change = TypeChange.of(
      known?.type, to: new, by: conversion, isUTC: ["UTC", "Etc/UTC", "GMT"].contains(schema.timeZone ?? ""))
    if change.rewrites {
      work(
        .rewrite, name, "the type of \(EffectReader.shown(name, column))",
        safer: "add a column of the new type, keep both by a trigger, fill in batches, then change over",
        lock: .accessExclusive)
    }
    schema.relations[name]?.columns[column]?.type = new
    if known?.isNew == true { return }
    let what = "changes \(EffectReader.shown(name, column)) from \(known?.type?.description ?? "its type") to \(new)"
    if let old = labels(known?.type), let labels = labels(new) {
      let gone = old.filter { !labels.contains($0) }
      guard gone.isEmpty else {
        return add(.losesLabels, name, "\(what), which has not \(EffectReader.listed(gone))")
      }
      return add(.changesType, name, what)
    }
    switch change.loss {
    case .possible: add(.narrowsType, name, what)
    case .none:
      if change == TypeChange(onlyWidens: true, loss: .none, rewrites: false), known?.type == new { return }
      add(change.onlyWidens ? .widensType : .changesType, name, what)
    }
  }

  /// `USING c::new` and `USING c::text::new` do what the server would do by itself.
  private func conversion(_ using: SQLNode?, of column: String, to new: SQLType) -> TypeChange.Conversion {
    guard var node = using else { return .plain }
    var casts: [SQLType] = []
    while node.kind == "TypeCast", let inner = node.node("arg") {
      guard let type = SQLType(node["typeName"]) else { return .expression }
      casts.append(type)
      node = inner
    }
    guard node.kind == "ColumnRef", node.names("fields").last == column else { return .expression }
    let between = casts.dropFirst()
    let isLabel = labels(new) != nil && between.allSatisfy { $0 == SQLType("text") }
    // A cast in USING cuts where the assignment would refuse.
    let isUnbounded = casts.allSatisfy { $0.modifiers.isEmpty }
    return (casts.isEmpty || (casts.first == new && isUnbounded && between.isEmpty) || isLabel) ? .plain : .expression
  }

  private func labels(_ type: SQLType?) -> [String]? {
    guard let type else { return nil }
    return schema.types.first { $0.key.name == type.name && $0.value.labels != nil }?.value.labels
  }

  // MARK: - Partitions

  private mutating func partition(_ name: RelationName, _ command: SQLNode) {
    guard let part = WrittenName(command.node("def")?["name"]).map(schema.resolve) else {
      return unknown("it names no partition")
    }
    if command.text("subtype") == "AT_AttachPartition" {
      // What the whole loses its parts lose.
      if schema.standing(part) != .new { schema.relations[name]?.isNew = false }
      lock(name, .shareUpdateExclusive)
      lock(part, .accessExclusive)
      work(
        .scan, part, "the look whether every row belongs to the partition",
        safer: "give it a validated CHECK that says the same first", lock: .accessExclusive)
      return
    }
    let isConcurrent = command.node("def")?.flag("concurrent") ?? false
    if isConcurrent { effects.transaction = .outside }
    lock(name, isConcurrent ? .shareUpdateExclusive : .accessExclusive)
    lock(part, .accessExclusive)
    add(.detaches, name, "detaches \(part) from \(name)")
  }
}
