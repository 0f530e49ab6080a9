internal import Glibc
internal import Synchronization

/// Work on one thread with a stack that deep trees fit into, one piece after the other.
///
/// The thread stays for as long as the process: `libpg_query` makes a key for thread-local values on each thread that it is
/// called on and never gives one back, and a process has 1,024 of them; without any left OpenSSL crashes where it is used
/// for the first time. The stack is address space; only what is used becomes memory.
final class DeepStack: Sendable {
  private struct State {
    var isRunning = false
    var work: [@Sendable () -> Void] = []
  }

  private let bytes: Int
  private let state = Mutex(State())
  /// POSIX semaphores are made to be used by several threads (sem_overview(7)); it is never moved, and lives as long as we.
  private nonisolated(unsafe) let arrivals = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

  init(bytes: Int) {
    self.bytes = bytes
    sem_init(arrivals, 0, 0)
  }

  deinit {
    sem_destroy(arrivals)
    arrivals.deallocate()
  }

  /// Does the work, or returns `nil` when no thread could be had.
  func run<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      let isTaken = state.withLock { state in
        if !state.isRunning { state.isRunning = start() }
        if state.isRunning { state.work.append { continuation.resume(returning: work()) } }
        return state.isRunning
      }
      if isTaken { sem_post(arrivals) } else { continuation.resume(returning: nil) }
    }
  }

  private func loop() {
    while true {
      // A signal may wake it; then there may be nothing to do.
      sem_wait(arrivals)
      let work = state.withLock { state in state.work.isEmpty ? nil : state.work.removeFirst() }
      work?()
    }
  }

  private func start() -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    guard pthread_attr_setstacksize(&attributes, bytes) == 0,
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED)) == 0
    else { return false }
    let own = Unmanaged.passRetained(self)
    var thread = pthread_t()
    let isStarted =
      pthread_create(
        &thread, &attributes,
        { raw in
          if let raw { Unmanaged<DeepStack>.fromOpaque(raw).takeRetainedValue().loop() }
          return nil
        }, own.toOpaque()) == 0
    if !isStarted { own.release() }
    return isStarted
  }
}
