import Core
import FoundationEssentials
import Processes

/// The programs that were built together with the tests.
package enum BuiltProgram {
  /// The package's folder, from where this file was compiled.
  package static let root = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/")

  /// The path of a built program; `GATEHOUSE_BINARIES` names their folder when it is not the usual one.
  package static func path(_ name: String) throws -> String {
    let environment = ProcessInfo.processInfo.environment
    let folder = environment["GATEHOUSE_BINARIES"] ?? root + "/.build/debug"
    let path = folder + "/" + name
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw Problem(
        "test.program", "\(name) is not built", place: path, remedy: "swift build, or set GATEHOUSE_BINARIES")
    }
    return path
  }

  /// The least environment a program needs, and what the case adds.
  package static func environment(_ more: [String: String] = [:]) -> [String: String] {
    let own = ProcessInfo.processInfo.environment
    var clean: [String: String] = ["LANG": "C.UTF-8"]
    for name in ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] { clean[name] = own[name] }
    return clean.merging(more) { $1 }
  }
}
