import Core

/// Opens the store that a policy names.
package enum Stores {
  /// - Parameters:
  ///   - folder: the policy's folder, which an embedded store's directory is relative to.
  ///   - creating: whether a store is made where nothing is. Where something is that cannot be read, none ever is.
  ///   - secret: gives the address of a shared store.
  package static func open(
    _ location: StoreLocation, folder: String, creating: Bool, timing: any Timing,
    secret: (SecretReference) async throws(Problem) -> Secret
  ) async throws(Problem) -> any Store {
    do {
      switch location {
      case .embedded(let directory):
        let path = directory.hasPrefix("/") ? directory : folder + "/" + directory
        return try await SQLiteStore.open(in: path, creating: creating, timing: timing)
      case .postgres(let reference):
        return try await PostgresStore.open(try await secret(reference), creating: creating)
      }
    } catch let problem as StoreProblem {
      throw problem.problem
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("store.unavailable", "the store could not be opened")
    }
  }
}
