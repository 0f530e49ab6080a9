/// Tables that are written as encrypted JSON lines beside each snapshot.
package struct ExportRules: Hashable, Sendable {
  package struct Table: Hashable, Sendable {
    /// `name`, which is in the schema `public`, or `schema.name`, as the catalog has it, unquoted.
    package var name: String
    /// The only columns that are written; all when empty.
    package var columns: [String]
    /// Columns that are left out.
    package var except: [String]

    package init(_ name: String, columns: [String] = [], except: [String] = []) {
      self.name = name
      self.columns = columns
      self.except = except
    }
  }

  /// In the policy's order; at least one.
  package var tables: [Table]

  package init(_ tables: [Table]) { self.tables = tables }
}
