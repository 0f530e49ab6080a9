import Core
import FoundationEssentials
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

/// A machine that gives way while a snapshot is proven says nothing about the snapshot.
@Suite struct `A scratch server that gives way` {
  /// `pg_restore` for everything but what creating a snapshot asks of it.
  private static func restoring(_ script: String) -> String {
    "case \" $* \" in *\" --list \"*) exec $real \"$@\";; esac; test -e \"$folder/well\" && exec $real \"$@\"\n"
      + script
  }

  struct Way: Sendable, CustomTestStringConvertible {
    let what: String
    let script: String
    var takesProof = false
    var testDescription: String { what }
  }

  @Test(arguments: [
    Way(what: "pg_restore is killed", script: "kill -KILL $$"),
    Way(
      what: "its processes are ended",
      script: """
        $psql -X -q -d postgres -c "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
          WHERE datname = '$(cat "$folder/scratch")'" >/dev/null
        echo 'pg_restore: error: could not execute query: ERROR:  something else' >&2; exit 1
        """),
    Way(
      what: "its disk is full",
      script: """
        echo 'pg_restore: error: COPY failed for table "t": ERROR:  could not extend file "base/1/2": No space left on device' >&2
        exit 1
        """),
    Way(
      what: "somebody ends the statement",
      script: """
        echo 'pg_restore: error: could not execute query: ERROR:  canceling statement due to user request' >&2; exit 1
        """),
    Way(
      what: "nothing: the snapshot itself is no good",
      script: "echo 'pg_restore: error: could not execute query: ERROR:  division by zero' >&2; exit 1",
      takesProof: true),
  ])
  func `takes no proof away, and what is the snapshot's own fault does`(_ way: Way) async throws {
    let work = try SnapshotWork(wrapping: "pg_restore", Self.restoring(way.script))
    let scratch = try await ThrowawayPostgres.database("scratch")
    try work.folder.write(try ConnectionAddress(scratch).database ?? "", to: "scratch")
    try work.folder.write("", to: "well")
    let record = try await work.prove(work.create(ThrowawayPostgres.database("way")))
    try FileManager.default.removeItem(atPath: work.folder.path + "/well")
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.verify(record, how: .restore, scratch: .server(scratch))
    }
    #expect(
      problem?.code == (way.takesProof ? "snapshot.restore-failed" : "snapshot.scratch-failed"),
      "\(String(describing: problem))")
    #expect(try await (work.snapshotter.list().newestProven == nil) == way.takesProof)
    #expect(try work.files().contains { $0.hasSuffix(".hold.json") } == way.takesProof)
  }

  /// Where its words are not known, nobody may conclude from them; they are asked for in English where the role may.
  @Test(arguments: [
    ("C", true), ("C.UTF-8", true), ("POSIX", true), ("en_US.UTF-8", true), ("English_United States.1252", true),
    ("pt_BR.UTF-8", false), ("", false), ("de_DE@euro", false),
  ])
  func `is understood in English only`(language: String, isUnderstood: Bool) {
    #expect(ScratchFailure.isEnglish(language) == isUnderstood)
  }

  @Test func `because its disk is full takes no proof away`() async throws {
    let work = try SnapshotWork()
    let disk = work.folder.path + "/disk"
    try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
    func run(_ words: [String]) async throws -> Bool {
      try await SystemProcessRunner().run(
        Command(words, environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"], folder: "/", timeout: .seconds(30))
      ).succeeded
    }
    // A new server and its first log take 55 MB of it.
    guard try await run(["mount", "-t", "tmpfs", "-o", "size=72m,mode=0711", "none", disk]) else {
      print("skipped: a scratch server on a full disk (this user may not mount a small one)")
      return
    }
    try FileManager.default.setAttributes([.posixPermissions: 0o711], ofItemAtPath: work.folder.path)
    let url = try await ThrowawayPostgres.database("fulldisk")
    try await SampleSchema.run(
      "CREATE TABLE t AS SELECT repeat('x', 1900) AS x FROM generate_series(1, 15000)", on: url)
    let record = try await work.prove(work.create(url))
    let problem = await #expect(throws: Problem.self) {
      try await work.snapshotter.verify(record, how: .restore, scratch: .local(folder: disk))
    }
    #expect(problem?.code == "snapshot.scratch-failed", "\(String(describing: problem))")
    #expect(try await work.snapshotter.list().newestProven?.id == record.id)
    #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])
    #expect(try await run(["umount", disk]))
  }
}
