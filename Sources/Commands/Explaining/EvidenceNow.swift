import Checklist
import Core
import Glibc
import OpenSSL

/// How the files that a verdict stood on stand now: by their bytes, never by their times.
enum EvidenceNow {
  private static let piece = 1 << 20

  /// - Parameter folder: the policy's, absolute.
  static func standings(
    of evidence: some Sequence<RecordedEvidence>, below folder: String
  ) throws(CancellationError) -> [RecordedEvidence: Explanation.Standing] {
    var digests: [String: Result<String, Absence>] = [:]
    var standings: [RecordedEvidence: Explanation.Standing] = [:]
    for file in Set(evidence) {
      guard let sha256 = file.sha256, isFile(file) else {
        standings[file] = .notCompared
        continue
      }
      if digests[file.path] == nil { digests[file.path] = try digest(of: folder + "/" + file.path) }
      switch digests[file.path] {
      case .success(let digest): standings[file] = digest == sha256 ? .asItWas : .changed
      case .failure(.gone): standings[file] = .gone
      case .failure(.unreadable), nil: standings[file] = .unreadable
      }
    }
    return standings
  }

  private enum Absence: Error { case gone, unreadable }

  /// A path within the folder whose digest is that of the file itself. A snapshot's is that of its artefact, which only
  /// `gatehouse snapshot verify` reads; an answer of a server has no file.
  private static func isFile(_ evidence: RecordedEvidence) -> Bool {
    let parts = evidence.path.split(separator: "/", omittingEmptySubsequences: false)
    return evidence.format != "gatehouse-snapshot" && !evidence.path.isEmpty && !evidence.path.hasPrefix("/")
      && !evidence.path.contains("://") && !parts.contains("..") && !evidence.path.utf8.contains(0)
  }

  private static func digest(of path: String) throws(CancellationError) -> Result<String, Absence> {
    // Whoever put a pipe there must not hold us up.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else { return .failure(errno == ENOENT || errno == ENOTDIR ? .gone : .unreadable) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return .failure(.unreadable) }
    let hasher = Hasher(.sha256)
    var buffer = [UInt8](repeating: 0, count: piece)
    while true {
      if Task.isCancelled { throw CancellationError() }
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { return .success(Digest.hex(hasher.finish())) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return .failure(.unreadable) }
      buffer.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }
  }
}
