import Core
import FoundationEssentials
import OpenSSL

/// A file of SQL with its digest.
struct MigrationFile: Hashable, Sendable {
  /// Larger files are data, not migrations.
  static let largest = 32 << 20
  static let mostFiles = 20_000

  let path: String
  let bytes: [UInt8]
  let sha256: String

  init(path: String) throws(Problem) {
    let data: Data
    do {
      let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
      guard size <= MigrationFile.largest else {
        throw Problem(
          "migration.too-large", "a migration is larger than \(MigrationFile.largest >> 20) MiB", place: path,
          remedy: "load data by other means")
      }
      data = try Data(contentsOf: URL(filePath: path))
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem(
        "migration.unreadable", "a migration cannot be read", place: path, why: MigrationFile.reason(error),
        remedy: "see that the file is there and may be read")
    }
    self.path = path
    bytes = [UInt8](data)
    sha256 = Digest.hex(Digest.sha256(bytes))
  }

  /// The text, without a byte order mark.
  func text() throws(Problem) -> String {
    let body = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
    guard !body.contains(0), let text = String(validating: body, as: UTF8.self) else {
      throw Problem(
        "migration.not-text", "a migration is not UTF-8 text", place: path, remedy: "save the file as UTF-8")
    }
    return text
  }

  /// The names in a folder, sorted by their bytes.
  static func names(in folder: String) throws(Problem) -> [String] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw Problem(
        "migration.no-folder", "the folder of the migrations cannot be read", place: folder, why: reason(error),
        remedy: "see `directory` in the policy's migrations")
    }
    guard names.count <= mostFiles else {
      throw Problem("migration.too-many", "the folder holds more than \(mostFiles) entries", place: folder)
    }
    return names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
  }

  static func isFolder(_ path: String) -> Bool {
    var isFolder = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder
  }

  static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  private static func reason(_ error: any Error) -> String {
    switch (error as? CocoaError)?.code {
    case .fileReadNoSuchFile?, .fileNoSuchFile?: "it is not there"
    case .fileReadNoPermission?: "permission denied"
    default: "it could not be opened"
    }
  }
}
