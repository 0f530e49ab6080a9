import Core
import Dispatch

/// A file of a deployment, as it is uploaded and listed.
package struct DeploymentFile: Hashable, Sendable {
  package enum Content: Hashable, Sendable {
    /// On disk, with an absolute path, and as it was when it was hashed.
    case file(String, FileStamp)
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
  /// Links that will lead nowhere at Vercel: to what is not part of the deployment.
  package var loose: [String]
  /// Paths of which another one differs in upper and lower case alone.
  package var alike: [String]

  package var bytes: Int { files.reduce(0) { $0 + $1.size } }

  /// The vendor takes no more in one deployment (vercel/terraform-provider-vercel#289).
  static let most = 15_000
  /// Deeper folders are refused: something is wrong with the tree.
  static let deepest = 64

  /// What a person should know about them, one sentence each.
  var notes: [String] {
    [
      ("left out, because secrets do not belong into a deployment", secretsLeftOut),
      ("left out, because they are no files", otherLeftOut),
      ("links that lead nowhere at Vercel", loose),
      ("names that differ in upper and lower case alone", alike),
    ].compactMap { what, paths in paths.isEmpty ? nil : "\(what): \(DeploymentFiles.some(paths))" }
  }

  /// The first three of them, and how many more there are.
  static func some(_ paths: [String]) -> String {
    paths.prefix(3).joined(separator: ", ") + (paths.count > 3 ? " and \(paths.count - 3) more" : "")
  }
}

extension DeploymentFiles {
  /// Reads and hashes what is deployed, several files at once, while the folder is still being walked.
  ///
  /// - Parameters:
  ///   - place: What is uploaded, and whether a prebuilt output is.
  ///   - leavingOut: More patterns in the language of `.gitignore`, such as the paths of evidence.
  package static func read(_ place: DeploymentPlace, leavingOut: [String] = []) throws(VercelProblem)
    -> DeploymentFiles
  {
    var walk = FolderWalk(root: place.root)
    let result: Result<DeploymentFiles, VercelProblem>
    do throws(VercelProblem) {
      result = .success(try read(&walk, place, leavingOut))
    } catch {
      result = .failure(error)
    }
    walk.end()
    return try result.get()
  }

  private static func read(
    _ walk: inout FolderWalk, _ place: DeploymentPlace, _ leavingOut: [String]
  ) throws(VercelProblem) -> DeploymentFiles {
    try walk.requireFolder()
    let own = try walk.text(of: ".vercelignore", limit: 1 << 20)
    let legacy = try walk.text(of: ".nowignore", limit: 1 << 20)
    if own != nil, legacy != nil {
      throw walk.problem(
        ".nowignore", "both .vercelignore and .nowignore are there", remedy: "keep .vercelignore alone")
    }
    let team = own ?? legacy ?? ""
    let last = leavingOut.joined(separator: "\n") + "\n" + IgnoreRules.ours
    if let output = place.output {
      try Prebuilt.check(walk, output)
      try walk.walk(output, IgnoreRules([last]))
      let named = try Prebuilt.namedFiles(walk, output)
      let rules = (team: IgnoreRules([team]), last: IgnoreRules([last]))
      for path in named where !walk.has(path) && !rules.team.leavesOutAny(of: path) {
        if rules.last.leavesOutAny(of: path) { walk.leaveOut(path) } else { try walk.take(path) }
      }
      return try walk.result(isPrebuilt: true)
    }
    let ofRust = try walk.exists("Cargo.toml") ? [IgnoreRules.vendorOfRust] : []
    try walk.walk("", IgnoreRules([IgnoreRules.vendor] + ofRust + [team, last]))
    // The vendor's client takes this one along whatever the patterns say.
    if try walk.isFile(".vercel/routes.json") { try walk.take(".vercel/routes.json") }
    return try walk.result(isPrebuilt: false)
  }

  /// The same on a thread of its own: hashing a large folder would keep one of the few that all tasks share.
  static func readAside(
    _ place: DeploymentPlace, leavingOut: [String]
  ) async throws(VercelProblem) -> DeploymentFiles {
    let result: Result<DeploymentFiles, VercelProblem> = await withCheckedContinuation { continuation in
      DispatchQueue.global().async {
        do throws(VercelProblem) {
          continuation.resume(returning: .success(try read(place, leavingOut: leavingOut)))
        } catch {
          continuation.resume(returning: .failure(error))
        }
      }
    }
    return try result.get()
  }
}
