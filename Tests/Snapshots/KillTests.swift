import Core
import Dispatch
import FoundationEssentials
import Glibc
import Postgres
import Snapshots
import TestSupport
import Testing

@Suite struct `A process killed half-way` {
  @Test func `takes its scratch server with it`() async throws {
    let folder = try TemporaryFolder()
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: folder.path)
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = folder.path as String] in
      let server = try await ScratchServer.start(in: path)
      try await server.createDatabase("busy")
      kill(getpid(), SIGKILL)
    }
    // The supervisor holds the lock until it has destroyed everything, and is the last to hold it.
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
      let lock = open("\(folder.path)/\(name)/lock", O_RDWR)
      if lock < 0 { continue }
      await withCheckedContinuation { continuation in
        DispatchQueue(label: "test").async {
          while flock(lock, LOCK_EX) != 0 {}
          close(lock)
          continuation.resume()
        }
      }
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
  }

  @Test func `leaves no snapshot that counts`() async throws {
    let url = try await SampleSchema.database("killed")
    // pg_dump's stand-in kills its parent, which is the process that takes the snapshot.
    let work = try SnapshotWork("$real \"$@\" | head -c 20000; kill -KILL $PPID; exit 1")
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [url = url.reveal() as String, path = work.folder.path as String] in
      let killed = Snapshotter(
        places: [FolderPlace(path + "/store")], timing: ManualTiming(),
        programs: [PostgresPrograms(folder: path + "/bin", major: nil)])
      _ = try await killed.create(Snapshotter.Order(database: Secret(url)))
    }
    #expect(try work.files().allSatisfy { $0.hasSuffix(".part") } && !work.files().isEmpty)
    #expect(try await work.snapshotter.list().records.isEmpty)
    let next = Snapshotter(places: [FolderPlace(work.store)], timing: ManualTiming())
    let record = try await next.create(work.order(url))
    #expect(try work.files() == [record.manifest.artefactName, record.manifest.manifestName].sorted())
  }
}
