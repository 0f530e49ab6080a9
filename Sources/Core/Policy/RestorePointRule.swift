/// A point that the database's own platform can go back to, made before migrations as a second line beside the snapshot.
package enum RestorePointRule: Hashable, Sendable {
  /// A named restore point in the archive of pgBackRest.
  case pgBackRest(PgBackRestRule)
  /// A copy of the database on its own server, whose name begins with the text.
  case template(prefix: String)
}

package struct PgBackRestRule: Hashable, Sendable {
  package var stanza: String
  /// Its configuration file; where pgBackRest looks by itself when `nil`.
  package var config: String?
  /// The repository that must have it; any when `nil`.
  package var repository: Int?
  /// How long the archive may take.
  package var wait: Duration = .seconds(120)

  package init(stanza: String) { self.stanza = stanza }
}
