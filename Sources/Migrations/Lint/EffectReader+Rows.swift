import Core
import PgQuery

/// Rows that are added, changed and deleted, also inside `WITH`.
extension EffectReader {
  mutating func readRows(_ node: SQLNode) {
    if node.kind == "CopyStmt" { return copy(node) }
    checkCalls(node)
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
      switch change.kind {
      case "InsertStmt": insert(name, change)
      case "UpdateStmt":
        assign(name, change.nodes("targetList"), guardedBy: change.node("whereClause"))
        if isWide(change.node("whereClause")) { changesMost(name, "UPDATE") }
      case "DeleteStmt":
        add(.deletesRows, name, "deletes rows of \(name)")
        if isWide(change.node("whereClause")) { changesMost(name, "DELETE") }
      default: merge(name, change)
      }
    }
  }

  private mutating func changesMost(_ name: RelationName, _ verb: String) {
    work(.rows, name, verb, safer: "change the rows in batches, each in a transaction of its own", lock: .rowExclusive)
  }

  private mutating func insert(_ name: RelationName, _ node: SQLNode) {
    add(.addsRows, name, "adds rows to \(name)")
    guard let conflict = node["onConflictClause"], conflict["action"]?.string == "ONCONFLICT_UPDATE" else { return }
    assign(name, SQLNode("OnConflictClause", conflict).nodes("targetList"), guardedBy: SQLNode(conflict["whereClause"]))
  }

  private mutating func merge(_ name: RelationName, _ node: SQLNode) {
    for clause in node.nodes("mergeWhenClauses") {
      switch clause.text("commandType") {
      case "CMD_UPDATE": assign(name, clause.nodes("targetList"), guardedBy: clause.node("condition"))
      case "CMD_DELETE": add(.deletesRows, name, "deletes rows of \(name)")
      case "CMD_INSERT": add(.addsRows, name, "adds rows to \(name)")
      default: break
      }
    }
  }

  /// Filling what is null, or what the same migrations added, loses nothing; everything else overwrites.
  private mutating func assign(_ name: RelationName, _ targets: [SQLNode], guardedBy condition: SQLNode?) {
    let nulls = EffectReader.columnsAskedToBeNull(condition)
    var overwritten: [String] = []
    var filled: [String] = []
    for target in targets {
      let column = target.text("name") ?? ""
      let isNew = schema.relations[name]?.columns[column]?.isNew == true
      if isNew || nulls.contains(column) || EffectReader.keepsWhatIsThere(target.node("val"), column) {
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
  private static func columnsAskedToBeNull(_ condition: SQLNode?) -> Set<String> {
    guard let condition else { return [] }
    if condition.kind == "BoolExpr", condition.text("boolop") == "AND_EXPR" {
      return condition.nodes("args").reduce(into: []) { $0.formUnion(columnsAskedToBeNull($1)) }
    }
    guard condition.kind == "NullTest", condition.text("nulltesttype") == "IS_NULL",
      let column = condition.node("arg"), column.kind == "ColumnRef", let name = column.names("fields").last
    else { return [] }
    return [name]
  }

  /// `coalesce(c, …)`.
  private static func keepsWhatIsThere(_ value: SQLNode?, _ column: String) -> Bool {
    guard let value, value.kind == "CoalesceExpr", let first = value.nodes("args").first else { return false }
    return first.kind == "ColumnRef" && first.names("fields").last == column
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
      unknown("it calls \(EffectReader.listed(own)), and what a function does is not in this statement")
    }
  }
}
