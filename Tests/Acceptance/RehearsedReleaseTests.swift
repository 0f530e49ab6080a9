import Core
import FoundationEssentials
import JSONText
import TestSupport
import Testing

@Suite(.inTurn) struct `A release whose migrations are rehearsed on the restored copy` {
  private static let slow = """
    ALTER TABLE patients ADD COLUMN born date;
    -- Stands for work that takes a second.
    SELECT pg_sleep(1);

    """

  @Test func `is refused before production when they lock a table for longer than the policy allows`() async throws {
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

  @Test func `goes out with a shorter lock, and says which was the strongest`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = Self.slow
      $0.migrations = """
            longest-lock: 10m
            then-run: psql --no-psqlrc -d "$DATABASE_URL" -c "UPDATE patients SET name = name" && echo "${GATEHOUSE_REHEARSAL:-real} $DATABASE_URL" >>seen && env >"env-${GATEHOUSE_REHEARSAL:-real}"
        """
      $0.environment = [
        "REPLICA": "postgres://replica.example/clinic", "PAYMENTS_KEY": "sk-live", "MAILER": "kept",
        "GATEHOUSE_REHEARSAL_KEEP": "MAILER REPLICA",
      ]
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && ended.decision == "released", "\(ended)")
    // First on the copy, then in production.
    let seen = try clinic.text("seen").split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    #expect(seen.map(\.first) == ["1", "real"] && Set(seen.map(\.last)).count == 2)
    let (rehearsed, real) = (try clinic.text("env-1"), try clinic.text("env-real"))
    #expect(rehearsed.contains("MAILER=kept") && rehearsed.contains("PGPASSFILE=/nonexistent"))
    #expect(!rehearsed.contains("sk-live") && !rehearsed.contains("replica.example"))
    #expect(ended.words.contains("commands of the rehearsal, network: "))
    #expect(real.contains("sk-live") && real.contains("replica.example"))
    let line = try #require(ended.words.split(separator: "\n").first { $0.contains("rehearse ") })
    #expect(line.contains("(strongest lock ") && line.contains(" s on patients), then-run "), "\(line)")
    #expect(line.hasSuffix("schema and data as before"), "\(line)")

    let told = try await clinic.run("explain", ended.document["run"]?.string ?? "")
    let facts = told.document["records"]?.array?.first { record in
      record["action"]?.string == "rehearse" && record["facts"] != nil
    }?["facts"]
    let lock = facts?["seen"]?["up"]?["locks"]?.array?.first { $0["table"]?.string == "patients" }
    #expect(lock?["mode"]?.string == "ACCESS EXCLUSIVE", "\(told)")
    #expect((lock?["stopsReaders"]?["atMostMs"]?.integer ?? 0) >= 1000)
    #expect(facts?["live"]?["how"]?.string == "measured" && facts?["down"]?.string == "proved")
  }

  @Test func `is refused before production when what follows them fails on the copy`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.migrations = "    then-run: psql --no-psqlrc -d \"$DATABASE_URL\" -c 'SELECT died FROM patients'"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "migration.then-run-failed")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }

  /// The schema comes back; what was in the column does not.
  @Test func `is told that its way back ends well and brings back other data`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = "ALTER TABLE patients DROP COLUMN name;\n"
      $0.files["migrations/002_born.down.sql"] = "ALTER TABLE patients ADD COLUMN name text;\n"
    }
    let ended = try await clinic.run("deploy")
    let line = try #require(ended.words.split(separator: "\n").first { $0.contains("rehearse ") })
    #expect(line.contains("not as before: ") && line.contains("patients"), "\(line)")
    #expect(line.hasSuffix("the schema would stay"), "\(line)")
  }

  /// What an empty copy would let through.
  @Test func `is stopped before production by what the rows do not bear`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = "ALTER TABLE patients ADD UNIQUE (name);\n"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 4 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "migration.statement-failed")
    #expect(!ended.words.contains("Joana") && !ended.output.contains("Joana"))
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }

  /// What happens in production only, no rehearsal shows.
  @Test func `is taken back when it leaves an index invalid, although its tool says that all went well`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = """
        CREATE INDEX by_name ON patients (name);
        UPDATE pg_index SET indisvalid = current_database() LIKE 'gatehouse_%' WHERE indexrelid = 'by_name'::regclass;

        """
      $0.files["migrations/002_born.down.sql"] = "DROP INDEX by_name;\n"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(ended.document["problem"]?["code"]?.string == "migration.invalid-index", "\(ended)")
    #expect(ended.words.contains("DROP INDEX CONCURRENTLY public.by_name"), "\(ended)")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }
}
