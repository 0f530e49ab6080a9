import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

@Suite(.inTurn) struct `A release whose migrations lock a table` {
  private static let slow = """
    ALTER TABLE patients ADD COLUMN born date;
    -- Stands for work that takes a second.
    SELECT pg_sleep(1);

    """

  @Test func `for longer than the policy allows is refused before production`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = Self.slow
      $0.migrations = "    longest-lock: 100ms"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "migration.lock-too-long")
    #expect(ended.words.contains("patients: ACCESS EXCLUSIVE, reads and writes wait"), "\(ended)")
    #expect(ended.words.contains("migrations/002_born.up.sql:1"), "\(ended)")
    #expect(!ended.words.contains("production begins"))
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `for less goes out, and says which was the strongest`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = Self.slow
      $0.migrations = "    longest-lock: 10m"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && ended.decision == "released", "\(ended)")
    let line = try #require(ended.words.split(separator: "\n").first { $0.contains("rehearse ") })
    #expect(line.contains("(strongest lock ") && line.contains(" s on patients), down "), "\(line)")
    #expect(line.hasSuffix("schema and data as before"), "\(line)")
  }
}
