import Core
import Postgres

extension ReadingSession {
  /// Reads what is in no dump of the database, and what a person should know.
  func readOutside(into description: inout DatabaseDescription, _ schemas: [String]) async throws(PostgresError) {
    let facts = try await connection.query(CatalogQueries.outside)
    for row in facts.rows.indices {
      if let name = facts[row, "name"] { description.outside[name] = facts[row, "value"] ?? "" }
    }
    let collations = try await connection.query(CatalogQueries.collations(major: connection.serverMajor))
    for row in collations.rows.indices {
      guard let name = collations[row, "name"], let actual = collations[row, "actual"] else { continue }
      description.outside[name] = actual
      if let recorded = collations[row, "recorded"], recorded != actual {
        description.notes.append(
          "\(name) is \(actual), and was \(recorded) when indexes were made: the server's own may be broken (REINDEX)")
      }
    }
    try await readExtensionTables(into: &description, schemas)
    let files = try await connection.query(CatalogQueries.storedFiles)
    if let readable = files.first {
      let count = readable == "t" ? try await connection.query(CatalogQueries.countOfStoredFiles).first : nil
      let told = count ?? "a number of files that this role cannot read"
      description.outside["storage.objects"] = told
      description.notes.append("storage.objects lists \(told): the files themselves are in no dump")
    }
    description.notes += try await connection.query(CatalogQueries.notes, schemas).rows.compactMap { $0[0] }
  }

  private func readExtensionTables(
    into description: inout DatabaseDescription, _ schemas: [String]
  ) async throws(PostgresError) {
    let tables = try await connection.query(CatalogQueries.extensionTables, schemas)
    for row in tables.rows.indices {
      guard let name = tables[row, "name"], let owner = tables[row, "extension"] else { continue }
      let told: String
      if tables[row, "marked"] == "t" {
        told =
          description.tables[name]?.digest == nil
          ? "the dump holds the rows that the extension marks, and they are not compared"
          : "the dump holds the rows that the extension marks, and no others"
      } else if tables[row, "readable"] == "t" {
        let count = try await connection.query("SELECT count(*) FROM ONLY \(name)").first ?? "?"
        told = "its \(count) rows are in no dump"
      } else {
        told = "its rows are in no dump"
      }
      description.notes.append("table \(name) belongs to extension \(owner): \(told)")
    }
  }
}

extension DatabaseDescription {
  /// What is in no dump and is not as it was when `source` was described, in words: for people, not to refuse.
  package func changesOutside(since source: DatabaseDescription) -> [String] {
    Set(source.outside.keys).union(outside.keys).sorted().compactMap { name in
      let (was, now) = (source.outside[name], outside[name])
      guard was != now else { return nil }
      return "\(name) is \(now ?? "not there"), and was \(was ?? "not there") when the snapshot was taken"
    } + versionsOfExtensions(otherThanOf: source)
  }

  /// How the copy's collations differ from the source's: what was made in their order there may be ordered otherwise here.
  func collations(otherThanOf source: DatabaseDescription) -> [String] {
    source.outside.keys.sorted().filter { $0.hasPrefix("collation ") && source.outside[$0] != outside[$0] }.map {
      "\($0) is \(outside[$0] ?? "none") in the copy, \(source.outside[$0] ?? "none") at the source"
    }
  }

  private func versionsOfExtensions(otherThanOf source: DatabaseDescription) -> [String] {
    source.extensions.sorted { $0.key < $1.key }.compactMap { name, version in
      guard let now = extensions[name], now != version else { return nil }
      return "extension \(name) is \(now), and was \(version) when the snapshot was taken"
    }
  }
}
