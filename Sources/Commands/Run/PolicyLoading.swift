import FoundationEssentials
import PolicyFile

/// Reads the policy and everything it extends.
enum PolicyLoading {
  struct Loaded: Sendable {
    var loaded: LoadedPolicy
    /// Absolute: what paths in the policy are relative to.
    var folder: String
  }

  static func load(_ path: String) -> Result<Loaded, PolicyProblems> {
    let absolute = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    let folder = absolute.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
    return PolicyFile.load(path: path).map { Loaded(loaded: $0, folder: folder.isEmpty ? "/" : folder) }
  }
}
