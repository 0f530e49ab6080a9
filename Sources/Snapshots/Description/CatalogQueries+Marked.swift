import Postgres

/// Tables of extensions that mark some of their rows to be dumped (`pg_extension_config_dump`): the standard ones come with the
/// extension, and the marked ones are in a dump, such as what a team adds to PostGIS's `spatial_ref_sys`.
extension CatalogQueries {
  /// The condition of a table `c` of an extension `e` that marks its rows: `WHERE …` as the extension wrote it, or empty.
  private static let condition = "coalesce(e.extcondition[array_position(e.extconfig, c.oid)], '')"

  /// Each gives the table's number and the condition that `pg_dump` puts behind its name.
  static let markedTables = """
    SELECT c.oid, \(condition) AS condition FROM pg_extension e JOIN pg_class c ON c.oid = ANY (e.extconfig)
      JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND \(inSchema)
    """

  /// The number of the marked rows and their digest, as text: what reads them again may have another version of the extension,
  /// but not another kind of digest.
  static func markedRows(of table: String, _ condition: String) -> String {
    // The name must stand alone before the condition, which may use it.
    "SELECT count(*) AS count, coalesce(sum(\(RowDigest.text.expression([]))), 0) AS digest "
      + "FROM (SELECT * FROM \(table) \(condition)) q"
  }

  /// Ends the transaction with an error when a table's marked rows are others, or none are marked any more.
  static func refuseOtherMarkedRows(in table: String, rows: Int64, digest: String) -> String {
    let sum = RowDigest.text.expression([])
    let counting = "SELECT concat(count(*), ' ', coalesce(sum(\(sum)), 0)) FROM (SELECT * FROM \(table) "
    let body = """
      DECLARE condition text; found text; BEGIN
      SELECT \(condition) INTO condition FROM pg_extension e JOIN pg_class c ON c.oid = ANY (e.extconfig)
        WHERE c.oid = \(table.quotedLiteral)::regclass;
      IF condition IS NOT NULL THEN EXECUTE \(counting.quotedLiteral) || condition || ') q' INTO found; END IF;
      IF found IS DISTINCT FROM \("\(rows) \(digest)".quotedLiteral) THEN
        RAISE EXCEPTION USING MESSAGE = \("table \(table) has other rows than were dumped".quotedLiteral); END IF; END
      """
    return "DO \(body.quotedLiteral);\n"
  }
}
