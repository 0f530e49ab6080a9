import Core

/// What migrations did to a copy of the database, in the words of lint: it settles the class of those whose text does not
/// tell it.
///
/// The states before and after are compared; what cannot be told apart counts as the worse. It says nothing of what is
/// outside of the database, such as roles, and nothing of what the migration would do to other rows.
package struct SeenClass: Sendable {
  private let before: HeldState
  private let after: HeldState
  private let rows: [RelationName: RowCounts]
  private var found: [Consequence] = []
  private var gone: Set<String> = []
  private let names: Set<String>

  /// - Parameters:
  ///   - rows: Rows written by table, as ``SeenWork/rows``.
  ///   - isIgnored: The tables in which the migration tool writes down what ran.
  /// - Returns: Sorted, the worst first.
  package static func consequences(
    from before: HeldState, to after: HeldState, rows: [RelationName: RowCounts],
    ignoring isIgnored: (RelationName) -> Bool = { _ in false }
  ) -> [Consequence] {
    var seen = SeenClass(before, after, rows)
    let tables = before.schema.relations.filter { !isIgnored($0.key) }
    for (name, old) in tables.sorted(by: { $0.key < $1.key }) {
      if let new = after.schema.relations[name] {
        seen.compare(name, old, new)
        seen.compareRows(name)
      } else {
        seen.lose(name, old)
      }
    }
    seen.compareIndexes(isIgnored)
    seen.compareTypes()
    seen.compareObjects(isIgnored)
    return seen.found.sorted { one, other in
      let (first, second) = (one.kind.classes.max() ?? .additive, other.kind.classes.max() ?? .additive)
      return first == second ? one.what < other.what : first > second
    }
  }

  private init(_ before: HeldState, _ after: HeldState, _ rows: [RelationName: RowCounts]) {
    self.before = before
    self.after = after
    self.rows = rows
    names = Set(before.schema.relations.keys.map(SeenClass.plain))
  }

  private mutating func add(_ kind: Consequence.Kind, _ table: RelationName? = nil, _ what: String) {
    found.append(Consequence(kind, table, what))
  }

  // MARK: - Tables

  private mutating func lose(_ name: RelationName, _ old: KnownSchema.Relation) {
    gone.insert(SeenClass.plain(name))
    switch old.kind {
    case .table, .partitioned: add(.dropsTable, name, "table \(name) is gone")
    case .view, .materialized, .foreign, .sequence: add(.dropsObject, name, "\(name) is gone")
    }
  }

  private mutating func compare(_ name: RelationName, _ old: KnownSchema.Relation, _ new: KnownSchema.Relation) {
    let holdsRows = [.table, .partitioned].contains(old.kind)
    if old.kind != new.kind {
      return add(holdsRows ? .dropsTable : .dropsObject, name, "\(name) is another kind of relation")
    }
    if old.hasRowSecurity != new.hasRowSecurity { add(.rowSecurity, name, "row level security of \(name) changed") }
    for (column, was) in old.columns.sorted(by: { $0.key < $1.key }) {
      let shown = "\(name).\(RelationName.shown(column))"
      guard let now = new.columns[column] else {
        add(holdsRows ? .dropsColumn : .dropsObject, name, "column \(shown) is gone")
        continue
      }
      if was.type != now.type {
        let widens = now.type.map { TypeChange.of(was.type, to: $0, by: .plain, isUTC: true).onlyWidens } ?? false
        add(widens ? .widensType : .changesType, name, "column \(shown) has another type")
      }
      if was.isNullable, !now.isNullable { add(.forbidsNull, name, "column \(shown) takes no null any more") }
      if !was.isNullable, now.isNullable { add(.loosens, name, "column \(shown) takes nulls") }
      if was.hasDefault, !now.hasDefault {
        add(now.isNullable ? .changesDefault : .dropsNeededDefault, name, "column \(shown) has no default any more")
      }
    }
    let fresh = Set(new.columns.keys).subtracting(old.columns.keys)
    for column in fresh.sorted() where holdsRows {
      guard let now = new.columns[column], !now.isNullable, !now.hasDefault else { continue }
      add(.requiresColumn, name, "the new column \(name).\(RelationName.shown(column)) must be given a value")
    }
    for (label, constraint) in new.constraints.sorted(by: { $0.key < $1.key }) {
      let shown = "\(RelationName.shown(label)) on \(name)"
      // Another one of the same name is told by its definition.
      guard old.constraints[label] == nil else { continue }
      switch constraint.kind {
      case .check where fresh.isSuperset(of: constraint.columns) && !constraint.columns.isEmpty: break
      case .foreign where fresh.isSuperset(of: constraint.columns) && !constraint.columns.isEmpty: break
      case .check: add(.newCheck, name, "a new check \(shown)")
      case .foreign: add(.newForeignKey, name, "a new foreign key \(shown)")
      // Their indexes tell.
      case .unique, .primary: break
      case .exclusion: add(.newUnique, name, "a new exclusion constraint \(shown)")
      }
    }
    for label in old.constraints.keys.sorted() where new.constraints[label] == nil {
      add(.loosens, name, "constraint \(RelationName.shown(label)) of \(name) is gone")
    }
  }

  private mutating func compareRows(_ name: RelationName) {
    guard let was = before.rows[name] else { return }
    guard let now = after.rows[name] else { return add(.overwritesRows, name, "the rows of \(name) were not read") }
    if was == now { return }
    let written = rows[name] ?? RowCounts()
    if now.count < was.count {
      add(.deletesRows, name, "\(name) has \(now.count) rows instead of \(was.count)")
    } else if now.count > was.count, written.updated == 0, written.deleted == 0,
      written.inserted == now.count - was.count
    {
      add(.addsRows, name, "\(name) has \(now.count - was.count) more rows")
    } else {
      add(.overwritesRows, name, "rows of \(name) hold something else than before")
    }
  }

  /// Conditions and expressions are in the definition only.
  private func isSameIndex(_ name: RelationName) -> Bool {
    let key = "index \(name.schema).\(name.name)"
    return before.objects[key] == after.objects[key]
  }

  private mutating func compareIndexes(_ isIgnored: (RelationName) -> Bool) {
    for (name, index) in after.schema.indexes.sorted(by: { $0.key < $1.key }) where index.isUnique {
      guard let old = before.schema.relations[index.table], !isIgnored(index.table) else { continue }
      if let was = before.schema.indexes[name], was.isUnique, was.columns == index.columns, isSameIndex(name) {
        continue
      }
      let wasUnique = before.schema.indexes.values.contains { other in
        other.table == index.table && other.isUnique && !other.columns.isEmpty
          && Set(other.columns).isSubset(of: index.columns)
      }
      let columns = after.schema.relations[index.table]?.columns ?? [:]
      // The version in production leaves them null, which is never a duplicate.
      let staysNull =
        !index.columns.isEmpty
        && index.columns.allSatisfy { column in
          old.columns[column] == nil && columns[column].map { $0.isNullable && !$0.hasDefault } ?? false
        }
      if !wasUnique, !staysNull { add(.newUnique, index.table, "rows of \(index.table) must be unique by \(name)") }
    }
    for (name, index) in before.schema.indexes.sorted(by: { $0.key < $1.key }) where index.isUnique {
      guard after.schema.indexes[name] == nil, after.schema.relations[index.table] != nil else { continue }
      if !isIgnored(index.table) { add(.loosens, index.table, "the unique index \(name) is gone") }
    }
  }

  private mutating func compareTypes() {
    for (name, was) in before.schema.types.sorted(by: { $0.key < $1.key }) {
      guard let now = after.schema.types[name] else {
        // A row type goes with its table, which is told.
        if before.schema.relations[name] == nil { add(.dropsObject, nil, "type \(name) is gone") }
        continue
      }
      guard was.labels != now.labels else { continue }
      let lost = Set(was.labels ?? []).subtracting(now.labels ?? [])
      add(lost.isEmpty ? .addsLabel : .losesLabels, nil, "type \(name) has other labels")
    }
  }

  // MARK: - Everything else, by the digests of its definition

  private mutating func compareObjects(_ isIgnored: (RelationName) -> Bool) {
    let ignored = Set(
      Set(before.schema.relations.keys).union(after.schema.relations.keys).filter(isIgnored).map(SeenClass.plain))
    for key in Set(before.objects.keys).union(after.objects.keys).sorted() {
      let (was, now) = (before.objects[key], after.objects[key])
      guard was != now else { continue }
      let (kind, name) = SeenClass.parts(key)
      let owner = SeenClass.owner(of: name, among: names.union(ignored))
      if owner.map({ gone.contains($0) || ignored.contains($0) }) == true { continue }
      if now == nil {
        lose(kind, key, ofRelation: owner != nil)
      } else if was == nil {
        gain(kind, key, ofOld: owner != nil)
      } else {
        change(kind, key, ofRelation: owner != nil)
      }
    }
    for key in before.rights.keys.sorted() where after.rights[key] != before.rights[key] {
      let owner = SeenClass.owner(of: SeenClass.parts(key).name, among: ignored.union(gone))
      if owner == nil { add(.revokes, nil, "the owner or the privileges of \(SeenClass.shown(key)) changed") }
    }
    for name in before.extensions.subtracting(after.extensions).sorted() {
      add(.dropsObject, nil, "extension \(RelationName.shown(name)) is gone")
    }
    if before.largeObjects != after.largeObjects { add(.overwritesRows, nil, "large objects are not what they were") }
  }

  private mutating func lose(_ kind: String, _ key: String, ofRelation: Bool) {
    // Told by their tables.
    if ofRelation, ["relation", "column", "constraint", "sequence"].contains(kind) { return }
    switch kind {
    case "index", "statistics", "comment": break
    case "type" where before.schema.types.keys.contains { SeenClass.plain($0) == SeenClass.parts(key).name }: break
    case "constraint", "trigger": add(.loosens, nil, "\(SeenClass.shown(key)) is gone")
    case "policy", "rule": add(.rowSecurity, nil, "\(SeenClass.shown(key)) is gone")
    default: add(.dropsObject, nil, "\(SeenClass.shown(key)) is gone")
    }
  }

  private mutating func gain(_ kind: String, _ key: String, ofOld: Bool) {
    switch kind {
    case "trigger": if ofOld { add(.addsTrigger, nil, "a new \(SeenClass.shown(key))") }
    case "rule", "policy": if ofOld { add(.changesObject, nil, "a new \(SeenClass.shown(key))") }
    case "event", "cast": add(.changesObject, nil, "a new \(SeenClass.shown(key))")
    // Of a domain or a row type; those of tables are told by their tables.
    case "constraint", "column":
      if !ofOld, before.schema.types.keys.contains(where: { SeenClass.isPart(key, of: $0) }) {
        add(kind == "column" ? .changesType : .newCheck, nil, "a new \(SeenClass.shown(key))")
      }
    default: break
    }
  }

  private mutating func change(_ kind: String, _ key: String, ofRelation: Bool) {
    switch kind {
    case "statistics", "comment", "index", "schema": break
    case "column" where !ofRelation: add(.changesType, nil, "\(SeenClass.shown(key)) is another one")
    // The place among the others, the default's text, storage: what breaks is told by the table.
    case "column", "sequence": add(.changesDefault, nil, "\(SeenClass.shown(key)) is defined otherwise")
    case "relation":
      let relation = before.schema.relations.first { SeenClass.plain($0.key) == SeenClass.parts(key).name }
      let isView = relation.map { [.view, .materialized].contains($0.value.kind) } ?? false
      add(isView ? .changesObject : .detaches, relation?.key, "\(SeenClass.shown(key)) is defined otherwise")
    case "function", "trigger", "rule", "event": add(.changesObject, nil, "\(SeenClass.shown(key)) is another one")
    case "policy": add(.rowSecurity, nil, "\(SeenClass.shown(key)) is another one")
    case "constraint": add(.newCheck, nil, "\(SeenClass.shown(key)) is another one")
    case "type":
      // Other labels are told already.
      let labels = before.schema.types.first { SeenClass.plain($0.key) == SeenClass.parts(key).name }?.value.labels
      if labels == nil { add(.changesType, nil, "\(SeenClass.shown(key)) is another one") }
    default: add(.dropsObject, nil, "\(SeenClass.shown(key)) is another one")
    }
  }

  // MARK: - Names

  /// Without quotation marks, so that both ways of writing one are the same.
  private static func plain(_ name: RelationName) -> String { "\(name.schema).\(name.name)".replacing("\"", with: "") }

  private static func parts(_ key: String) -> (kind: String, name: String) {
    let kind = key.prefix { $0 != " " }
    return (String(kind), String(key.dropFirst(kind.count + 1)).replacing("\"", with: ""))
  }

  /// The relation that something is, or is a part of.
  private static func owner(of name: String, among relations: Set<String>) -> String? {
    if relations.contains(name) { return name }
    guard let dot = name.lastIndex(of: ".") else { return nil }
    let table = String(name[..<dot])
    return relations.contains(table) ? table : nil
  }

  private static func isPart(_ key: String, of type: RelationName) -> Bool {
    parts(key).name.hasPrefix(plain(type) + ".")
  }

  private static func shown(_ key: String) -> String {
    String(RelationName.shown(String(key.prefix(60))))
  }
}
