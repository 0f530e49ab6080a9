import Age
import Core
import FoundationEssentials
import TestSupport
import Testing

/// Releases whose snapshots are encrypted to keys that the releasing machine may not have.
@Suite(.inTurn) struct `A release with encrypted snapshots` {
  private let identity = AgeIdentity.make()

  private func clinic(onRollback: String, holdsKey: Bool = false, build: String? = nil) async throws -> Clinic {
    let recipient = try identity.recipient()
    return try await Clinic { recipe in
      recipe.hasDatabase = true
      recipe.onRollback = onRollback
      recipe.encryption = ", encrypt-to: [backup.pub], identity: { env: BACKUP_IDENTITY }"
      recipe.files["backup.pub"] = "\(recipient)\n"
      recipe.api = build.map { "    build: \($0)\n" } ?? ""
      if holdsKey { recipe.environment["BACKUP_IDENTITY"] = identity.reveal() }
    }
  }

  private func snapshots(_ clinic: Clinic) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: clinic.folder.path + "/.gatehouse/snapshots").sorted()
  }

  @Test func `proves, rehearses and takes back the database without the key`() async throws {
    let clinic = try await clinic(onRollback: "down-if-safe")
    clinic.fallIll(times: 3)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6 && ended.decision == "rolled-back", "\(ended)")
    #expect(try await clinic.migrated() == 0)
    // The run's snapshot and that of the present, and nothing else that holds a row.
    let names = try snapshots(clinic)
    #expect(names.count { $0.hasSuffix(".dump.zst.age") } == 2 && names.count { $0.hasSuffix(".verified.json") } == 2)
    #expect(names.allSatisfy { $0.hasSuffix(".json") || $0.hasSuffix(".age") })
  }

  @Test func `encrypts to the keys of its own commit, whatever a build commits`() async throws {
    let other = try AgeIdentity.make().recipient()
    let clinic = try await clinic(
      onRollback: "down-if-safe",
      build: "cd ../.. && echo \(other) > backup.pub && git -c user.name=x -c user.email=x@x commit -qam moved")
    let ended = try await clinic.run("deploy")
    let moved = try String(contentsOfFile: clinic.folder.path + "/backup.pub", encoding: .utf8)
    #expect(moved == "\(other)\n", "the build did what it was to do: \(ended)")
    let manifest = try #require(try snapshots(clinic).first { $0.hasSuffix(".dump.zst.age") }).replacing(
      ".dump.zst.age", with: ".json")
    let text = try String(contentsOfFile: clinic.folder.path + "/.gatehouse/snapshots/" + manifest, encoding: .utf8)
    #expect(try text.contains("\(identity.recipient())") && !text.contains("\(other)"))
  }

  @Test func `that would be restored on the way back is not begun without the key`() async throws {
    let clinic = try await clinic(onRollback: "restore")
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 1 && ended.words.contains("could not be restored on the way back"), "\(ended)")
    #expect(ended.words.contains("database.snapshot.identity"))
    #expect(clinic.moves == [])
    #expect(try await clinic.migrated() == 0)
  }

  @Test func `is restored on the way back by whoever has it`() async throws {
    let clinic = try await clinic(onRollback: "restore", holdsKey: true)
    clinic.fallIll(times: 3)
    let ended = try await clinic.run("deploy")
    #expect(ended.exit == 6, "\(ended)")
    #expect(try await clinic.migrated() == 0)
    #expect(!ended.words.contains(identity.reveal()) && !ended.document.text().contains(identity.reveal()))
  }
}
