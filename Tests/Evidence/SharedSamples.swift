import Core
import FoundationEssentials
import JSONText
import Testing

/// The collection of real reports that lies beside a checkout of the project, when it does.
enum SharedSamples {
  /// `GATEHOUSE_SHARED`, else the folder `shared` beside the package; `nil` when there is none.
  static let folder: String? = {
    let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let candidates = [
      ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"], "/" + package + "/../shared",
      "/" + package + "/../../shared",
    ]
    let found = candidates.compactMap { $0 }.first { FileManager.default.fileExists(atPath: $0 + "/evidence") }
    if found == nil { print("NOT TESTED: the real reports are not here (set GATEHOUSE_SHARED)") }
    return found
  }()

  static let isHere = folder != nil

  static func path(_ name: String) -> String { (folder ?? "") + "/evidence/" + name }

  static func expected(_ format: String) throws -> JSON {
    let data = try Data(contentsOf: URL(filePath: path(format + "/EXPECTED.json")))
    return try JSON(parsing: [UInt8](data))
  }

  /// Each file of the format with its expected facts.
  static func files(_ format: String) throws -> [(name: String, entry: JSON)] {
    try (expected(format)["files"]?.members ?? []).map { ($0.key, $0.value) }
  }
}
