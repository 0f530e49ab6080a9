import Core
import Postgres

/// Scripts that compare rows where they are, inside the transaction that brought them.
extension CatalogQueries {
  /// The settings that digests are made with, for who writes rows as text and who reads them.
  static let settings = ReadingSession.settings.filter { $0.key != "row_security" }.sorted { $0.key < $1.key }
    .map { "SET \($0.key) = \($0.value.quotedLiteral);\n" }.joined()

  /// Ends the rows of a `COPY … FROM STDIN`.
  static let endOfRows = "\\.\n"

  /// Ends the transaction with an error when a table's rows are others.
  static func refuseOtherRows(in table: String, rows: Int64, digest: String, only: Bool = true) -> String {
    let sum = "coalesce(sum(\(RowDigest.text.expression([]))), 0)"
    let expected = "\(rows) \(digest)"
    return refuse(
      "(SELECT pg_catalog.concat(count(*), ' ', \(sum)) FROM \(only ? "ONLY " : "")\(table) q) <> "
        + expected.quotedLiteral,
      saying: "table \(table) has other rows than were dumped")
  }

  /// The same, for rows that were digested as records.
  private static func refuseOtherRecords(in table: String, rows: Int64, digest: String) -> String {
    let counting = "SELECT concat(count(*), ' ', coalesce(sum("
    let body = """
      DECLARE expression text; found text; BEGIN
      \(RowDigest.asking(for: table)) INTO STRICT expression;
      EXECUTE \(counting.quotedLiteral) || expression || \("), 0)) FROM ONLY \(table) q".quotedLiteral) INTO found;
      IF found IS DISTINCT FROM \("\(rows) \(digest)".quotedLiteral) THEN
        RAISE EXCEPTION USING MESSAGE = \("table \(table) has other rows than were dumped".quotedLiteral); END IF; END
      """
    return "DO \(body.quotedLiteral);\n"
  }

  /// Ends the transaction with an error when any table, or the large objects that it brought, are not as they were described,
  /// or when it removed one that was to stay; says which others are there.
  static func refuseOtherRows(than source: DatabaseDescription) -> String {
    var script = settings
    for (name, table) in source.tables.sorted(by: { $0.key < $1.key }) {
      guard let rows = table.rows, let digest = table.digest else { continue }
      if table.kind == .ofExtension {
        script += refuseOtherMarkedRows(in: name, rows: rows, digest: digest)
        continue
      }
      switch table.hash {
      case .text: script += refuseOtherRows(in: name, rows: rows, digest: digest)
      case .record: script += refuseOtherRecords(in: name, rows: rows, digest: digest)
      }
    }
    let objects = source.largeObjects
    script += refuse(
      "(SELECT pg_catalog.concat(l.count, ' ', l.digest) FROM (\(restoredLargeObjects)) l) <> "
        + "\(objects.count) \(objects.digest)".quotedLiteral,
      saying: "the large objects are not those that were dumped")
    script += refuse(
      lostLargeObject,
      saying: "a large object that was written while the restore was prepared has the number of one in the snapshot")
    return script + sayKeptLargeObjects
  }

  private static func refuse(_ condition: String, saying text: String) -> String {
    // A name may hold what ends a quoted body, so the text is a literal inside a literal.
    let body =
      "BEGIN IF \(condition) THEN RAISE EXCEPTION USING MESSAGE = \(text.quotedLiteral); END IF; END"
    return "DO \(body.quotedLiteral);\n"
  }
}
