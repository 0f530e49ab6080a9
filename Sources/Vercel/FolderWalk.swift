import Core
import Glibc
import OpenSSL

/// Walks a folder for ``DeploymentFiles``, and lets what it finds be hashed meanwhile. Symbolic links are never followed.
struct FolderWalk {
  let root: String
  private var files: [String: DeploymentFile] = [:]
  private var links: [String: [UInt8]] = [:]
  private var secrets: [String] = []
  private var others: [String] = []
  /// Begun with the first file.
  private var hashing: FileHashing?

  init(root: String) { self.root = root }

  func has(_ path: String) -> Bool { files[path] != nil }

  func requireFolder() throws(VercelProblem) {
    guard let status = try status(of: ""), status.kind == .folder else {
      throw problem("", "there is no such folder", remedy: "correct the project's `path` in the policy")
    }
  }

  /// Whether a path leads through no link.
  func isInPlace(_ path: String) throws(VercelProblem) -> Bool {
    try realPath("") + "/" + path == realPath(path)
  }

  func exists(_ path: String) throws(VercelProblem) -> Bool { try status(of: path) != nil }

  func isFile(_ path: String) throws(VercelProblem) -> Bool { try status(of: path)?.kind == .file }

  /// Also by way of a link.
  func isFolder(_ path: String) -> Bool {
    var found = stat()
    return stat(full(path), &found) == 0 && found.st_mode & S_IFMT == S_IFDIR
  }

  /// Takes everything below a folder that the rules do not leave out.
  mutating func walk(_ top: String, _ rules: IgnoreRules) throws(VercelProblem) {
    var open: [(path: String, depth: Int)] = [(top, 0)]
    while let (folder, depth) = open.popLast() {
      guard depth <= DeploymentFiles.deepest else {
        throw problem(folder, "folders are nested deeper than \(DeploymentFiles.deepest)")
      }
      for name in try names(in: folder) {
        let path = folder.isEmpty ? name : folder + "/" + name
        guard let status = try status(of: path) else { continue }
        guard !rules.leavesOut(path, isFolder: status.kind == .folder) else {
          if status.kind != .folder { leaveOut(path) }
          continue
        }
        switch status.kind {
        case .folder: open.append((path, depth + 1))
        case .file, .link: try take(path, status)
        case .other: others.append(path)
        }
      }
    }
  }

  /// Notes a file of secrets that is not taken: the vendor would upload it, and a person should know that we do not.
  mutating func leaveOut(_ path: String) {
    let name = path.split(separator: "/").last.map { $0.lowercased() } ?? ""
    if name == ".env" || name.hasPrefix(".env.") { secrets.append(path) }
  }

  /// Takes one file; a missing one is a problem, and so is one that a link on its way puts outside the folder.
  mutating func take(_ path: String) throws(VercelProblem) {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    guard exists(folder: parent), let status = try status(of: path), status.kind == .file || status.kind == .link else {
      throw problem(
        path, "the prebuilt output names it, and it is not there",
        remedy: path.split(separator: "/").contains("node_modules")
          ? "install the project's dependencies, and run `vercel build --prod` again"
          : "run `vercel build --prod` again")
    }
    let real = try realPath(parent)
    let top = try realPath("")
    guard real == top || real.hasPrefix(top == "/" ? "/" : top + "/") else {
      throw problem(path, "a link on its way leads out of the folder", remedy: "run `vercel build` again")
    }
    try take(path, status)
  }

  private func exists(folder: String) -> Bool { folder.isEmpty || isFolder(folder) }

  private mutating func take(_ path: String, _ status: FileStamp) throws(VercelProblem) {
    guard files.count < DeploymentFiles.most else {
      throw problem(
        "", "more than \(DeploymentFiles.most) files, which is more than Vercel takes",
        remedy: "leave files out with .vercelignore, or deploy a prebuilt output")
    }
    if status.kind == .link {
      let target = withinFolder(try linkTarget(path), of: path)
      links[path] = target
      files[path] = DeploymentFile(
        path: path, content: .link(target), size: target.count, mode: 0o120777,
        sha1: Digest.hex(Digest.sha1(target)))
      return
    }
    files[path] = DeploymentFile(
      path: path, content: .file(full(path), status), size: status.size,
      mode: status.isExecutable ? 0o100755 : 0o100644, sha1: "")
    let hashing = hashing ?? FileHashing()
    self.hashing = hashing
    hashing.add(path, full(path), status)
  }

  /// Ends the threads that hash; what they have not done yet is not done any more.
  mutating func end() {
    hashing?.cancel()
    hashing = nil
  }

  mutating func result(isPrebuilt: Bool) throws(VercelProblem) -> DeploymentFiles {
    guard !files.isEmpty else {
      throw problem("", "it holds no file to deploy", remedy: "check the project's `path` and .vercelignore")
    }
    switch hashing?.finish() ?? .success([:]) {
    case .success(let digests): for (path, digest) in digests { files[path]?.sha1 = digest }
    case .failure(let failure):
      throw problem(
        failure.path, failure.why,
        remedy: failure.isChange ? "do not change the folder while it is deployed, then run it again" : nil)
    }
    let sorted = files.values.sorted { $0.path < $1.path }
    return DeploymentFiles(
      files: sorted, isPrebuilt: isPrebuilt, secretsLeftOut: secrets.sorted(), otherLeftOut: others.sorted(),
      loose: loose(), alike: FolderWalk.alike(sorted))
  }

  /// The links whose destination is not part of the deployment.
  private func loose() -> [String] {
    guard !links.isEmpty else { return [] }
    var folders: Set<String> = [""]
    for path in files.keys {
      var parent = path[...]
      while let slash = parent.lastIndex(of: "/") {
        parent = parent[..<slash]
        guard folders.insert(String(parent)).inserted else { break }
      }
    }
    return links.filter { link, target in
      guard let destination = FolderWalk.destination(target, of: link) else { return true }
      if files[destination] != nil || folders.contains(destination) { return false }
      // What lies behind another link is that link's affair.
      let parts = destination.split(separator: "/")
      return !parts.indices.contains { links[parts[..<$0].joined(separator: "/")] != nil }
    }.keys.sorted()
  }

  /// The files below a folder whose name is this one.
  func find(_ name: String, below top: String) throws(VercelProblem) -> [String] {
    files.keys.filter { $0.hasPrefix(top + "/") && $0.hasSuffix("/" + name) }.sorted()
  }
}

extension FolderWalk {
  func full(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

  func problem(_ path: String, _ why: String, remedy: String? = nil) -> VercelProblem {
    VercelProblem(.files, "read the files to deploy", place: full(path), why: why, remedy: remedy)
  }

  private func problem(_ path: String, errno code: Int32) -> VercelProblem {
    problem(path, String(cString: strerror(code)))
  }

  /// `nil` when nothing is there.
  func status(of path: String) throws(VercelProblem) -> FileStamp? {
    switch FileStamp.of(full(path)) {
    case .success(let stamp): return stamp
    case .failure(let failure):
      if failure.code == ENOENT || failure.code == ENOTDIR { return nil }
      throw problem(path, failure.words)
    }
  }

  /// Sorted.
  private func names(in folder: String) throws(VercelProblem) -> [String] {
    guard let stream = opendir(full(folder)) else { throw problem(folder, errno: errno) }
    defer { closedir(stream) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(stream) else {
        guard errno == 0 else { throw problem(folder, errno: errno) }
        return names.sorted()
      }
      let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
        String(validating: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      guard let name else {
        let bytes = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
        throw problem(
          folder, "the name \(FolderWalk.spelled(bytes)) in it is not UTF-8, so that Vercel cannot be told it",
          remedy: "rename the file")
      }
      if name != ".", name != ".." { names.append(name) }
    }
  }

  private func linkTarget(_ path: String) throws(VercelProblem) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = buffer.withUnsafeMutableBytes { bytes in
      guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return -1 }
      return readlink(full(path), start, bytes.count)
    }
    guard count >= 0 else { throw problem(path, errno: errno) }
    return Array(buffer.prefix(count))
  }

  private func realPath(_ path: String) throws(VercelProblem) -> String {
    guard let resolved = realpath(full(path), nil) else { throw problem(path, errno: errno) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// The whole of a small text file; `nil` when it is not there.
  func text(of path: String, limit: Int) throws(VercelProblem) -> String? {
    guard let status = try status(of: path) else { return nil }
    guard status.kind == .file else { throw problem(path, "it is not a file") }
    var bytes: [UInt8] = []
    let read = FileReading(full(path)).pieces { piece in
      bytes += piece
      return bytes.count <= limit
    }
    if case .failure(let failure) = read { throw problem(path, failure.words) }
    guard bytes.count <= limit else { throw problem(path, "it is longer than \(limit) bytes") }
    return String(decoding: bytes, as: UTF8.self)
  }
}
