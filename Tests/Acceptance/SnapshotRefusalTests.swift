import Core
import FoundationEssentials
import Postgres
import Processes
import TestSupport
import Testing

/// A snapshot that cannot be had: the migration never starts, and production is not touched.
@Suite(.inTurn) struct `No snapshot, no migration` {
  private func expectUntouched(_ clinic: Clinic, _ ended: Ended, _ codes: [String]) async throws {
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    let problem = ended.document["problem"]
    #expect(codes.contains(problem?["code"]?.string ?? ""), "\(ended)")
    #expect(problem?["remedy"]?.string != nil, "\(ended)")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
    #expect(try await clinic.finished() == ["stage:api", "stage:web", "discard:web", "discard:api"])
  }

  @Test func `when the role does not see a table`() async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    let database = try #require(clinic.database)
    try await withConnection(database) { connection throws(PostgresError) in
      try await connection.run(
        """
        DO $$ BEGIN CREATE ROLE narrow LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        GRANT ALL ON SCHEMA public TO narrow;
        GRANT SELECT ON patients TO narrow;
        CREATE TABLE diagnoses (id int);
        """)
    }
    let url = database.reveal()
    let user = try #require(url.firstRange(of: "://")?.upperBound)
    let host = try #require(url.firstIndex(of: "@"))
    let narrow = url[..<user] + "narrow" + url[host...]
    let ended = try await clinic.run("deploy", with: ["DATABASE_URL": String(narrow)])
    try await expectUntouched(clinic, ended, ["snapshot.unreadable-table"])
    #expect(ended.words.contains("diagnoses"))
  }

  /// The programs of PostgreSQL taken away, as on a runner that lacks them; needs a mount of its own.
  @Test(arguments: [nil, "9.6.24"] as [String?])
  func `when pg_dump is missing or older than the server`(_ version: String?) async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    guard await Mounts.areAllowed() else { return }
    let programs = clinic.folder.path + "/.git/programs"
    try FileManager.default.createDirectory(atPath: programs, withIntermediateDirectories: true)
    for name in ["sh", "git", "mount", "rm"] { try await shell("ln -s $(command -v \(name)) '\(programs)'", in: "/") }
    if let version {
      for name in ["pg_dump", "pg_restore", "psql"] {
        try clinic.folder.write("#!/bin/sh\necho '\(name) (PostgreSQL) \(version)'\n", to: ".git/programs/" + name)
        try await shell("chmod +x '\(programs)/\(name)'", in: "/")
      }
    }
    let ended = try await clinic.run(
      "deploy", with: ["PATH": programs],
      wrapper: #"exec unshare -m sh -c 'mount -t tmpfs none /usr/lib/postgresql && exec "$@"' sh "$@""#
        .replacing("unshare", with: try await shell("command -v unshare", in: "/")))
    try await expectUntouched(
      clinic, ended, [version == nil ? "snapshot.no-postgres-programs" : "snapshot.client-too-old"])
  }

  @Test func `when the disk is full`() async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    guard await Mounts.areAllowed() else { return }
    let ended = try await clinic.run(
      "deploy",
      wrapper: """
        mkdir -p .gatehouse/snapshots
        exec unshare -m sh -c 'mount -t tmpfs -o size=16k none .gatehouse/snapshots && exec "$@"' sh "$@"
        """)
    try await expectUntouched(clinic, ended, ["snapshot.disk-full"])
  }

  @Test func `when its folder cannot be written`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.snapshots = "README"
      $0.files["README"] = "a file, not a folder\n"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    #expect(clinic.moves == [])
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `when it cannot be restored to be compared`() async throws {
    let clinic = try await Clinic { $0.hasDatabase = true }
    let ended = try await clinic.run(
      "deploy", with: ["SCRATCH_URL": "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"])
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    #expect(clinic.moves == [])
    #expect(try await clinic.migrated() == 0)
  }
}

/// Whether this user may mount what only one process sees.
enum Mounts {
  static func areAllowed() async -> Bool {
    do {
      try await shell("unshare -m mount -t tmpfs none /mnt", in: "/")
      return true
    } catch {
      print("NOT RUN: a test that hides programs or fills a disk (this user may not mount)")
      return false
    }
  }
}
