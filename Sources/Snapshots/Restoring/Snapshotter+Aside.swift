import Core
import Postgres
import Processes

/// A table of a snapshot, loaded beside the live one.
package struct TableAside: Hashable, Sendable {
  /// As the snapshot has it, and where it is now.
  package var table: String
  package var loadedAs: String
  package var rows: Int64
  /// Columns whose type is not in the database, so that they are text.
  package var asText: [String]

  package var json: JSON {
    .dictionary([
      ("table", .string(table)), ("loadedAs", .string(loadedAs)), ("rows", .integer(rows)),
      ("asText", asText.isEmpty ? nil : .strings(asText)),
    ])
  }
}

extension Snapshotter {
  /// Loads tables of a snapshot into a new schema of the database, so that rows can be copied back by SQL.
  ///
  /// They are bare: columns and rows, without keys, defaults, triggers or rights. All of it is one transaction, which
  /// is committed when number and digest of the rows are the snapshot's.
  package func load(
    _ names: [String], of record: SnapshotRecord, into schema: String, of url: Secret, scratch: ScratchPlace,
    timeout: Duration = .seconds(6 * 3600)
  ) async throws(Problem) -> [TableAside] {
    let source = record.manifest.description
    let tables = try names.map { name throws(Problem) in try Snapshotter.table(name, in: source) }
    let target = try address(url)
    try await refusePooler(url, target)
    let look = try await RestoreTarget.look(at: url, excluding: source.excluded)
    guard look.identity.isSame(as: source.identity) else {
      throw Problem(
        "snapshot.other-database", "the snapshot is of another database", place: look.place,
        remedy: "see which address is used")
    }
    await beginReading(record, for: timeout)
    do throws(Problem) {
      let loaded = try await withRestoredCopy(of: record, scratch: scratch) {
        (copy, _) throws(Problem) -> [TableAside] in
        // One whose proof was lost, or that never had one, must not bring rows back that it did not have.
        let restored = try await describe(database: copy, like: source)
        try refuseDifferences(restored.differences(from: source, rights: false), record, place: "restored copy")
        var shapes: [TableShape] = []
        for table in tables { shapes.append(try await TableShape.read(table, of: copy, for: url)) }
        try await load(shapes, major: source.identity.major, from: copy, into: schema, of: target, timeout)
        return shapes.map { $0.aside(in: schema) }
      }
      await endReading(record)
      return loaded
    } catch {
      await endReading(record)
      throw error
    }
  }

  /// The table that a person means: `clinic.people`, or `people` when one schema has it.
  static func table(_ name: String, in source: DatabaseDescription) throws(Problem) -> String {
    let known = source.tables.filter { $0.value.kind == .table || $0.value.kind == .partitioned }.keys.sorted()
    if known.contains(name) { return name }
    let meant = known.filter { $0.hasSuffix("." + name) }
    if meant.count == 1 { return meant[0] }
    throw Problem(
      "usage.table", meant.isEmpty ? "the snapshot has no table of this name" : "several schemas have this table",
      place: name, why: meant.isEmpty ? nil : meant.joined(separator: ", "),
      remedy: "name it with its schema, as the snapshot's manifest does")
  }

  private func load(
    _ shapes: [TableShape], major: Int, from copy: Secret, into schema: String,
    of target: ConnectionAddress, _ timeout: Duration
  ) async throws(Problem) {
    let tools = try await tools("psql", serverMajor: major)
    let reading = try address(copy)
    let script = try ProgramFeed()
    let options = ["--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--no-password", "--set=ON_ERROR_STOP=1"]
    var running = tools.command("psql", options + ["--file=-"], target, timeout: timeout)
    running.feed = script
    let command = running
    async let answer = outcome(of: command)
    var failure: Problem?
    do throws(Problem) {
      var text = "BEGIN; SET statement_timeout = 0; SET lock_timeout = '30s';\n"
      text += CatalogQueries.settings
      text += "CREATE SCHEMA \(schema.quotedIdentifier);\n"
      _ = await script.write(text)
      for shape in shapes {
        say("loading \(shape.name) into schema \(schema)")
        _ = await script.write(shape.creating(in: schema))
        var isWanted = true
        let read = try await processes.stream(
          tools.command(
            "psql", options + ["--command=\(CatalogQueries.settings)", "--command=\(shape.reading)"], reading,
            timeout: timeout)
        ) { bytes in if isWanted { isWanted = await script.write(bytes) } }
        guard read.succeeded else {
          throw Problem(
            "snapshot.restore-failed", "the restored copy's rows cannot be read", place: shape.name,
            why: DumpTools.complaint(read))
        }
        _ = await script.write(shape.checking(in: schema))
      }
      _ = await script.write("COMMIT;\n")
    } catch {
      failure = error
    }
    // Without its COMMIT the script's end takes the transaction back.
    script.close()
    let ended = await answer
    if let failure { throw failure }
    let finished = try ended.get()
    guard finished.succeeded else {
      throw Problem(
        "snapshot.restore-failed", "the tables could not be loaded", place: target.place,
        why: DumpTools.complaint(finished),
        remedy: "nothing was changed; name a schema that is not there, and a role that may make one")
    }
  }
}

/// The columns of a table in a restored copy, and how they are loaded elsewhere.
private struct TableShape: Sendable {
  var name: String
  /// Without its schema.
  var bare: String
  var isPartitioned: Bool
  var rows: Int64
  /// Of the rows as text, which are the same where a column's type is not known and is text.
  var digest: String
  var columns: [(name: String, type: String, isKnown: Bool)]

  static func read(_ name: String, of copy: Secret, for target: Secret) async throws(Problem) -> TableShape {
    do throws(PostgresError) {
      var shape = try await withConnection(copy, settings: ReadingSession.settings) {
        connection throws(PostgresError) -> TableShape in
        let table = try await connection.query(
          "SELECT relname, relkind = 'p' FROM pg_catalog.pg_class WHERE oid = $1::pg_catalog.regclass", [name])
        let isPartitioned = table.rows.first?[1] == "t"
        let rows = try await connection.query(
          "SELECT count(*), coalesce(sum(\(RowDigest.text.expression([]))), 0) FROM \(isPartitioned ? "" : "ONLY ")\(name) q"
        )
        let columns = try await connection.query(
          """
          SELECT attname, pg_catalog.format_type(atttypid, atttypmod) FROM pg_catalog.pg_attribute
          WHERE attrelid = $1::pg_catalog.regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
          """, [name])
        return TableShape(
          name: name, bare: table.first ?? "", isPartitioned: isPartitioned,
          rows: rows.rows.first?[0].flatMap { Int64($0) } ?? 0,
          digest: rows.rows.first?[1] ?? "",
          columns: columns.rows.map { ($0[0] ?? "", $0[1] ?? "text", true) })
      }
      let types = shape.columns.map(\.type)
      let known = try await withConnection(target, settings: ["search_path": ""]) {
        connection throws(PostgresError) -> Set<String> in
        let rows = try await connection.query(
          "SELECT t FROM pg_catalog.unnest($1::text[]) t WHERE pg_catalog.to_regtype(t) IS NOT NULL",
          [ReadingSession.arrayLiteral(types)])
        return Set(rows.rows.compactMap { $0[0] })
      }
      for index in shape.columns.indices { shape.columns[index].isKnown = known.contains(shape.columns[index].type) }
      return shape
    } catch {
      throw error.problem(place: name)
    }
  }

  private func place(in schema: String) -> String { schema.quotedIdentifier + "." + bare.quotedIdentifier }
  private var list: String { columns.map { $0.name.quotedIdentifier }.joined(separator: ", ") }

  var reading: String { "COPY (SELECT \(list) FROM \(isPartitioned ? "" : "ONLY ")\(name)) TO STDOUT" }

  func creating(in schema: String) -> String {
    let columns = columns.map { "\($0.name.quotedIdentifier) \($0.isKnown ? $0.type : "text")" }
    return """
      CREATE TABLE \(place(in: schema)) (\(columns.joined(separator: ", ")));
      COPY \(place(in: schema)) (\(list)) FROM STDIN;

      """
  }

  /// Ends the rows, and refuses when they are not the snapshot's.
  func checking(in schema: String) -> String {
    CatalogQueries.endOfRows
      + CatalogQueries.refuseOtherRows(
        in: place(in: schema), rows: rows, digest: digest)
  }

  func aside(in schema: String) -> TableAside {
    TableAside(
      table: name, loadedAs: place(in: schema), rows: rows, asText: columns.filter { !$0.isKnown }.map(\.name))
  }
}
