import Core
import JSONText
import Postgres

extension ReadingSession {
  /// Finds the tables of the rules in the catalog. To be called inside the transaction, so that what is planned is what
  /// is read.
  ///
  /// - Throws: `snapshot.export-table` for a table or column that is not there or cannot be exported, by its name.
  func plan(_ rules: ExportRules, snapshot: String) async throws(Problem) -> [PlannedExport] {
    var planned: [PlannedExport] = []
    for rule in rules.tables {
      let found: Result<PlannedExport, Problem>
      do throws(PostgresError) { found = try await look(for: rule) } catch {
        throw ReadingSession.problem(error, connection.place)
      }
      var table = try found.get()
      table.file = PlannedExport.fileName(snapshot, planned.count + 1, table.table)
      guard !planned.contains(where: { $0.table == table.table }) else {
        throw refusal("table \(table.table) is named twice", nil, "name each table once")
      }
      planned.append(table)
    }
    return planned
  }

  private func look(for rule: ExportRules.Table) async throws(PostgresError) -> Result<PlannedExport, Problem> {
    let parts = rule.name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    let (schema, name) = parts.count == 2 ? (parts[0], parts[1]) : ("public", rule.name)
    let shown = "\(schema).\(name)"
    let found = try await connection.query(CatalogQueries.exportedRelation, [schema, name])
    guard let number = found[0, "oid"], let oid = Int64(number) else {
      let schemas = try await connection.query(CatalogQueries.schemasWithTable, [name]).rows.compactMap { $0[0] }
      let remedy =
        schemas.isEmpty
        ? "see the name in `database.exports.tables`; it is compared letter by letter"
        : "there is \(schemas.map { "\($0).\(name)" }.joined(separator: ", ")): write it with its schema"
      return .failure(refusal("there is no table \(shown) to export", nil, remedy))
    }
    guard ["r", "p"].contains(found[0, "kind"] ?? "") else {
      return .failure(
        refusal(
          "\(shown) is no table, so it is not exported", "a snapshot holds the rows of tables only",
          "name the tables that it takes its rows from"))
    }
    guard let relation = relations.first(where: { $0.oid == oid }) else {
      return .failure(
        refusal(
          "table \(shown) is not exported", "its schema is left out of the snapshot",
          "take the schema out of `database.snapshot.exclude`, or the table out of `database.exports`"))
    }
    let below = try await connection.query(CatalogQueries.descendants, [number])
    let held = Set(relations.filter { $0.kind == "r" || $0.kind == "p" }.map(\.oid))
    for row in below.rows {
      guard let child = row[0].flatMap({ Int64($0) }), held.contains(child) else {
        return .failure(
          refusal(
            "table \(shown) is not exported", "\(row[1] ?? "one of its parts") is not in the snapshot",
            "take its schema out of `database.snapshot.exclude`; a foreign table cannot be exported"))
      }
    }
    var plan = PlannedExport(
      table: relation.name, file: "", comment: found[0, "comment"], columns: [], leftOut: [],
      hasDescendants: !below.isEmpty)
    let types = try await typeCatalog(number)
    let rows = try await connection.query(CatalogQueries.exportedColumns, [number])
    var unknown = Set(rule.columns + rule.except)
    var key: [PlannedExport.Column] = []
    for row in rows.rows.indices {
      let column = PlannedExport.Column(
        name: rows[row, "name"] ?? "", type: types.type(rows[row, "type"].flatMap { Int64($0) } ?? 0),
        shown: rows[row, "shown"] ?? "", isRequired: rows[row, "required"] == "t", comment: rows[row, "comment"],
        keyPlace: rows[row, "key"].flatMap { Int($0) })
      unknown.remove(column.name)
      if column.keyPlace != nil { key.append(column) }
      if rule.except.contains(column.name) || !(rule.columns.isEmpty || rule.columns.contains(column.name)) {
        plan.leftOut.append(column.name)
      } else {
        plan.columns.append(column)
      }
    }
    // A column that was renamed must not be written for being called otherwise than what is left out.
    if let first = unknown.sorted().first {
      return .failure(
        refusal(
          "table \(shown) has no column \(first)", "`database.exports` names it",
          "name the columns as they are now: a column that was renamed would be written"))
    }
    guard !plan.columns.isEmpty else {
      return .failure(refusal("table \(shown) has no column left to export", nil, "leave fewer of them out"))
    }
    if key.allSatisfy({ plan.columns.contains($0) }) {
      plan.primaryKey = key.sorted { ($0.keyPlace ?? 0) < ($1.keyPlace ?? 0) }.map(\.name)
    }
    return .success(plan)
  }

  private func typeCatalog(_ table: String) async throws(PostgresError) -> TypeCatalog {
    let rows = try await connection.query(CatalogQueries.exportedTypes, [table])
    var catalog = TypeCatalog(entries: [:])
    for row in rows.rows.indices {
      guard let number = rows[row, "oid"].flatMap({ Int64($0) }) else { continue }
      var labels: [String] = []
      if let text = rows[row, "labels"] {
        do throws(JSONSyntaxError) {
          labels = try JSON(parsing: Array(text.utf8)).array?.compactMap(\.string) ?? []
        } catch {
          throw PostgresError(.protocolMismatch, "the server wrote no JSON for the values of a type")
        }
      }
      catalog.entries[number] = TypeCatalog.Entry(
        name: rows[row, "name"], kind: rows[row, "kind"] ?? "",
        base: rows[row, "base"].flatMap { Int64($0) } ?? 0, element: rows[row, "element"].flatMap { Int64($0) } ?? 0,
        isJSON: rows[row, "is_json"] == "t", labels: labels)
    }
    return catalog
  }

  private func refusal(_ what: String, _ why: String?, _ remedy: String) -> Problem {
    Problem("snapshot.export-table", what, place: connection.place, why: why, remedy: remedy)
  }

  /// The settings that values are written under, as the manifest tells them.
  static var writtenUnder: JSON {
    .object(
      ["DateStyle", "IntervalStyle", "TimeZone", "bytea_output", "extra_float_digits", "lc_monetary"].map {
        JSON.Member($0, .string(settings[$0] ?? ""))
      })
  }
}
