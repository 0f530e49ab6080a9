import Postgres

/// Scripts about large objects for the transaction that replaces a database's contents.
///
/// Who writes large objects is held back by nobody until then: the lock that would do it stands in the way of `pg_dump`, too.
/// So only what a snapshot is known to have is removed, by number and contents, and everything else stays.
extension CatalogQueries {
  /// Each has its number, and a hash of its contents, in the order of the numbers, as ``RowComparison`` wants marks.
  ///
  /// - Parameter kept: Numbers of those that are no part of the comparison.
  static func largeObjectMarks(without kept: [String]) -> String {
    let rest = kept.isEmpty ? "" : " WHERE oid <> ALL (\(ReadingSession.arrayLiteral(kept).quotedLiteral)::oid[])"
    return "SELECT oid AS a, 0 AS b, hashtextextended(encode(sha256(lo_get(oid)), 'hex'), 0) AS c "
      + "FROM pg_catalog.pg_largeobject_metadata\(rest) ORDER BY oid"
  }

  /// Each with its number and the SHA-256 of its contents.
  static let largeObjectDigests =
    "SELECT oid, encode(sha256(lo_get(oid)), 'hex') FROM pg_catalog.pg_largeobject_metadata ORDER BY oid"

  /// Holds back who writes large objects, where the role may: superusers only. Somebody who wrote one and now waits for a table
  /// of ours would wait for ever, so it is only tried.
  static let holdLargeObjects = """
    DO $gatehouse$
    BEGIN
      PERFORM pg_catalog.set_config('lock_timeout', '5s', true);
      LOCK TABLE pg_catalog.pg_largeobject, pg_catalog.pg_largeobject_metadata IN SHARE MODE;
      PERFORM pg_catalog.set_config('lock_timeout', '30s', true);
    EXCEPTION WHEN insufficient_privilege OR deadlock_detected OR lock_not_available THEN NULL;
    END $gatehouse$;

    """

  /// Removes those that still have the contents they are known by.
  ///
  /// - Parameter known: Numbers and SHA-256 in hexadecimal, as ``largeObjectDigests`` gives them.
  static func unlink(_ known: [(oid: Int64, digest: String)]) -> String {
    let values = known.map { "(\($0.oid)::oid, \($0.digest.quotedLiteral))" }.joined(separator: ", ")
    return """
      DO $gatehouse$
      BEGIN
        PERFORM pg_catalog.lo_unlink(m.oid) FROM pg_catalog.pg_largeobject_metadata m
          JOIN (VALUES \(values)) v (oid, digest) ON v.oid = m.oid
        WHERE pg_catalog.encode(pg_catalog.sha256(pg_catalog.lo_get(m.oid)), 'hex') = v.digest;
      END $gatehouse$;

      """
  }

  /// Remembers, in the transaction, which ones are there that stay. The script of `pg_restore` unlinks by number alone.
  static let rememberKeptLargeObjects = """
    DO $gatehouse$
    BEGIN
      PERFORM pg_catalog.set_config('gatehouse.kept',
        coalesce((SELECT pg_catalog.string_agg(oid::text, ',') FROM pg_catalog.pg_largeobject_metadata), ''), true);
    END $gatehouse$;

    """

  /// A condition on `pg_largeobject_metadata`: made by this transaction, of which all came from the archive.
  private static let isRestored = "xmin::text = (pg_catalog.txid_current() % 4294967296)::text"

  /// The restored ones as ``largeObjects`` describes all.
  static let restoredLargeObjects = largeObjects + " WHERE \(isRestored)"

  /// Whether one that was to stay is gone.
  static let lostLargeObject = """
    EXISTS (SELECT FROM pg_catalog.unnest(pg_catalog.string_to_array(
      pg_catalog.current_setting('gatehouse.kept', true), ',')) k (oid)
      WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_largeobject_metadata m WHERE m.oid::text = k.oid AND NOT m.\(isRestored)))
    """

  /// Says on standard output which others are there: `kept 2: 16401 16405`, of numbers the first thousand.
  static let sayKeptLargeObjects = """
    SELECT pg_catalog.concat('kept ', pg_catalog.count(*), ': ', (SELECT pg_catalog.string_agg(s.oid::text, ' ')
      FROM (SELECT oid FROM pg_catalog.pg_largeobject_metadata WHERE NOT \(isRestored) ORDER BY oid LIMIT 1000) s))
    FROM pg_catalog.pg_largeobject_metadata WHERE NOT \(isRestored);

    """
}
