import Core
import Postgres
import Store
import TestSupport
import Testing

/// The two engines behind one contract.
enum Engine: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case sqlite, postgres
  var testDescription: String { rawValue }
}

/// A new empty store, which can be opened again and again, as by other processes.
struct Place: Sendable {
  let engine: Engine
  let timing = ManualTiming()
  private let folder: TemporaryFolder
  private let database: Secret?

  init(_ engine: Engine) async throws {
    self.engine = engine
    folder = try TemporaryFolder()
    database = engine == .postgres ? try await ThrowawayPostgres.database("store") : nil
  }

  func open(creating: Bool = true) async throws -> any Store {
    let location = database == nil ? StoreLocation.embedded(directory: "state") : .postgres(.environment("STORE"))
    return try await Stores.open(
      location, folder: folder.path, creating: creating, timing: timing, secret: { _ in database ?? Secret("") })
  }

  /// Lets time pass: by hand, or really where the server's clock counts.
  func outlast(_ lease: Lease, _ store: any Store) async throws {
    switch engine {
    case .sqlite: timing.advance(by: .seconds(3600))
    // The same as waiting: the lease is made to lapse at once.
    case .postgres: _ = try await store.renew(lease, for: .milliseconds(-1))
    }
  }
}

func holder(_ run: String, process: String = "1") -> LeaseHolder {
  LeaseHolder(run: RunID(run), host: "ci-1", process: process)
}

func granted(_ outcome: LeaseOutcome) throws -> Lease {
  guard case .granted(let lease) = outcome else {
    Issue.record("the lease was not granted: \(outcome)")
    throw CancellationError()
  }
  return lease
}

func refusal(_ work: () async throws -> Void) async -> StoreProblem? {
  do {
    try await work()
    return nil
  } catch {
    return error as? StoreProblem
  }
}
