internal import Core
internal import Glibc

/// Reads the files of a policy from the disk.
package enum DiskFiles {
  /// The bytes of a regular file, at most one more than a policy may have.
  @Sendable package static func read(_ path: String) throws -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw problem(path, errno) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw problem(path, errno) }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw Problem(
        "policy.unreadable", "'\(path)' is not a regular file", remedy: "name the policy itself with --policy")
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while bytes.count <= PolicyFile.maximumSize {
      let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { throw problem(path, errno) }
      if count == 0 { break }
      bytes += buffer[..<count]
    }
    return bytes
  }

  private static func problem(_ path: String, _ code: Int32) -> Problem {
    switch code {
    case ENOENT:
      Problem(
        "policy.missing", "there is no file '\(path)'",
        remedy: "name the policy with --policy, or write one: docs/guides/policy.md begins with a small one")
    case EACCES:
      Problem("policy.unreadable", "'\(path)' may not be read", remedy: "give this user the right to read it")
    default: Problem("policy.unreadable", "'\(path)' cannot be read", why: String(cString: strerror(code)))
    }
  }
}
