/// What of a folder is uploaded.
package struct DeploymentPlace: Hashable, Sendable {
  /// Absolute: the files are named relative to it.
  package var root: String
  /// The folder of a prebuilt output within `root`; `nil` uploads the source.
  package var output: String?

  package init(root: String, output: String? = nil) {
    self.root = root
    self.output = output
  }

  /// By which it is told whether a build has written the output anew; `nil` when there is none.
  package var outputStamp: FileStamp? {
    guard let output, case .success(let stamp) = FileStamp.of(root + "/" + output + "/config.json") else { return nil }
    return stamp
  }
}

/// Which of a project's two kinds of files are wanted.
package enum FileSource: String, Hashable, Sendable {
  /// The output when there is one, else the source.
  case automatic
  case directory, prebuilt
}

extension DeploymentPlace {
  /// Finds it.
  ///
  /// A project whose setting *Root Directory* names a folder of a monorepo is built by Vercel from the top of the
  /// repository: then that top is uploaded, whether the policy's `path` names it or the folder itself.
  ///
  /// - Parameters:
  ///   - folder: The policy's `path`, absolute.
  ///   - rootDirectory: Vercel's setting.
  ///   - limit: Nothing outside this folder is uploaded, whatever the setting says.
  package static func find(
    _ source: FileSource, in folder: String, rootDirectory: String?, within limit: String
  ) throws(VercelProblem) -> DeploymentPlace {
    let folder = plain(folder)
    let setting = rootDirectory.flatMap { Prebuilt.normal($0) }
    var root = folder
    if let setting, !FolderWalk(root: folder).isFolder(setting) {
      let limit = plain(limit)
      let top = String(folder.dropLast(setting.count + 1))
      guard folder.hasSuffix("/" + setting), top == limit || top.hasPrefix(limit == "/" ? "/" : limit + "/") else {
        throw VercelProblem(
          .files, "find the files to deploy", place: folder,
          why: "the project's setting Root Directory is \(setting.oneLine()), and there is no such folder",
          remedy: "let `path` name the folder that holds it, or that folder itself, or correct the setting at Vercel")
      }
      root = top
    } else if let rootDirectory, setting == nil, !rootDirectory.isEmpty, rootDirectory != ".", rootDirectory != "./" {
      throw VercelProblem(
        .files, "find the files to deploy", place: folder,
        why: "the project's setting Root Directory leads out of the repository", remedy: "correct it at Vercel")
    }
    let walk = FolderWalk(root: root)
    var outputs = [Prebuilt.folder]
    if let setting { outputs.insert(setting + "/" + Prebuilt.folder, at: 0) }
    var output: String?
    for candidate in outputs where output == nil {
      guard try walk.exists(candidate + "/config.json") else { continue }
      guard try walk.isInPlace(candidate) else {
        throw walk.problem(
          candidate, "the output is reached through a link, which may lead to another project's",
          remedy: "build it in this folder")
      }
      output = candidate
    }
    switch source {
    case .directory: return DeploymentPlace(root: root)
    case .automatic: return DeploymentPlace(root: root, output: output)
    case .prebuilt:
      guard let output else {
        throw walk.problem(
          Prebuilt.folder + "/config.json",
          "`source: prebuilt` asks for an output of `vercel build`, and none is there",
          remedy: "run `vercel build --prod` first, as a command of `build:` for example")
      }
      return DeploymentPlace(root: root, output: output)
    }
  }

  private static func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }
}
