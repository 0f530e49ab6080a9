/// The advisory lock by which everything of ours that touches one database finds each other.
package enum DatabaseLock {
  /// "gatehous" in ASCII, read as a number. Held by a connection of ours for as long as migrations run.
  package static let migrations: Int64 = 0x6761_7465_686f_7573
  /// "gath": the first of two numbers, of which the second is the database's. Held while a restore makes a new one.
  package static let restores: Int32 = 0x6761_7468
}
