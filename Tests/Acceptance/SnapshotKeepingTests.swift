import Core
import JSONText
import TestSupport
import Testing

/// Snapshots by a schedule, and which of them stay.
@Suite struct SnapshotKeepingTests {
  private func workplace(_ rules: String) async throws -> (Workplace, [String: String]) {
    let workplace = try await Workplace(
      policy: """
        database:
          url: { env: DATABASE_URL }
          snapshot: { to: [{ directory: snapshots }], verify: read, \(rules) }

        """)
    let database = try await ThrowawayPostgres.database("keeping")
    let environment = ["DATABASE_URL": database.reveal()]
    let made = try await workplace.shell(
      "psql -X -q \"$DATABASE_URL\" -c 'CREATE TABLE patients (id int); INSERT INTO patients VALUES (1)'", environment)
    #expect(made.exit == 0, "\(made.talk)")
    return (workplace, environment)
  }

  @Test func `a schedule is late until its snapshot is there`() async throws {
    let (workplace, environment) = try await workplace("keep: { hourly: 7d }")
    let late = try await workplace.gatehouse(["snapshot", "status", "--format", "json"], environment)
    #expect(late.exit == 1)
    #expect(try late.document()["decision"] == "late")

    let run = try await workplace.gatehouse(
      ["snapshot", "run", "--schedule", "hourly", "--format", "json"], environment)
    #expect(run.exit == 0, "\(run.talk)")
    #expect(try run.document()["snapshot"]?["manifest"]?["purpose"] == "hourly")
    let status = try await workplace.gatehouse(["snapshot", "status", "--format", "json"], environment)
    #expect(status.exit == 0, "\(status.talk)")
    #expect(try status.document()["decision"] == "in-time")
    #expect(try status.document()["lateAfterMilliseconds"]?.integer == 7_200_000)
  }

  @Test func `without a schedule nothing is in time, and nothing is removed`() async throws {
    let (workplace, environment) = try await workplace("exclude: []")
    let status = try await workplace.gatehouse(["snapshot", "status"], environment)
    #expect(status.exit == 3 && status.talk.contains("late-after"), "\(status.talk)")
    let prune = try await workplace.gatehouse(["snapshot", "prune", "--yes"], environment)
    #expect(prune.exit == 2 && prune.talk.contains("database.snapshot.keep"), "\(prune.talk)")
    let wrong = try await workplace.gatehouse(["snapshot", "run", "--schedule", "safety"], environment)
    #expect(wrong.exit == 2, "\(wrong.talk)")
  }

  /// Of three in one hour the newest stays; prune shows it, does nothing without `--yes`, and a hold keeps one more.
  @Test func `what is pruned is shown first, and what is held stays`() async throws {
    let (workplace, environment) = try await workplace("keep: { hourly: 7d }")
    var ids: [String] = []
    for _ in 0..<3 {
      let taken = try await workplace.asked("snapshot", "create", with: environment)
      ids.append(try #require(taken["snapshot"]?["manifest"]?["id"]?.string))
    }
    let held = try await workplace.gatehouse(
      ["snapshot", "hold", ids[0], "--reason", "Inquiry 7", "--as", "counsel"], environment)
    #expect(held.exit == 0, "\(held.talk)")
    let shown = try await workplace.gatehouse(["snapshot", "prune"], environment)
    #expect(shown.exit == 0 && shown.output.contains("nothing was removed"), "\(shown.output) \(shown.talk)")
    #expect(try await workplace.asked("snapshot", "list", with: environment)["snapshots"]?.array?.count == 3)

    let pruned = try await workplace.asked("snapshot", "prune", "--yes", with: environment)
    #expect(pruned["decision"] == "removed")
    let gone = pruned["snapshots"]?.array?.filter { $0["stays"] == false } ?? []
    // Taken around the turn of an hour, both of the others are the newest of theirs.
    let left = try await workplace.asked("snapshot", "list", with: environment)["snapshots"]?.array ?? []
    #expect(left.count == 3 - gone.count)
    let names = left.compactMap { $0["manifest"]?["id"]?.string }
    #expect(names.contains(ids[0]) && names.contains(ids[2]))
    #expect(pruned.text().contains("held by counsel: Inquiry 7"))
    #expect(try await workplace.gatehouse(["snapshot", "hold", ids[0], "--end"], environment).exit == 0)
    #expect(try await !workplace.asked("snapshot", "prune", with: environment).text().contains("Inquiry 7"))
  }
}
