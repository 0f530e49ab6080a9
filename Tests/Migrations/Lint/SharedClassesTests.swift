import Core
import FoundationEssentials
import JSONText
import Migrations
import PgQuery
import Testing

/// The classes of six real histories, held against what a person's regular expressions call destructive.
@Suite struct SharedClassesTests {
  /// Why a migration that somebody called destructive loses no data by our definition.
  enum Reason: String {
    /// It fills what is null, or a column that it adds itself.
    case fills
    /// The new type holds every value of the old one.
    case holds
    /// The words stand in the body of a function, which the migration does not run.
    case body
    /// It drops a table that it made itself.
    case own
    /// The words stand in a DO block: unknown to lint, and said so.
    case unknown
  }

  static let explained: [String: Reason] = [
    "20240414161947_basejump-accounts.sql": .unknown, "20240414162100_basejump-invitations.sql": .body,
    "20230720172051_tokens_non_null": .fills, "20230731162154_score_value_float": .holds,
    "20230809132331_add_project_id_to_observations": .fills,
    "20240404232317_dataset_items_backfill_source_trace_id": .fills,
    "20240429124411_add_prompt_version_labels": .fills, "20240508132736_scores_backfill_project_id": .fills,
    "20240611105521_llm_api_keys_custom_endpoints": .fills,
    "20240718004923_datasets_tables_add_projectid_composite_key": .fills, "20241024100928_add_prices_table": .own,
    "20250711105322_prices_add_project_id": .fills,
    "20251001161539_organization_cloud_billing_cycle_columns": .fills, "20251127105316_add_pricing_tiers": .fills,
    "20250705000000_normalize": .unknown, "20250824164821_client_id_type": .holds,
    "20250917170000_user_display_name_and_username": .holds, "20251219000000_oidc_client_group_restriction": .fills,
    "20260109090200_email_verification": .fills, "05_add_visit_id": .fills,
  ]

  private struct Entry {
    var name: String
    var file: String
    var tool: String
  }

  @Test(.enabled(if: RealHistories.folder != nil, "the real migration histories are not here"))
  func `What loses data is what a person called destructive, or it is said why not`() async throws {
    let folder = try #require(RealHistories.folder)
    var migrations = 0
    var squawk = 0
    var findings = 0
    var differences: Set<String> = []
    for history in ["basejump", "langfuse", "openfga", "openfn", "pocketid", "umami"] {
      let facts = try JSON(parsing: text(of: folder + "/\(history)/facts.json"))
      squawk += Int(facts["squawk"]?["findings"]?.integer ?? 0)
      let destructive = Set((facts["destructive_by_hand"]?.array ?? []).compactMap(\.string))
      var schema = KnownSchema(isComplete: true, serverMajor: 15, timeZone: "UTC")
      for entry in try Self.entries(of: history, in: folder) {
        let sql = try MigrationSQL.up(of: try text(of: entry.file), named: entry.file, tool: entry.tool).get()
        let script = MigrationLint.Script(
          id: MigrationID(entry.name), path: entry.name, sql.transaction,
          .success(await SQLParser.statements(of: sql.text)))
        let report = MigrationLint.judge([script], folding: &schema)
        // Every table that is there already counts as large.
        schema = schema.settled
        for name in schema.relations.keys { schema.relations[name]?.size = .init(rows: 1_000_000, bytes: 1 << 30) }
        migrations += 1
        findings += report.findings.count
        let migration = try #require(report.migrations.first)
        if migration.classes.contains(.dataLosing) != destructive.contains(entry.name) {
          differences.insert(entry.name)
        }
        if Self.explained[entry.name] == .unknown { #expect(!migration.unknown.isEmpty, "\(entry.name)") }
        for effect in migration.effects where effect.unknown.isEmpty { #expect(effect.line > 0) }
      }
    }
    #expect(migrations == 533)
    #expect(differences == Set(Self.explained.keys))
    print("lint: \(findings) findings on \(migrations) migrations whose tables all count as large; squawk: \(squawk)")
    #expect(findings < 500)
    #expect(squawk == 3_372)
  }

  private static func entries(of history: String, in folder: String) throws -> [Entry] {
    let base = folder + "/" + history + "/migrations"
    let names = try FileManager.default.contentsOfDirectory(atPath: base).sorted()
    switch history {
    case "langfuse", "umami":
      return names.filter { FileManager.default.fileExists(atPath: base + "/\($0)/migration.sql") }.map {
        Entry(name: $0, file: base + "/\($0)/migration.sql", tool: "prisma")
      }
    case "pocketid":
      return names.filter { $0.hasSuffix(".up.sql") }.map {
        Entry(name: String($0.dropLast(7)), file: base + "/" + $0, tool: "golang-migrate")
      }
    case "openfn":
      return try text(of: base + "/sqitch.plan").split(separator: "\n").compactMap { line in
        guard let name = line.split(separator: " ").first, !"%@".contains(name.first ?? "%") else { return nil }
        return Entry(name: String(name), file: base + "/deploy/\(name).sql", tool: "sqitch")
      }
    default:
      return names.filter { $0.hasSuffix(".sql") }.map {
        Entry(name: $0, file: base + "/" + $0, tool: history == "openfga" ? "goose" : "supabase")
      }
    }
  }
}
