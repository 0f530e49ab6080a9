import Dispatch
import Glibc
import OpenSSL
import Synchronization

/// Hashes files on threads of its own, one a processor, while others are still being added.
///
/// Memory is one piece a thread, and the names.
final class FileHashing: Sendable {
  struct Failure: Error, Hashable {
    /// Relative to the folder.
    var path: String
    var why: String
    /// Somebody wrote to the file meanwhile.
    var isChange = false
  }

  private struct Job {
    var path: String
    var full: String
    var stamp: FileStamp
  }

  private struct State {
    var jobs: [Job] = []
    var next = 0
    var digests: [String: String] = [:]
    var failure: Failure?
    var isCancelled = false
    var threads: [pthread_t] = []
  }

  private let state = Mutex(State())
  /// One signal for each job, and one for each thread at the end.
  private let added = DispatchSemaphore(value: 0)
  private let width: Int

  init(width: Int = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) { self.width = width }

  /// - Parameter stamp: What the file was when it was found.
  func add(_ path: String, _ full: String, _ stamp: FileStamp) {
    let missing = state.withLock { state -> Int in
      state.jobs.append(Job(path: path, full: full, stamp: stamp))
      return min(width, state.jobs.count) - state.threads.count
    }
    if missing > 0 { startThread() }
    added.signal()
  }

  private func startThread() {
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    // Without a thread more, those that are there do the work; without any, ``finish()`` does it.
    guard pthread_create(&thread, nil, hashingThread, context.toOpaque()) == 0 else { return context.release() }
    state.withLock { $0.threads.append(thread) }
  }

  /// Waits for all of them. SHA-1 in lower-case hexadecimal by path, or why one could not be hashed.
  func finish() -> Result<[String: String], Failure> {
    let threads = endThreads()
    if threads == 0 { work(isLast: true) }
    return state.withLock { state in state.failure.map { .failure($0) } ?? .success(state.digests) }
  }

  /// Ends the threads as soon as they have done what they are at.
  func cancel() {
    state.withLock { $0.isCancelled = true }
    _ = endThreads()
  }

  private func endThreads() -> Int {
    let threads = state.withLock { state in
      defer { state.threads = [] }
      return state.threads
    }
    for _ in threads { added.signal() }
    for thread in threads { pthread_join(thread, nil) }
    return threads.count
  }

  /// - Parameter isLast: Nothing more comes, so nothing is waited for.
  fileprivate func work(isLast: Bool = false) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: FileReading.pieceSize, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      if !isLast { added.wait() }
      let job = state.withLock { state -> Job? in
        guard state.failure == nil, !state.isCancelled, state.next < state.jobs.count else { return nil }
        defer { state.next += 1 }
        return state.jobs[state.next]
      }
      guard let job else { return }
      let result = FileHashing.hash(job.full, as: job.stamp, buffer)
      state.withLock { state in
        switch result {
        case .success(let digest): state.digests[job.path] = digest
        case .failure(let failure):
          state.failure = Failure(path: job.path, why: failure.why, isChange: failure.isChange)
        }
      }
    }
  }

  /// The digest of a file that is what it was when it was found, before and after it is read.
  static func hash(
    _ full: String, as found: FileStamp, _ buffer: UnsafeMutableRawBufferPointer? = nil
  ) -> Result<String, Failure> {
    let hasher = Hasher(.sha1)
    var size = 0
    let read = FileReading(full).pieces(into: buffer) { piece in
      hasher.update(piece)
      size += piece.count
      return size <= found.size
    }
    switch read {
    case .failure(let failure) where failure.code == ENOENT || failure.code == ELOOP || failure.code == ENOTDIR:
      return .failure(Failure(path: full, why: "it was taken away while the folder was read", isChange: true))
    case .failure(let failure): return .failure(Failure(path: full, why: failure.words))
    case .success(let stamps):
      guard stamps.before == found, stamps.after == found, size == found.size else {
        return .failure(Failure(path: full, why: "it changed while it was read", isChange: true))
      }
      return .success(Digest.hex(hasher.finish()))
    }
  }
}

/// Blocks every signal: the process's own handlers run elsewhere.
private func hashingThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var all = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, nil)
  guard let context else { return nil }
  Unmanaged<FileHashing>.fromOpaque(context).takeRetainedValue().work()
  return nil
}
