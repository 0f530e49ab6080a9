import Core
import Glibc
import JSONText
import TestSupport
import Testing

/// Snapshots in object storage, by the built program, with a real PostgreSQL and a real service.
@Suite struct BucketSnapshotTests {
  private struct Place {
    let service: StorageService
    let workplace: Workplace
    let environment: [String: String]
  }

  private func place(locking: Bool = false, rules: [JSON] = [], more: String = "", rows: Int = 2) async throws -> Place
  {
    let service = try StorageService(locking: locking, rules: rules)
    let workplace = try await Workplace(
      policy: """
        database:
          url: { env: DATABASE_URL }
          snapshot:
            to:
              - s3: s3://\(service.bucket)/clinic/prod
                region: us-east-1
                endpoint: "\(service.endpoint)"
                access-key: { env: BUCKET_KEY }
                secret-key: { env: BUCKET_SECRET }
        \(more)
        checklist:
          - { id: backup, check: backup, verified-within: 26h }

        """)
    let keys = service.keys()
    let environment = [
      "DATABASE_URL": try await ThrowawayPostgres.database("bucket").reveal(), "BUCKET_KEY": keys.access.reveal(),
      "BUCKET_SECRET": keys.secret.reveal(),
    ]
    let made = try await workplace.shell(
      """
      psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "CREATE TABLE patients (id int PRIMARY KEY, name text);
      INSERT INTO patients SELECT n, string_agg(md5(n || '-' || m), '') FROM generate_series(1, \(rows)) n, \
      generate_series(1, 64) m GROUP BY n"
      """, environment)
    try #require(made.exit == 0, "\(made.talk)")
    return Place(service: service, workplace: workplace, environment: environment)
  }

  @Test func `one is taken, proven, listed, counted as a backup and brought back`() async throws {
    let place = try await place()
    let created = try await place.workplace.gatehouse(["snapshot", "create", "--format", "json"], place.environment)
    #expect(created.exit == 0, "\(created.talk)")
    let id = try #require(try created.document()["snapshot"]?["manifest"]?["id"]?.string)
    let listed = try await place.workplace.asked("snapshot", "list", with: place.environment)["snapshots"]?.array ?? []
    #expect(listed.map { $0["manifest"]?["id"]?.string } == [id])
    let checked = try await place.workplace.asked("check", with: place.environment)
    #expect(checked.line("backup")?["status"] == "pass", "\(checked.line("backup")?.told ?? "")")
    let restored = try await place.workplace.gatehouse(["snapshot", "restore", id, "--yes"], place.environment)
    #expect(restored.exit == 0, "\(restored.talk)")
    let all =
      try created.output + created.talk + restored.output + restored.talk
      + place.service.seen.map(\.path).joined()
    for name in ["BUCKET_KEY", "BUCKET_SECRET"] { #expect(!all.contains(place.environment[name] ?? "?")) }
    #expect(!all.contains("Signature="))
    // A snapshot that is not in the bucket any more is no backup.
    let wrong = place.environment.merging(["BUCKET_SECRET": "wrong"]) { $1 }
    let refused = try await place.workplace.gatehouse(["snapshot", "list", "--format", "json"], wrong)
    #expect(refused.exit == 4)
    #expect(try refused.document()["problems"]?[0]?["code"] == "storage.key")
    #expect(try await place.workplace.asked("check", with: wrong).line("backup")?["status"] == "inconclusive")
  }

  @Test func `a locked one stays, its verification does not, and what fails half-way is taken back`() async throws {
    let place = try await place(locking: true, more: "        lock: 90d")
    let created = try await place.workplace.gatehouse(["snapshot", "create", "--format", "json"], place.environment)
    #expect(created.exit == 0, "\(created.talk)")
    let id = try #require(try created.document()["snapshot"]?["manifest"]?["id"]?.string)
    let locked = try place.service.seen.filter { $0.method == "PUT" && $0.path.contains("?retention=") }
    #expect(locked.map { $0.path.contains("\(id).dump.zst") } == [true])
    let puts = try place.service.seen.filter { $0.method == "PUT" && !$0.path.contains("?") }
    #expect(
      puts.map { $0.headers["x-amz-object-lock-mode"]?.string } == [nil, "GOVERNANCE", nil],
      "bytes first, then the manifest, then the proof")

    let other = try await self.place(locking: false, more: "        lock: 90d")
    let refused = try await other.workplace.gatehouse(["snapshot", "create", "--format", "json"], other.environment)
    #expect(refused.exit == 4)
    #expect(try refused.document()["problems"]?[0]?["code"] == "storage.lock")
    #expect(try !other.service.seen.contains { $0.method == "PUT" }, "it is known before anything is dumped")
  }

  @Test func `killed in the middle of an upload, nothing is under the name, and the next one works`() async throws {
    let place = try await place(
      rules: [["method": "PUT", "match": "partNumber=2", "times": 1, "hang": true]], rows: 14_000)
    let program = try BackgroundProgram(
      [
        "sh", "-c", "cd \"$0\" && echo begun && exec \"$1\" snapshot create >/dev/null 2>&1",
        place.workplace.path, try BuiltProgram.path("gatehouse"),
      ], environment: place.environment)
    while try !place.service.seen.contains(where: { $0.status == "hang" }) { await Task.yield() }
    kill(program.process, SIGKILL)
    let listed = try await place.workplace.asked("snapshot", "list", with: place.environment)
    #expect(listed["snapshots"]?.array?.isEmpty == true)
    let before = try place.service.seen.count { $0.method == "DELETE" }
    // The service dates every upload to 2010: what was left is old, and ours.
    let created = try await place.workplace.gatehouse(["snapshot", "create"], place.environment)
    #expect(created.exit == 0, "\(created.talk)")
    #expect(created.talk.contains("ended 1 unfinished uploads"), "\(created.talk)")
    #expect(try place.service.seen.count { $0.method == "DELETE" } == before + 1)
  }
}
