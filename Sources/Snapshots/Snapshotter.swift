import Core
import Glibc
import Postgres
import Processes

/// Takes, proves, lists and restores snapshots.
package struct Snapshotter: Sendable {
  /// Where snapshots are kept; a new one is written to all of them.
  package let places: SnapshotPlaces
  let keys: SnapshotKeys
  let processes: any ProcessRunner
  let timing: any Timing
  /// Gives 80 random bits for an id.
  let random: @Sendable () -> (UInt64, UInt16)
  let progress: ProgressSink?
  /// Where `pg_dump` may be; what is installed when `nil`.
  let programs: [PostgresPrograms]?
  /// A folder in memory that has room for that many bytes; `nil` when there is none.
  let memory: @Sendable (Int64) -> String?

  package init(
    places: [any SnapshotPlace], keys: SnapshotKeys = SnapshotKeys(),
    processes: any ProcessRunner = SystemProcessRunner(), timing: any Timing,
    programs: [PostgresPrograms]? = nil,
    random: @escaping @Sendable () -> (UInt64, UInt16) = { (.random(in: 0 ... .max), .random(in: 0 ... .max)) },
    memory: @escaping @Sendable (Int64) -> String? = MemoryFolder.standard, progress: ProgressSink? = nil
  ) {
    self.places = SnapshotPlaces(places, signedBy: keys.signedBy)
    self.keys = keys
    self.processes = processes
    self.timing = timing
    self.programs = programs
    self.random = random
    self.memory = memory
    self.progress = progress
  }

  /// What to take a snapshot of.
  package struct Order: Sendable {
    package var database: Secret
    /// The snapshot's id; one that sorts by time is made when `nil`.
    package var id: String?
    package var purpose = SnapshotPurpose.person
    /// Schemas left out on purpose.
    package var excluding: [String] = []
    /// Tables written as encrypted JSON lines beside it; none when `nil`.
    package var exports: ExportRules?
    /// Whether a standby may be read, which can be behind its primary.
    package var allowStandby = false
    /// Where it will be proven by a restore; nothing is dumped when that lacks an extension. `nil` when it is not asked.
    package var provenIn: ScratchPlace?
    /// The database it must be; any when `nil`.
    package var expected: DatabaseIdentity?
    /// How long to wait for a lock that somebody else holds.
    package var lockWait: Duration = .seconds(10)
    /// For all of the dump.
    package var timeout: Duration = .seconds(6 * 3600)
    /// The most a place needs to have free for each byte of the tables; 0 asks for nothing.
    package var roomFactor = 0.6

    package init(database: Secret) { self.database = database }
  }

  /// What is in the places. One that was never written to holds nothing.
  package func list() async throws(Problem) -> SnapshotListing { try await places.list() }

  /// One snapshot by its id.
  package func record(_ id: String) async throws(Problem) -> SnapshotRecord { try await places.record(id) }

  func newID() -> String { RunID.make(at: timing.now(), random: random()).text }

  func say(_ text: String) { progress?(Progress("snapshot", text)) }

  func tools(_ program: String, serverMajor: Int) async throws(Problem) -> DumpTools {
    try await DumpTools.choose(
      among: programs ?? PostgresPrograms.installed(with: program), serverMajor: serverMajor, processes: processes)
  }

  /// Runs the work with a private folder that is removed afterwards, also when the work failed.
  func withWorkFolder<Value>(
    in base: String?, _ body: (String) async throws(Problem) -> Value
  ) async throws(Problem) -> Value {
    let folder = try ScratchFolder.make(in: base, owner: (geteuid(), getegid()))
    defer {
      close(folder.lock)
      ScratchFolder.remove(folder.path)
      if folder.socketFolder != folder.path { ScratchFolder.remove(folder.socketFolder) }
    }
    return try await body(folder.path)
  }
}
