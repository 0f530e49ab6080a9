import Core
import Glibc
import OpenSSL

/// Walks a folder for ``DeploymentFiles``. Symbolic links are never followed.
struct FolderWalk {
  let root: String
  private var files: [String: DeploymentFile] = [:]
  private var secrets: [String] = []
  private var others: [String] = []

  init(root: String) { self.root = root }

  func has(_ path: String) -> Bool { files[path] != nil }

  func requireFolder() throws(VercelProblem) {
    guard let status = try status(of: ""), status.kind == .folder else {
      throw problem("", "there is no such folder", remedy: "correct the project's `path` in the policy")
    }
  }

  func exists(_ path: String) throws(VercelProblem) -> Bool { try status(of: path) != nil }

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
          // The vendor would upload it: a person should know that we do not.
          if status.kind == .file, name == ".env" || name.hasPrefix(".env.") { secrets.append(path) }
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

  /// Takes one file; a missing one is a problem, and so is one that a link on its way puts outside the folder.
  mutating func take(_ path: String) throws(VercelProblem) {
    let parent = path.split(separator: "/").dropLast().joined(separator: "/")
    let real = try realPath(parent)
    let top = try realPath("")
    guard real == top || real.hasPrefix(top + "/") else {
      throw problem(path, "a link on its way leads out of the folder", remedy: "run `vercel build` again")
    }
    guard let status = try status(of: path), status.kind == .file || status.kind == .link else {
      throw problem(path, "the prebuilt output names it, and it is not there", remedy: "run `vercel build` again")
    }
    try take(path, status)
  }

  private mutating func take(_ path: String, _ status: Status) throws(VercelProblem) {
    guard files.count < DeploymentFiles.most else {
      throw problem(
        "", "more than \(DeploymentFiles.most) files, which is more than Vercel takes",
        remedy: "leave files out with .vercelignore, or deploy a prebuilt output")
    }
    if status.kind == .link {
      let target = try linkTarget(path)
      files[path] = DeploymentFile(
        path: path, content: .link(target), size: target.count, mode: 0o120777,
        sha1: Digest.hex(Digest.sha1(target)))
      return
    }
    let (size, digest) = try hash(path)
    files[path] = DeploymentFile(
      path: path, content: .file(full(path)), size: size, mode: status.isExecutable ? 0o100755 : 0o100644,
      sha1: digest)
  }

  func result(isPrebuilt: Bool) throws(VercelProblem) -> DeploymentFiles {
    guard !files.isEmpty else {
      throw problem("", "it holds no file to deploy", remedy: "check the project's `path` and .vercelignore")
    }
    return DeploymentFiles(
      files: files.values.sorted { $0.path < $1.path }, isPrebuilt: isPrebuilt, secretsLeftOut: secrets.sorted(),
      otherLeftOut: others.sorted())
  }

  /// Everything below a folder whose name is this one.
  func find(_ name: String, below top: String) throws(VercelProblem) -> [String] {
    files.keys.filter { $0.hasPrefix(top + "/") && $0.hasSuffix("/" + name) }.sorted()
  }
}

extension FolderWalk {
  struct Status {
    enum Kind { case file, folder, link, other }
    var kind: Kind
    var isExecutable: Bool
  }

  func full(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

  func problem(_ path: String, _ why: String, remedy: String? = nil) -> VercelProblem {
    VercelProblem(.files, "read the files to deploy", place: full(path), why: why, remedy: remedy)
  }

  private func problem(_ path: String, errno code: Int32) -> VercelProblem {
    problem(path, String(cString: strerror(code)))
  }

  /// `nil` when nothing is there.
  func status(of path: String) throws(VercelProblem) -> Status? {
    var found = stat()
    guard lstat(full(path), &found) == 0 else {
      let code = errno
      if code == ENOENT || code == ENOTDIR { return nil }
      throw problem(path, errno: code)
    }
    let kind: Status.Kind =
      switch found.st_mode & S_IFMT {
      case S_IFREG: .file
      case S_IFDIR: .folder
      case S_IFLNK: .link
      default: .other
      }
    return Status(kind: kind, isExecutable: found.st_mode & S_IXUSR != 0)
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
      guard let name else { throw problem(folder, "a name in it is not UTF-8", remedy: "rename the file") }
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

  private func hash(_ path: String) throws(VercelProblem) -> (size: Int, sha1: String) {
    let hasher = Hasher(.sha1)
    var size = 0
    try read(path) { piece in
      hasher.update(piece)
      size += piece.count
      return true
    }
    return (size, Digest.hex(hasher.finish()))
  }

  /// The whole of a small text file; `nil` when it is not there.
  func text(of path: String, limit: Int) throws(VercelProblem) -> String? {
    guard let status = try status(of: path) else { return nil }
    guard status.kind == .file else { throw problem(path, "it is not a file") }
    var bytes: [UInt8] = []
    try read(path) { piece in
      bytes += piece
      return bytes.count <= limit
    }
    guard bytes.count <= limit else { throw problem(path, "it is longer than \(limit) bytes") }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Hands over the file in pieces until it ends or `take` says stop.
  private func read(_ path: String, _ take: (UnsafeRawBufferPointer) -> Bool) throws(VercelProblem) {
    let descriptor = open(full(path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard descriptor >= 0 else { throw problem(path, errno: errno) }
    defer { close(descriptor) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count < 0 {
        if errno == EINTR { continue }
        throw problem(path, errno: errno)
      }
      if count == 0 { return }
      if !take(UnsafeRawBufferPointer(rebasing: buffer[..<count])) { return }
    }
  }
}
