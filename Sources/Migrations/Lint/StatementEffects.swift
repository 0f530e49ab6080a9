import Core

/// What one statement does, as its text says.
package struct StatementEffects: Hashable, Sendable {
  /// From 1, in the migration's file.
  package var line: Int
  /// Short, such as `ALTER TABLE`.
  package var title: String
  /// The strongest lock on each table; of what is made by the statement itself none.
  package var locks: [RelationName: LockMode] = [:]
  package var work: [Work] = []
  package var consequences: [Consequence] = []
  /// Why its effects cannot be told from its text, as clauses.
  package var unknown: [String] = []
  /// Where it stands to transactions.
  package var transaction: Transaction = .inside

  package enum Transaction: Hashable, Sendable {
    case inside
    case begins, ends
    /// Cannot run in a transaction at all, such as `CREATE INDEX CONCURRENTLY`.
    case outside
  }

  /// Something that takes the longer the more is in the table.
  package struct Work: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
      /// Every row is written anew into another file.
      case rewrite
      /// Every row is read.
      case scan
      case buildsIndex = "builds-index"
      /// Most rows are changed, one version after the other.
      case rows
    }
    package var kind: Kind
    package var table: RelationName
    /// What asks for it, as a phrase: `a column with a volatile default`.
    package var cause: String
    /// How the same is had without it.
    package var safer: String?
    /// Held on the table while it goes on.
    package var lock: LockMode
  }

  package init(line: Int, title: String) {
    self.line = line
    self.title = title
  }

  /// The classes that its consequences show; additive when there are none.
  package var classes: Set<MigrationClass> { Set(consequences.flatMap(\.kind.classes)).union([.additive]) }
}

/// One thing that a statement does to data, or to a version of the application.
package struct Consequence: Hashable, Sendable {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case dropsTable = "drops-table"
    case dropsColumn = "drops-column"
    case dropsCascade = "drops-with-all-that-depends"
    case truncates
    case deletesRows = "deletes-rows"
    case overwritesRows = "overwrites-rows"
    case narrowsType = "narrows-type"
    case losesLabels = "loses-labels"
    case unlogged
    case renames
    case moves
    case dropsObject = "drops-object"
    case requiresColumn = "requires-column"
    case forbidsNull = "forbids-null"
    case newUnique = "new-unique"
    case newCheck = "new-check"
    case newForeignKey = "new-foreign-key"
    case changesType = "changes-type"
    case dropsNeededDefault = "drops-needed-default"
    case rowSecurity = "row-security"
    case revokes
    case detaches
    case widensType = "widens-type"
    case changesDefault = "changes-default"
    case loosens
    case fillsRows = "fills-rows"
    case addsRows = "adds-rows"
    case addsTrigger = "adds-trigger"
    case changesObject = "changes-object"
    case addsLabel = "adds-label"

    /// What class a migration is of that does this.
    package var classes: Set<MigrationClass> {
      switch self {
      case .dropsTable, .dropsColumn, .dropsCascade, .narrowsType, .losesLabels: [.dataLosing, .breaking]
      case .truncates, .deletesRows, .overwritesRows, .unlogged: [.dataLosing]
      case .renames, .moves, .dropsObject, .requiresColumn, .forbidsNull, .newUnique, .newCheck, .newForeignKey,
        .changesType, .dropsNeededDefault, .rowSecurity, .revokes, .detaches:
        [.breaking]
      case .widensType, .changesDefault, .loosens, .fillsRows, .addsRows, .addsTrigger, .changesObject, .addsLabel:
        [.needsBothVersions]
      }
    }
  }

  package var kind: Kind
  /// The table, if it is of one.
  package var table: RelationName?
  /// As a phrase that goes on the line's place: `drops column patients.email`.
  package var what: String

  package init(_ kind: Kind, _ table: RelationName? = nil, _ what: String) {
    self.kind = kind
    self.table = table
    self.what = what
  }
}
