import Core
import FoundationEssentials
import Postgres
import Snapshots
import TestSupport

/// A folder for snapshots, and what takes them.
struct SnapshotWork {
  let folder: TemporaryFolder
  let timing = ManualTiming()
  let snapshotter: Snapshotter
  let programs: [PostgresPrograms]?

  /// - Parameters:
  ///   - wrapper: The text of a shell script that stands for `pg_dump` (`$real` is the real one); none when `nil`.
  ///   - places: Names of folders that snapshots are kept in.
  init(
    wrapping program: String = "pg_dump", _ wrapper: String? = nil, version: String? = nil,
    places: [String] = ["store"],
    keys: SnapshotKeys = SnapshotKeys(), memory: @escaping @Sendable (Int64) -> String? = MemoryFolder.standard
  ) throws {
    folder = try TemporaryFolder()
    let path = folder.path
    var programs: [PostgresPrograms]?
    if let wrapper {
      let real = try PostgresPrograms.find("pg_dump")
      for name in ["pg_dump", "pg_restore", "psql"] {
        let body =
          name == program
          ? """
          #!/bin/sh
          real='\(real.path(name))'; psql='\(real.path("psql"))'; folder='\(folder.path)'
          case "$1" in --version) \(version.map { "echo '\(name) (PostgreSQL) \($0)'; exit 0" } ?? "exec $real --version");; esac
          \(wrapper)
          """ : "#!/bin/sh\nexec '\(real.path(name))' \"$@\"\n"
        let path = try folder.write(body, to: "bin/\(name)")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
      }
      programs = [PostgresPrograms(folder: folder.path + "/bin", major: nil)]
    }
    self.programs = programs
    snapshotter = Snapshotter(
      places: places.map { FolderPlace(path + "/" + $0) }, keys: keys, timing: timing, programs: programs,
      memory: memory)
  }

  /// The same places and programs with other keys, as another process on another machine has them.
  func with(
    _ keys: SnapshotKeys, memory: @escaping @Sendable (Int64) -> String? = MemoryFolder.standard
  ) -> Snapshotter {
    Snapshotter(places: snapshotter.places.all, keys: keys, timing: timing, programs: programs, memory: memory)
  }

  var store: String { folder.path + "/store" }

  func order(_ url: Secret) -> Snapshotter.Order { Snapshotter.Order(database: url) }

  func create(_ url: Secret) async throws -> SnapshotRecord {
    timing.advance(by: .seconds(1))
    return try await snapshotter.create(order(url))
  }

  /// Verifies by a restore into a database of the tests' server.
  func prove(_ record: SnapshotRecord) async throws -> SnapshotRecord {
    try await snapshotter.verify(record, how: .restore, scratch: .server(ThrowawayPostgres.server().url()))
  }

  /// Restores, with the tests' server for what must be proven first.
  @discardableResult
  func restore(_ record: SnapshotRecord, into url: Secret, inPlace: Bool = false) async throws -> RestoreReport {
    timing.advance(by: .seconds(1))
    return try await snapshotter.restore(
      record, into: url, inPlace: inPlace, scratch: .server(ThrowawayPostgres.server().url()))
  }

  /// What lies in the folder, whether it counts or not.
  func files(in place: String = "store") throws -> [String] {
    let path = folder.path + "/" + place
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
  }
}
