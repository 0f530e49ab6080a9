import Postgres

/// How the rows of a table come to one number: a hash of each, summed, so that their order does not matter.
///
/// Both sides of a comparison must use the same one, which the manifest says for each table.
package enum RowDigest: String, Hashable, Sendable {
  /// The hash of the row as text: 64 bits. Every manifest that does not say otherwise.
  case text
  /// The hash of the row's values as they are stored, where that tells as much as the text does: see ``DigestedColumn``.
  /// Takes half of the time. The server has the function since version 14.
  case record
}

/// A column as the hash of a record sees it.
///
/// PostgreSQL's hash functions give the same for values that are equal, which is not always the same text: 1.0 and 1.00,
/// 0 and -0, `24:00:00` and `1 day`, arrays with other bounds, what a collation takes for equal. And those of `bigint`
/// and of times fold 64 bits into 32. An enum's is that of a number that a restored copy has another of. So only types
/// whose hash differs where the text does are hashed as they are; of others, their own binary form or their text is.
package enum DigestedColumn: Hashable, Sendable {
  /// Hashed by the type's own function, of all its bits.
  case plain(String)
  /// In the type's binary form, by this function: the very value, no matter what is taken for equal.
  case sent(String, by: String)
  /// As text, with all others of its kind.
  case written(String)

  /// - Parameters:
  ///   - name: Quoted.
  ///   - type: The type's number, which is the same in every database for types of PostgreSQL's own.
  ///   - isExact: Whether its collation takes for equal only what is the same; `true` without a collation.
  ///   - modifier: `pg_attribute.atttypmod`: the length of a `character(n)` is in it, and -1 is none.
  init(name: String, type: Int64, isExact: Bool, modifier: Int) {
    if let function = DigestedColumn.sending[type] {
      self = .sent(name, by: function)
    } else if DigestedColumn.plain.contains(type) || isExact && DigestedColumn.texts.contains(type)
      || isExact && modifier > 0 && type == DigestedColumn.padded
    {
      self = .plain(name)
    } else {
      self = .written(name)
    }
  }

  /// boolean, bytea, "char", smallint, integer, date, uuid
  fileprivate static let plain: [Int64] = [16, 17, 18, 21, 23, 1082, 2950]
  /// text, character varying
  fileprivate static let texts: [Int64] = [25, 1043]
  /// character(n) is padded to its length, so that the blanks its hash leaves out tell nothing. Without one they do.
  fileprivate static let padded: Int64 = 1042
  /// bigint, time, timestamp, timestamptz, numeric
  fileprivate static let sending: [Int64: String] = [
    20: "int8send", 1083: "time_send", 1114: "timestamp_send", 1184: "timestamptz_send", 1700: "numeric_send",
  ]
}

extension RowDigest {
  /// SQL whose value is ``expression(_:)`` for a table's columns, for where nobody can ask for them first.
  ///
  /// - Parameter table: Quoted, with its schema.
  static func asking(for table: String) -> String {
    func list(_ types: [Int64]) -> String { types.map(String.init).joined(separator: ", ") }
    let exact = "coalesce(l.collisdeterministic, true)"
    let sent = DigestedColumn.sending.sorted { $0.key < $1.key }.map {
      "WHEN a.atttypid = \($0.key) THEN '\($0.value)(q.' || quote_ident(a.attname) || ')'"
    }.joined(separator: " ")
    return """
      SELECT 'hashfloat8extended(hash_record_extended(ROW(' || concat_ws(', ', string_agg(p.part, ', ' ORDER BY p.attnum),
        'ROW(' || string_agg('q.' || quote_ident(p.attname), ', ' ORDER BY p.attnum) FILTER (WHERE p.part IS NULL)
          || ')::text') || '), 0)::float8, 0)'
      FROM (SELECT a.attname, a.attnum, CASE \(sent)
          WHEN a.atttypid IN (\(list(DigestedColumn.plain))) OR \(exact) AND (a.atttypid IN (\(list(DigestedColumn.texts)))
            OR a.atttypid = \(DigestedColumn.padded) AND a.atttypmod > 0) THEN 'q.' || quote_ident(a.attname) END AS part
        FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation
        WHERE a.attrelid = \(table.quotedLiteral)::regclass AND a.attnum > 0 AND NOT a.attisdropped) p
      """
  }
}

extension RowDigest {
  /// The expression whose values are summed, for the rows of `q`.
  func expression(_ columns: [DigestedColumn]) -> String {
    switch self {
    // `q.*` is the whole row even when a column is called `q`.
    case .text: return "hashtextextended((q.*)::text, 0)"
    case .record:
      var parts: [String] = []
      var written: [String] = []
      for column in columns {
        switch column {
        case .plain(let name): parts.append("q.\(name)")
        case .sent(let name, let function): parts.append("\(function)(q.\(name))")
        case .written(let name): written.append("q.\(name)")
        }
      }
      // As one record: a cast of a single value to text may be anybody's function, a record's is not.
      if !written.isEmpty { parts.append("ROW(\(written.joined(separator: ", ")))::text") }
      // The hash of a record is a weighted sum of its values' hashes, and sums of those would not tell when two rows swap a
      // value. So it is hashed once more, by the function that hashes eight bytes and folds nothing (53 bits are left).
      return "hashfloat8extended(hash_record_extended(ROW(\(parts.joined(separator: ", "))), 0)::float8, 0)"
    }
  }

  /// The better one that these columns allow.
  static func best(for columns: [DigestedColumn]) -> RowDigest {
    let isPlain = columns.contains { column in
      switch column {
      case .plain, .sent: true
      case .written: false
      }
    }
    return isPlain ? .record : .text
  }
}
