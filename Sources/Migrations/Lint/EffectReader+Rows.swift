import Core
import PgQuery

/// Rows that are added, changed and deleted, also inside `WITH`.
extension EffectReader {
  mutating func readRows(_ node: SQLNode) {
    if node.kind == "CopyStmt" { return copy(node) }
    checkCalls(node)
    if readsNewCode(node) { unknown("it reads a view that these migrations brought, and that calls functions") }
    if node.kind == "SelectStmt" { readSelect(node) }
    var changes: [SQLNode] = []
    node.walk { inner in
      if ["InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"].contains(inner.kind) { changes.append(inner) }
      return true
    }
    for change in changes {
      guard let name = WrittenName(change["relation"]).map(schema.resolve) else {
        unknown("it names no table")
        continue
      }
      lock(name, .rowExclusive)
      checkTarget(name)
      switch change.kind {
      case "InsertStmt": insert(name, change)
      case "UpdateStmt":
        assign(name, change, change.nodes("targetList"), guardedBy: change.node("whereClause"))
        if isWide(change.node("whereClause")) { changesMost(name, "UPDATE") }
      case "DeleteStmt":
        delete(name)
        if isWide(change.node("whereClause")) { changesMost(name, "DELETE") }
      default: merge(name, change)
      }
    }
  }

  /// Whether somewhere inside a view is read whose functions the pending migrations brought to bear.
  func readsNewCode(_ node: SQLNode) -> Bool {
    var found = false
    node.walk { inner in
      if inner.kind == "RangeVar", let relation = WrittenName(inner).flatMap({ schema.relations[schema.resolve($0)] }) {
        found = found || (relation.kind == .view && relation.runsNewCode)
      }
      return !found
    }
    return found
  }

  /// What is written to may be more than a table.
  private mutating func checkTarget(_ name: RelationName) {
    if KnownSchema.isSystem(name) { return unknown("it changes the system's own tables") }
    guard let relation = schema.relations[name] else { return }
    if relation.isNew, relation.kind == .view || relation.kind == .foreign {
      unknown("it changes rows through \(name), which is no table")
    }
    if relation.runsNewCode { unknown("writing to \(name) runs code that these migrations brought") }
  }

  /// With the rows that a foreign key takes along from tables that refer to a new one.
  private mutating func delete(_ name: RelationName) {
    add(.deletesRows, name, "deletes rows of \(name)")
    guard case .new = schema.standing(name) else { return }
    for child in children(of: name).sorted() {
      add(.deletesRows, child, "may delete rows of \(child), which refer to \(name)")
    }
  }

  private mutating func changesMost(_ name: RelationName, _ verb: String) {
    work(.rows, name, verb, safer: "change the rows in batches, each in a transaction of its own", lock: .rowExclusive)
  }

  private mutating func insert(_ name: RelationName, _ node: SQLNode) {
    add(.addsRows, name, "adds rows to \(name)")
    guard let conflict = node["onConflictClause"], conflict["action"]?.string == "ONCONFLICT_UPDATE" else { return }
    assign(
      name, node, SQLNode("OnConflictClause", conflict).nodes("targetList"), guardedBy: SQLNode(conflict["whereClause"])
    )
  }

  private mutating func merge(_ name: RelationName, _ node: SQLNode) {
    for clause in node.nodes("mergeWhenClauses") {
      switch clause.text("commandType") {
      case "CMD_UPDATE": assign(name, node, clause.nodes("targetList"), guardedBy: clause.node("condition"))
      case "CMD_DELETE": delete(name)
      case "CMD_INSERT": add(.addsRows, name, "adds rows to \(name)")
      default: break
      }
    }
  }

  /// Filling what is null, or what the same migrations added, loses nothing; everything else overwrites.
  private mutating func assign(
    _ name: RelationName, _ statement: SQLNode, _ targets: [SQLNode], guardedBy condition: SQLNode?
  ) {
    // Another table's column of the same name says nothing about this one's.
    let called = statement["relation"]?["alias"]?["aliasname"]?.string ?? name.name
    let nulls = EffectReader.columnsAskedToBeNull(condition, of: called)
    var overwritten: [String] = []
    var filled: [String] = []
    for target in targets {
      let column = target.text("name") ?? ""
      let isNew = schema.relations[name]?.columns[column]?.isNew == true
      if isNew || nulls.contains(column) || EffectReader.keepsWhatIsThere(target.node("val"), column, of: called) {
        filled.append(column)
      } else {
        overwritten.append(column)
      }
    }
    if !overwritten.isEmpty {
      add(
        .overwritesRows, name,
        "overwrites \(overwritten.count == 1 ? EffectReader.shown(name, overwritten[0]) : "\(name) (\(EffectReader.listed(overwritten)))")"
      )
    } else if !filled.isEmpty {
      add(
        .fillsRows, name,
        "fills \(filled.count == 1 ? EffectReader.shown(name, filled[0]) : "\(name) (\(EffectReader.listed(filled)))")")
    }
  }

  /// Columns that the condition asks to be null in every row that it lets through.
  private static func columnsAskedToBeNull(_ condition: SQLNode?, of table: String) -> Set<String> {
    guard let condition else { return [] }
    if condition.kind == "BoolExpr", condition.text("boolop") == "AND_EXPR" {
      return condition.nodes("args").reduce(into: []) { $0.formUnion(columnsAskedToBeNull($1, of: table)) }
    }
    guard condition.kind == "NullTest", condition.text("nulltesttype") == "IS_NULL",
      let column = condition.node("arg"), let name = columnName(column, of: table)
    else { return [] }
    return [name]
  }

  /// The column's name, if it is one of that table.
  private static func columnName(_ node: SQLNode, of table: String) -> String? {
    guard node.kind == "ColumnRef" else { return nil }
    let parts = node.names("fields")
    if parts.count > 1, parts[parts.count - 2] != table { return nil }
    return parts.last
  }

  /// `coalesce(c, …)`.
  private static func keepsWhatIsThere(_ value: SQLNode?, _ column: String, of table: String) -> Bool {
    guard let value, value.kind == "CoalesceExpr", let first = value.nodes("args").first else { return false }
    return columnName(first, of: table) == column
  }

  /// Whether a condition lets more than a few rows through, as far as its text says: one that compares a column with a
  /// constant is taken for few.
  private func isWide(_ condition: SQLNode?) -> Bool {
    guard let condition else { return true }
    if condition.kind == "BoolExpr", condition.text("boolop") == "AND_EXPR" {
      return condition.nodes("args").allSatisfy(isWide)
    }
    guard condition.kind == "A_Expr", ["AEXPR_OP", "AEXPR_IN"].contains(condition.text("kind") ?? ""),
      condition.names("name") == ["="]
    else { return true }
    let sides = [condition.node("lexpr"), condition.node("rexpr")].compactMap { $0 }
    let isConstant = { (node: SQLNode) in node.kind == "A_Const" || node.kind == "TypeCast" }
    return
      !(sides.contains { $0.kind == "ColumnRef" }
      && (sides.contains(where: isConstant) || condition.text("kind") == "AEXPR_IN"))
  }

  private mutating func readSelect(_ node: SQLNode) {
    if let into = WrittenName(node["intoClause"]?["rel"]) { make(place(into), .table) }
    node.walk { inner in
      guard inner.kind == "FuncCall" else { return true }
      let name = WrittenName(inner.names("funcname")).name
      let texts = inner.nodes("args").map { $0["sval"]?["sval"]?.string }
      if name == "set_config", texts.first == "search_path", texts.count > 1 {
        setSearchPath((texts[1] ?? "").split(separator: ",").map { $0.filter { !" \"".contains($0) } })
      }
      if name == "setval" { add(.changesObject, nil, "sets the counter of a sequence") }
      return true
    }
  }

  private mutating func copy(_ node: SQLNode) {
    guard node.flag("is_from"), !node.flag("is_program"), let name = WrittenName(node["relation"]).map(schema.resolve)
    else { return unknown("it copies to a file or runs a program on the server") }
    lock(name, .rowExclusive)
    add(.addsRows, name, "adds rows to \(name)")
  }

  mutating func checkCalls(_ node: SQLNode) {
    let own = ownFunctions(in: node)
    if !own.isEmpty {
      unknown("it calls \(EffectReader.listed(own)), and what that does is not in this statement")
    }
  }
}
