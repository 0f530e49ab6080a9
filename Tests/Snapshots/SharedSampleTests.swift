import Core
import FoundationEssentials
import Glibc
import JSONText
import Postgres
import Processes
import Snapshots
import TestSupport
import Testing

/// Databases of others with their digests measured by others, in a folder that not everybody has.
enum SharedSamples {
  static let folder: String? = {
    let root = getenv("GATEHOUSE_SHARED").map { String(cString: $0) } ?? besidePackage() + "/shared"
    let samples = root + "/databases/samples"
    if FileManager.default.fileExists(atPath: samples) { return samples }
    print(
      "skipped: the shared sample databases are not at \(samples); set GATEHOUSE_SHARED to the folder that has them")
    return nil
  }()

  /// The folder that holds the package's own one.
  private static func besidePackage() -> String {
    var parts = #filePath.split(separator: "/").map(String.init)
    while !parts.isEmpty {
      parts.removeLast()
      let path = "/" + parts.joined(separator: "/")
      if FileManager.default.fileExists(atPath: path + "/Package.swift") {
        return "/" + parts.dropLast().joined(separator: "/")
      }
    }
    return ".."
  }
}

@Suite(.enabled(if: SharedSamples.folder != nil, "the shared sample databases are not here"))
struct
  `A real sample database`
{
  @Test(arguments: ["northwind", "pagila"])
  func `has the digests that others measured, and comes back as it was`(_ name: String) async throws {
    let folder = try #require(SharedSamples.folder) + "/" + name
    let facts = try JSON(parsing: [UInt8](#require(FileManager.default.contents(atPath: folder + "/facts.json"))))
    let url = try await ThrowawayPostgres.database(name)
    let address = try ConnectionAddress(url)
    var environment = address.childEnvironment()
    environment["PATH"] = "/usr/bin:/bin"
    for file in try #require(facts["load_order"]?.array).compactMap(\.string) {
      let psql = try PostgresPrograms.find("psql").path("psql")
      let loaded = try await SystemProcessRunner().run(
        Command(
          [psql, "-X", "-q", "-f", folder + "/" + file], environment: environment, folder: "/", timeout: .seconds(120)))
      #expect(loaded.succeeded)
    }
    let work = try SnapshotWork()
    let record = try await work.create(url)
    // Others hashed the rows' text.
    var textual = record.manifest.description
    for name in textual.tables.keys { textual.tables[name]?.hash = .text }
    let tables = try await describe(database: url, like: textual).tables
    let expected = try #require(facts["tables"]?.members)
    #expect(expected.count > 10)
    for member in expected {
      #expect(tables[member.key]?.rows ?? 0 == member.value["rows"]?.integer, "\(member.key)")
      #expect(tables[member.key]?.digest ?? "0" == member.value["digest"]?.string, "\(member.key)")
    }
    #expect(record.manifest.description.rows == facts["total_rows"]?.integer)
    #expect(try await work.prove(record).isProven)
  }
}
