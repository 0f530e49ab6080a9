import Core
import OpenSSL
import Postgres

/// Sqitch: `sqitch.plan` with scripts for `psql`, recorded by the ids of the changes in a schema of its own.
///
/// Sqitch deploys what stands after the last deployed change, so that a change planned before it is never deployed. A
/// deploy that fails is taken back by Sqitch itself, as its `--mode` says.
/// Source: sqitch, `lib/App/Sqitch/Engine.pm` and `Engine/pg.sql`.
struct SqitchAdapter: ToolAdapter {
  static let usualRun = "sqitch deploy"
  static let usualDown: String? = "sqitch revert -y ${GATEHOUSE_TARGET:+--to \"$GATEHOUSE_TARGET\"}"

  let rules: MigrationRules
  let surroundings: MigrationSurroundings

  var bookkeeping: Bookkeeping {
    var registry: String?
    do throws(Problem) { registry = try configuration().registry } catch { registry = nil }
    return Bookkeeping(schemas: [registry ?? "sqitch"])
  }

  private func configuration() throws(Problem) -> SqitchConfiguration {
    try SqitchConfiguration(directory: directory, folder: surroundings.folder)
  }

  func entries() throws(Problem) -> [ToolEntry] {
    let configuration = try configuration()
    let plan = try SqitchPlan(try MigrationFile(path: configuration.plan))
    return try plan.changes.map { change throws(Problem) in
      let isOld = !change.reworkedAt.isEmpty
      func script(_ folder: String) -> String {
        let names = isOld ? change.reworkedAt.map { "\(change.name)@\($0)" } : [change.name]
        let paths = names.map { "\(folder)/\($0).\(configuration.fileExtension)" }
        return paths.first(where: MigrationFile.exists) ?? paths[0]
      }
      let revert = script(isOld ? configuration.reworkedRevert : configuration.revert)
      return ToolEntry(
        id: MigrationID(change.shown), version: change.id,
        file: try MigrationFile(path: script(isOld ? configuration.reworkedDeploy : configuration.deploy)),
        form: .psql, runsInTransaction: false,
        down: MigrationFile.exists(revert) ? .ofTool : .none("there is no script that reverts it"))
    }
  }

  func state(_ database: Secret) async throws(Problem) -> MigrationState {
    let configuration = try configuration()
    let entries = try entries()
    let plan = try SqitchPlan(try MigrationFile(path: configuration.plan))
    var record = ToolRecord()
    var renamed: [MigrationState.Drift] = []
    if let table = try await ToolTable(nil, usually: "changes", in: configuration.registry).found(database) {
      let found = try await rows(
        database,
        """
        SELECT change_id, change, script_hash, \(ToolTable.time("committed_at")) AS at
        FROM \(table) WHERE project = $1 ORDER BY committed_at
        """, [plan.project])
      for index in found.rows.indices {
        guard let id = found[index, "change_id"], let name = found[index, "change"] else { continue }
        record.rows.append(
          .init(
            version: id, checksum: found[index, "script_hash"], at: found[index, "at"].flatMap { Timestamp($0) },
            name: name))
        if !entries.contains(where: { $0.version == id }), plan.changes.contains(where: { $0.name == name }) {
          renamed.append(
            .init(id: MigrationID(name), why: "its line in the plan, or a line before it, is not what was deployed"))
        }
      }
    }
    var state = try MigrationState(
      .sqitch, entries: entries, record: record,
      order: .skipped("it is planned before a deployed change: Sqitch passes it over and says nothing"),
      hasDown: hasDown
    ) { entry, row in
      // What was deployed without a script has no hash.
      guard let hash = row.checksum, hash != row.version else { return nil }
      return Digest.hex(Digest.sha1(entry.file.bytes)) == hash
        ? nil : "its deploy script was changed after it was deployed"
    }
    state.drifted += renamed
    if let last = record.rows.last, !entries.contains(where: { $0.version == last.version }) {
      state.obstacles.append(
        .init(
          kind: .unknownApplied, id: MigrationID(last.name ?? last.version),
          why: "Sqitch does not find the last deployed change in the plan"))
    }
    return state
  }

  func variables(_ address: ToolAddress) throws(Problem) -> [String: String] {
    // Everything else comes from libpq's own variables, so that no address is in an argument list of psql.
    ["SQITCH_TARGET": "db:pg:"]
  }

  /// Sqitch writes a failed deploy among its events, and nowhere else.
  func noted(_ database: Secret) async throws(Problem) -> String? {
    let configuration = try configuration()
    guard let table = try await ToolTable(nil, usually: "events", in: configuration.registry).found(database) else {
      return nil
    }
    let last = try await rows(database, "SELECT event, change FROM \(table) ORDER BY committed_at DESC LIMIT 20")
    // After it comes what Sqitch took back, and nothing else.
    guard let newest = last.rows.first(where: { $0[0] != "revert" }), newest[0] == "fail", let change = newest[1] else {
      return nil
    }
    return "Sqitch noted that \(change) failed"
  }
}
