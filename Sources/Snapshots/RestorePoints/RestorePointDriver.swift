import Core

/// Makes a point that the database can be brought back to by somebody else than Gatehouse.
///
/// One driver for each thing that can: pgBackRest and copies on the server are here. A platform's own (a branch of Neon, a
/// restore point of Supabase) is another conforming type, made where the policy's rules become drivers
/// (`Installation.restorePoints`); nothing else knows which there are.
package protocol RestorePointDriver: Sendable {
  /// As people know it: `pgbackrest clinic`.
  var shown: String { get }

  /// Makes the point, and returns only when it can be gone back to, as far as anybody can tell without doing so.
  ///
  /// May be called again with one name, by another process: the earlier point is then the one that counts.
  ///
  /// - Parameter name: Letters, digits, `-` and `_`, at most 60 bytes.
  /// - Throws: `restore-point.…` when there is none, with what is missing.
  func create(_ name: String) async throws(Problem) -> RestorePoint
}

/// A point that can be gone back to.
package struct RestorePoint: Hashable, Sendable {
  package var driver: String
  package var name: String
  /// What shows that it is there, in words.
  package var proof: String
  /// The command or statement that goes back to it.
  package var toReturn: String

  package var json: JSON {
    [
      "driver": .string(driver), "name": .string(name), "proof": .string(proof), "toReturn": .string(toReturn),
    ]
  }
}
