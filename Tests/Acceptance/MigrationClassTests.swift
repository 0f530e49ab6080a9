import Core
import JSONText
import TestSupport
import Testing

/// Classes of migrations, from the policy to the exit code, on a real PostgreSQL.
@Suite struct MigrationClassTests {
  private func workplace(refuse: String, _ up: String) async throws -> (Workplace, [String: String]) {
    let policy = """
      database:
        url: { env: DATABASE_URL }
        migrations: { tool: sql, directory: migrations\(refuse) }
      checklist:
        - { id: migrations, check: migrations }

      """
    let workplace = try await Workplace(policy: policy, files: ["migrations/001_change.up.sql": up])
    let environment = ["DATABASE_URL": try await ThrowawayPostgres.database("classes").reveal()]
    let made = try await workplace.shell(
      "psql -X -q -v ON_ERROR_STOP=1 \"$DATABASE_URL\" -c \"CREATE TABLE patients (id int, email text)\"", environment)
    try #require(made.exit == 0, "\(made.talk)")
    return (workplace, environment)
  }

  @Test func `lint says what is lost, where and why, and refuses what the policy refuses`() async throws {
    let (workplace, environment) = try await workplace(
      refuse: ", refuse: [data-losing]", "\nALTER TABLE patients DROP COLUMN email;\n")
    let lint = try await workplace.gatehouse(["migrate", "lint", "--format", "json"], environment)
    #expect(lint.exit == 1, "\(lint.talk)")
    #expect(lint.talk.contains("001_change  data-losing  (the policy refuses data-losing)"))
    #expect(lint.talk.contains("migrations/001_change.up.sql:2  drops column patients.email"))
    let document = try lint.document()
    #expect(document["decision"] == "refused" && document["schema"] == "gatehouse.migrate-lint/v1")
    let finding = document["lint"]?["migrations"]?[0]?["findings"]?[0]
    #expect(finding?["rule"] == "drops-column" && finding?["lines"]?[0]?.integer == 2)
    let check = try await workplace.asked("check", with: environment).line("migrations")
    #expect(check?["status"] == "fail", "\(check?.told ?? "")")
    let plan = try await workplace.gatehouse(["migrate", "plan", "--format", "json"], environment)
    #expect(plan.exit == 0 && plan.talk.contains("pending 001_change  data-losing"), "\(plan.talk)")
  }

  @Test func `what a text does not tell is inconclusive, and never passes where a class is refused`() async throws {
    let (workplace, environment) = try await workplace(
      refuse: ", refuse: [data-losing]", "DO $$ BEGIN DELETE FROM patients; END $$;\n")
    let lint = try await workplace.gatehouse(["migrate", "lint", "--format", "json"], environment)
    #expect(lint.exit == 3 && lint.talk.contains("a DO block"), "\(lint.talk)")
    #expect(try lint.document()["decision"] == "inconclusive")
    let check = try await workplace.asked("check", with: environment).line("migrations")
    #expect(check?["status"] == "inconclusive", "\(check?.told ?? "")")
  }

  @Test func `without refuse a class is said and nothing is refused`() async throws {
    let (workplace, environment) = try await workplace(refuse: "", "DROP TABLE patients;\n")
    let lint = try await workplace.gatehouse(["migrate", "lint", "--format", "json"], environment)
    #expect(lint.exit == 0 && lint.talk.contains("001_change  data-losing"), "\(lint.talk)")
    let check = try await workplace.asked("check", with: environment).line("migrations")
    #expect(check?["status"] == "pass", "\(check?.told ?? "")")
  }
}

@Suite(.inTurn) struct `A release with a migration of a refused class` {
  @Test func `is refused before anything is touched, although the checklist has no such line`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.migrations = "    refuse: [additive]"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1, "\(ended)")
    #expect(ended.document["problems"]?[0]?["code"] == "plan.migration-refused", "\(ended)")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `goes on when its class is another, also when only the rehearsal shows it`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = "DO $$ BEGIN ALTER TABLE patients ADD COLUMN born date; END $$;\n"
      $0.migrations = "    refuse: [needs-both-versions, breaking, data-losing]"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 0 && ended.decision == "released", "\(ended)")
    #expect(ended.words.contains("schema and data as before; class as seen: additive"), "\(ended)")
  }

  @Test func `is refused before production by what it did to the copy, where its text does not tell`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.files["migrations/002_born.up.sql"] = "DO $$ BEGIN DELETE FROM patients WHERE id = 1; END $$;\n"
      $0.migrations = "    refuse: [data-losing]"
    }
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"] == "migration.refused-class", "\(ended)")
    #expect(ended.words.contains("patients has 49 rows instead of 50"), "\(ended)")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `stays undecided where it asks what production may answer otherwise than the copy`() async throws {
    let clinic = try await Clinic {
      $0.hasDatabase = true
      $0.checklist = "  - { id: migrations, check: migrations }"
      $0.files["migrations/002_born.up.sql"] = """
        DO $$ BEGIN
          IF current_setting('clinic.name', true) = 'production' THEN DELETE FROM patients; END IF;
        END $$;

        """
      $0.migrations = "    refuse: [data-losing]"
    }
    // Nobody has looked yet, and this looks at nothing.
    let check = try await clinic.run("check")
    #expect(check.exit == 3 && check.words.contains("nobody has rehearsed it"), "\(check)")
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 3 && ended.decision == "unchanged", "\(ended)")
    #expect(ended.document["problem"]?["code"] == "migration.class-open", "\(ended)")
    #expect(ended.words.contains("002_born asks current_setting"), "\(ended)")
    #expect(clinic.moves == [] && clinic.serving == ["old", "old"])
    #expect(try await clinic.migrated() == 0)
  }
}
