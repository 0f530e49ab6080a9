import Core
import PgQuery

/// Types, functions, triggers, rules, policies, rights and what else a schema holds.
extension EffectReader {
  mutating func readObject(_ node: SQLNode) {
    switch node.kind {
    case "CreateEnumStmt", "CompositeTypeStmt", "CreateRangeStmt", "CreateDomainStmt", "DefineStmt", "AlterEnumStmt",
      "AlterDomainStmt":
      readType(node)
    case "CreateFunctionStmt":
      let name = schema.resolve(WrittenName(node.names("funcname")))
      let isThere = schema.routines[name] == false || (schema.routines[name] == nil && !schema.isComplete)
      if node.flag("replace"), isThere { add(.changesObject, nil, "replaces function \(name)") }
      if schema.routines[name] == nil { schema.routines[name] = true }
    case "AlterFunctionStmt", "AlterOwnerStmt", "AlterObjectDependsStmt", "ReassignOwnedStmt", "AlterExtensionStmt",
      "AlterExtensionContentsStmt", "AlterRoleStmt", "AlterDatabaseStmt",
      "AlterPublicationStmt", "AlterEventTrigStmt", "AlterTSConfigurationStmt", "AlterTSDictionaryStmt",
      "AlterOperatorStmt", "AlterTypeStmt", "AlterCollationStmt", "AlterForeignServerStmt", "AlterUserMappingStmt",
      "AlterFdwStmt":
      add(.changesObject, nil, "changes what is there already")
    case "CreateTrigStmt", "RuleStmt":
      guard let name = WrittenName(node["relation"]).map(schema.resolve) else { return unknown("it names no table") }
      lock(name, node.kind == "RuleStmt" ? .accessExclusive : .shareRowExclusive)
      schema.relations[name]?.runsNewCode = true
      add(.addsTrigger, name, "adds a \(node.kind == "RuleStmt" ? "rule" : "trigger") to \(name)")
    case "CreateEventTrigStmt":
      add(.addsTrigger, nil, "adds an event trigger")
      unknown("changes of the schema run its function from here on")
    case "AlterRoleSetStmt", "AlterDatabaseSetStmt":
      add(.changesObject, nil, "changes a setting of a role or of the database")
      if node["setstmt"]?["name"]?.string == "search_path" {
        unknown("which schemas later migrations look in is not known")
      }
    case "ImportForeignSchemaStmt": unknown("which tables it makes is not in this statement")
    case "CreateCastStmt", "CreateOpClassStmt", "CreateTransformStmt":
      unknown("later statements may call its function without naming it")
    case "CreateExtensionStmt": schema.knowsRoutines = false
    case "CreatePolicyStmt", "AlterPolicyStmt":
      guard let name = WrittenName(node["table"]).map(schema.resolve) else { return unknown("it names no table") }
      lock(name, .accessExclusive)
      let isWider = node.kind == "CreatePolicyStmt" && node.flag("permissive")
      add(
        isWider ? .changesObject : .rowSecurity, name,
        isWider ? "adds a policy to \(name)" : "changes who sees which rows of \(name)")
    case "GrantStmt": readRights(node)
    case "GrantRoleStmt":
      if !node.flag("is_grant") { add(.revokes, nil, "takes a role from another") }
    case "CommentStmt":
      let parts = node.node("object")?.names("items") ?? []
      switch node.text("objtype") {
      case "OBJECT_TABLE", "OBJECT_VIEW", "OBJECT_MATVIEW":
        lock(schema.resolve(WrittenName(parts)), .shareUpdateExclusive)
      case "OBJECT_COLUMN" where parts.count > 1:
        lock(schema.resolve(WrittenName(parts.dropLast())), .shareUpdateExclusive)
      default: break
      }
    case "CreateSchemaStmt":
      let name = node.text("schemaname") ?? ""
      if schema.schemas[name] == nil, !(node.flag("if_not_exists") && !schema.isComplete) {
        schema.schemas[name] = true
      }
      let path = schema.searchPath
      schema.searchPath = [name]
      for element in node.nodes("schemaElts") { read(element) }
      schema.searchPath = path
    case "CreateStatsStmt":
      for name in node.nodes("relations").compactMap({ WrittenName($0) }) {
        lock(schema.resolve(name), .shareUpdateExclusive)
      }
    case "CreatedbStmt", "CreateTableSpaceStmt", "DropTableSpaceStmt", "AlterSystemStmt":
      effects.transaction = .outside
      if node.kind != "CreatedbStmt" { unknown("it changes the server, not the database") }
    case "CreateRoleStmt", "CreatePublicationStmt", "CreateFdwStmt", "CreateForeignServerStmt",
      "CreateUserMappingStmt", "SecLabelStmt", "CreateAmStmt", "CreateOpFamilyStmt", "CreateConversionStmt",
      "AlterStatsStmt", "AlterDefaultPrivilegesStmt", "NotifyStmt", "ListenStmt", "UnlistenStmt", "CheckPointStmt",
      "ConstraintsSetStmt", "VariableShowStmt":
      break
    case "DoStmt": unknown("a DO block: its statements are a program, which only running it shows")
    case "CallStmt": unknown("it calls a procedure, and what that does is not in this statement")
    case "PrepareStmt", "ExecuteStmt": unknown("it runs a statement that was prepared")
    default: unknown("\(EffectReader.title(node)) is of a kind that is not read")
    }
  }

  private mutating func readType(_ node: SQLNode) {
    if ["CreateDomainStmt", "AlterDomainStmt"].contains(node.kind) { checkCalls(node) }
    switch node.kind {
    case "AlterEnumStmt":
      let name = schema.resolve(WrittenName(node.names("typeName")))
      let isNew = schema.types[name]?.isNew == true
      let new = node.text("newVal") ?? ""
      if let old = node.text("oldVal"), !old.isEmpty {
        let labels = schema.types[name]?.labels?.map { $0 == old ? new : $0 }
        schema.types[name]?.labels = labels
        if !isNew { add(.renames, nil, "renames a label of type \(name)") }
      } else if schema.types[name]?.labels?.contains(new) != true {
        schema.types[name]?.labels?.append(new)
        if !isNew { add(.addsLabel, nil, "adds a label to type \(name)") }
      }
    case "AlterDomainStmt":
      let name = schema.resolve(WrittenName(node.names("typeName")))
      if schema.types[name]?.isNew == true { return }
      switch node.text("subtype") {
      case "C": add(.newCheck, nil, "adds a check to domain \(name)")
      case "O": add(.forbidsNull, nil, "forbids nulls in domain \(name)")
      case "N", "X": add(.loosens, nil, "loosens domain \(name)")
      case "V": break
      default: add(.changesDefault, nil, "changes the default of domain \(name)")
      }
    case "CreateEnumStmt": make(type: node.names("typeName"), labels: node.nodes("vals").compactMap(\.name))
    case "CreateRangeStmt": make(type: node.names("typeName"))
    case "CreateDomainStmt": make(type: node.names("domainname"))
    case "CompositeTypeStmt":
      if let written = WrittenName(node["typevar"]) { make(type: [written.schema, written.name].compactMap { $0 }) }
    case "DefineStmt":
      if node.text("kind") == "OBJECT_TYPE" { make(type: node.names("defnames")) }
      if node.text("kind") == "OBJECT_OPERATOR" {
        unknown("later statements may call its function without naming it")
      }
      if node.text("kind") == "OBJECT_AGGREGATE" {
        schema.routines[schema.resolve(WrittenName(node.names("defnames")))] = true
      }
    default: unknown("it is of a kind that is not read")
    }
  }

  private mutating func make(type parts: [String], labels: [String]? = nil) {
    let written = WrittenName(parts)
    let name = RelationName(written.schema ?? schema.searchPath.first ?? "public", written.name)
    if schema.types[name] == nil { schema.types[name] = .init(labels: labels, isNew: true) }
  }

  private mutating func readRights(_ node: SQLNode) {
    if node.flag("is_grant") { return }
    let objects = node.nodes("objects")
    if node.text("targtype") == "ACL_TARGET_OBJECT", node.text("objtype") == "OBJECT_TABLE" {
      for name in objects.compactMap({ WrittenName($0) }).map(schema.resolve) {
        add(.revokes, name, "takes rights on \(name) away")
      }
      return
    }
    if node.text("targtype") == "ACL_TARGET_OBJECT",
      ["OBJECT_FUNCTION", "OBJECT_PROCEDURE", "OBJECT_ROUTINE"].contains(node.text("objtype") ?? ""),
      objects.compactMap({ WrittenName($0) }).allSatisfy({ schema.routines[schema.resolve($0)] == true })
    {
      return
    }
    if node.text("objtype") == "OBJECT_SCHEMA",
      objects.compactMap(\.name).allSatisfy({ schema.schemas[$0] == true })
    {
      return
    }
    add(.revokes, nil, "takes rights away")
  }
}
