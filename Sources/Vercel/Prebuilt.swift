import Core
import HTTP
import JSONText

/// The output of `vercel build` (Build Output API, version 3).
enum Prebuilt {
  static let folder = ".vercel/output"

  /// Refuses an output of another version, one whose build failed, or one that was made for something else than
  /// production.
  static func check(_ walk: FolderWalk, _ output: String) throws(VercelProblem) {
    let config = output + "/config.json"
    guard let version = try json(config, walk)?["version"] else {
      throw walk.problem(config, "it names no version", remedy: "run `vercel build --prod` again")
    }
    guard version.integer == 3 else {
      throw walk.problem(
        config, "it is not of version 3 of the Build Output API, the one that Vercel takes",
        remedy: "build with a newer `vercel build --prod`")
    }
    let path = output + "/builds.json"
    guard let builds = try json(path, walk) else { return }
    let failed = builds["error"].map { !$0.isNull } ?? false
    let partFailed = builds["builds"]?.array?.contains { $0["error"].map { !$0.isNull } ?? false } ?? false
    if failed || partFailed {
      throw walk.problem(path, "the build that made it failed", remedy: "run `vercel build --prod` again")
    }
    if let target = builds["target"]?.string, target != "production" {
      throw walk.problem(
        path, "it was built for \(target.asPlainName ?? "another target"), not for production",
        remedy: "run `vercel build --prod`")
    }
  }

  /// Files outside the output that its functions need (`filePathMap`); those outside the folder are not taken.
  static func namedFiles(_ walk: FolderWalk, _ output: String) throws(VercelProblem) -> [String] {
    var named: Set<String> = []
    for path in try walk.find(".vc-config.json", below: output) {
      guard try walk.isFile(path), let map = try json(path, walk)?["filePathMap"]?.members else { continue }
      for member in map {
        guard let file = member.value.string, let inside = normal(file) else { continue }
        named.insert(inside)
      }
    }
    return named.sorted()
  }

  /// The path without `.` and `..`; `nil` when it leaves the folder.
  static func normal(_ path: String) -> String? {
    guard !path.hasPrefix("/"), !path.contains("\0") else { return nil }
    var segments: [Substring] = []
    for segment in path.split(separator: "/") where segment != "." {
      if segment == ".." {
        guard segments.popLast() != nil else { return nil }
      } else {
        segments.append(segment)
      }
    }
    return segments.isEmpty ? nil : segments.joined(separator: "/")
  }

  private static func json(_ path: String, _ walk: FolderWalk) throws(VercelProblem) -> JSON? {
    guard let text = try walk.text(of: path, limit: 16 << 20) else { return nil }
    do {
      return try JSON(parsing: text)
    } catch {
      throw walk.problem(
        "\(path):\(error.line):\(error.column)", "it is not JSON", remedy: "run `vercel build --prod` again")
    }
  }
}
