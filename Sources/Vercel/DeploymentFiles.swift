import Core
import Dispatch

/// A file of a deployment, as it is uploaded and listed.
package struct DeploymentFile: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// On disk, with an absolute path.
    case file(String)
    /// What a symbolic link says.
    case link([UInt8])
  }

  /// Relative to the deployed folder, with `/`.
  package var path: String
  package var content: Content
  package var size: Int
  /// The POSIX `st_mode`, its permissions reduced to 0644 or 0755.
  package var mode: Int
  /// SHA-1, lower-case hexadecimal.
  package var sha1: String

  var json: JSON {
    [
      "file": .string(path), "sha": .string(sha1), "size": .integer(Int64(size)), "mode": .integer(Int64(mode)),
    ]
  }
}

/// The files of one deployment.
package struct DeploymentFiles: Hashable, Sendable {
  /// Sorted by path.
  package var files: [DeploymentFile]
  /// Made by `vercel build`: uploaded as it is, not built again.
  package var isPrebuilt: Bool
  /// Files of secrets that were left out although the vendor's client would upload them.
  package var secretsLeftOut: [String]
  /// Sockets, devices and the like.
  package var otherLeftOut: [String]

  package var bytes: Int { files.reduce(0) { $0 + $1.size } }

  /// The vendor takes no more in one deployment (vercel/terraform-provider-vercel#289).
  static let most = 15_000
  /// Deeper folders are refused: something is wrong with the tree.
  static let deepest = 64
}

extension DeploymentFiles {
  /// Reads and hashes the folder.
  ///
  /// A prebuilt output (`.vercel/output/config.json`) is used when it is there: then only that is taken, with the files
  /// its functions name in `filePathMap`.
  ///
  /// - Parameters:
  ///   - folder: An absolute path.
  ///   - leavingOut: More patterns in the language of `.gitignore`, such as the paths of evidence.
  package static func read(_ folder: String, leavingOut: [String] = []) throws(VercelProblem) -> DeploymentFiles {
    var walk = FolderWalk(root: folder)
    try walk.requireFolder()
    var rules = IgnoreRules()
    let own = try walk.text(of: ".vercelignore", limit: 1 << 20)
    let legacy = try walk.text(of: ".nowignore", limit: 1 << 20)
    if own != nil, legacy != nil {
      throw walk.problem(
        ".nowignore", "both .vercelignore and .nowignore are there", remedy: "keep .vercelignore alone")
    }
    let team = own ?? legacy ?? ""
    let last = leavingOut.joined(separator: "\n") + "\n" + IgnoreRules.ours
    if try walk.exists(".vercel/output/config.json") {
      try Prebuilt.check(walk)
      rules = IgnoreRules([last])
      try walk.walk(".vercel/output", rules)
      let userRules = IgnoreRules([team, last])
      for path in try Prebuilt.namedFiles(walk) where !walk.has(path) && !userRules.leavesOutAny(of: path) {
        try walk.take(path)
      }
      return try walk.result(isPrebuilt: true)
    }
    rules = IgnoreRules([IgnoreRules.vendor, team, last])
    try walk.walk("", rules)
    return try walk.result(isPrebuilt: false)
  }
}

extension DeploymentFiles {
  /// The same on a thread of its own: hashing a large folder would keep one of the few that all tasks share.
  static func readAside(_ folder: String, leavingOut: [String]) async throws(VercelProblem) -> DeploymentFiles {
    let result: Result<DeploymentFiles, VercelProblem> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        do throws(VercelProblem) {
          continuation.resume(returning: .success(try read(folder, leavingOut: leavingOut)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}

extension IgnoreRules {
  /// Whether the file or any folder above it is left out.
  func leavesOutAny(of path: String) -> Bool {
    let segments = path.split(separator: "/")
    return segments.indices.contains { index in
      leavesOut(segments[...index].joined(separator: "/"), isFolder: index < segments.count - 1)
    }
  }
}
