import FoundationEssentials
import TestSupport

/// A folder for one file of raw bytes.
final class TemporaryFolderBytes {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  func write(_ bytes: [UInt8]) throws -> String {
    let path = folder.path + "/report"
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }
}
