/// What a statement answered, as text.
package struct Rows: Hashable, Sendable {
  package let columns: [String]
  /// One array a row, in the order of ``columns``; `nil` is SQL's NULL.
  package let rows: [[String?]]
  /// How many rows a statement changed or returned, when the server says so.
  package let affected: Int?

  package init(columns: [String], rows: [[String?]], affected: Int?) {
    self.columns = columns
    self.rows = rows
    self.affected = affected
  }

  package var count: Int { rows.count }
  package var isEmpty: Bool { rows.isEmpty }

  /// The value of a row's column; `nil` for NULL and also when there is no such row or column.
  package subscript(row: Int, column: String) -> String? {
    guard rows.indices.contains(row), let index = columns.firstIndex(of: column) else { return nil }
    return rows[row][index]
  }

  /// The first column of the first row; `nil` for NULL and also when there is no row.
  package var first: String? {
    guard let row = rows.first, let value = row.first else { return nil }
    return value
  }
}
