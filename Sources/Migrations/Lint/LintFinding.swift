import Core

/// Something about a migration that is worth a person's reading.
package struct LintFinding: Hashable, Sendable {
  /// A stable name: a ``Consequence/Kind``, a kind of ``StatementEffects/Work``, or one of `holds-lock`,
  /// `not-in-transaction`.
  package var rule: String
  /// The worst class that it puts the migration into; `nil` for what is about time alone.
  package var worst: MigrationClass?
  package var migration: MigrationID
  package var path: String
  /// From 1, ascending; at least one.
  package var lines: [Int]
  /// What it does, as a phrase.
  package var what: String
  /// Why that matters here, with the table's size.
  package var why: String
  /// How the same is had safely.
  package var remedy: String

  package var place: String { "\(path):\(lines.first ?? 1)" }

  package var json: JSON {
    .dictionary([
      ("rule", .string(rule)), ("class", worst.map { .string($0.rawValue) }), ("migration", .string(migration.text)),
      ("path", .string(path)), ("lines", .array(lines.map { .integer(Int64($0)) })), ("what", .string(what)),
      ("why", .string(why)), ("remedy", .string(remedy)),
    ])
  }
}

extension Consequence.Kind {
  /// Why it matters, as a clause.
  var why: String {
    switch self {
    case .dropsTable, .dropsColumn: "what is in it is gone, and the version in production asks for it"
    case .dropsCascade: "columns and tables that depend on it go with it"
    case .truncates, .deletesRows: "the rows are gone"
    case .overwritesRows: "what the rows held before is gone"
    case .narrowsType: "values may be cut, rounded or refused, and the version in production expects the old type"
    case .losesLabels: "rows with a label that is gone are refused, and the version in production writes it"
    case .unlogged: "the table is empty after a crash"
    case .renames, .moves: "the version in production asks for the old name"
    case .dropsObject: "the version in production may use it"
    case .requiresColumn: "the version in production does not write it, so that its INSERTs fail"
    case .forbidsNull: "the version in production may write nulls, and rows that have one make the migration fail"
    case .newUnique:
      "the version in production may write duplicates, and duplicates that are there make the migration fail"
    case .newCheck, .newForeignKey:
      "the version in production may write what is refused, and rows that break it make the migration fail"
    case .changesType: "the version in production reads and binds the old type, also in statements it has prepared"
    case .dropsNeededDefault: "INSERTs of the version in production that leave it out fail"
    case .rowSecurity: "the version in production may no longer see or write its rows"
    case .revokes: "the version in production may need the right"
    case .detaches: "the version in production no longer finds its rows"
    case .widensType, .changesDefault, .loosens, .fillsRows, .addsRows, .addsTrigger, .changesObject, .addsLabel:
      "the version in production may meet what it does not expect"
    }
  }

  /// The safe form.
  var remedy: String {
    switch self {
    case .dropsTable, .dropsColumn:
      "release a version that does not use it first; drop it in a later release, when nobody will go back"
    case .dropsCascade: "name what is to go, and drop it without CASCADE"
    case .truncates, .deletesRows, .overwritesRows:
      "keep the old values in a table or column of their own, and remove them in a later release"
    case .narrowsType, .changesType:
      "add a column of the new type, let both versions work with both, and drop the old one in a later release"
    case .losesLabels: "keep the label until no version writes it and no row has it"
    case .unlogged: "leave the table logged unless losing it is of no importance"
    case .renames, .moves:
      "add the new name beside the old one (a view, or a column with a trigger), and drop the old one later"
    case .dropsObject: "release a version that does not use it first"
    case .requiresColumn: "give it a default, or let it be null until every version writes it"
    case .forbidsNull:
      "release a version that never writes nulls first; check with NOT VALID, VALIDATE, then SET NOT NULL"
    case .newUnique: "release a version that writes no duplicates first, and look for those that are there"
    case .newCheck, .newForeignKey: "release a version that keeps to it first; add it NOT VALID, then VALIDATE"
    case .dropsNeededDefault: "release a version that always writes it first"
    case .rowSecurity: "see that the role of the version in production has a policy, and try it as that role"
    case .revokes: "release a version that does not need the right first"
    case .detaches: "release a version that does not read these rows first"
    case .widensType, .changesDefault, .loosens, .fillsRows, .addsRows, .addsTrigger, .changesObject, .addsLabel:
      "see that both versions work with it"
    }
  }
}
