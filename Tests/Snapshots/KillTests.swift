import Age
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

  /// Every place that a process that takes and proves an encrypted snapshot in two places can be killed at.
  @Test(arguments: 1...27)
  func `at any step of taking and proving leaves a whole snapshot or none`(step: Int) async throws {
    let work = try SnapshotWork(places: ["store", "second"])
    let url = try await ThrowawayPostgres.database("step")
    try await SampleSchema.run("CREATE TABLE t AS SELECT generate_series(1, 100) AS a", on: url)
    let scratch = try await ThrowawayPostgres.server().url()
    let identity = AgeIdentity.make()
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [
        url = url.reveal() as String, path = work.folder.path as String, scratch = scratch.reveal() as String,
        recipient = try identity.recipient().description as String, step = step as Int
      ] in
      let steps = Steps(before: step)
      let snapshotter = Snapshotter(
        places: ["store", "second"].map { KillingPlace(folder: FolderPlace(path + "/" + $0), steps: steps) },
        keys: SnapshotKeys(recipients: [try AgeRecipient(recipient)]), timing: ManualTiming())
      var order = Snapshotter.Order(database: Secret(url))
      order.id = "run"
      let record = try await snapshotter.create(order)
      _ = try await snapshotter.verify(record, how: .restore, scratch: .server(Secret(scratch)))
      // Past the last step.
      kill(getpid(), SIGKILL)
    }
    let custodian = work.with(SnapshotKeys(recipients: [try identity.recipient()], identities: [identity]))
    let listing = try await custodian.list()
    #expect(listing.problems.isEmpty && listing.records.count < 2)
    for record in listing.records { #expect(try await custodian.verify(record, how: .read).places == record.places) }
    // And the same id can be taken again.
    if listing.newestProven == nil {
      try await custodian.discard("run")
      var order = work.order(url)
      order.id = "run"
      #expect(try await custodian.create(order).places.count == 2)
    }
  }
}
