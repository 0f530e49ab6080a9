internal import Glibc

/// Work on a thread of its own with a stack that deep trees fit into.
///
/// The stack is address space; only what is used becomes memory.
enum DeepStack {
  private final class Job {
    let work: @Sendable () -> Void
    init(_ work: @escaping @Sendable () -> Void) { self.work = work }
  }

  /// Does the work, or returns `nil` when no thread could be had.
  static func run<Value: Sendable>(bytes: Int, _ work: @escaping @Sendable () -> Value) async -> Value? {
    await withCheckedContinuation { continuation in
      let job = Unmanaged.passRetained(Job { continuation.resume(returning: work()) })
      guard start(job.toOpaque(), bytes) else {
        job.release()
        return continuation.resume(returning: nil)
      }
    }
  }

  private static func start(_ job: UnsafeMutableRawPointer, _ bytes: Int) -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    guard pthread_attr_setstacksize(&attributes, bytes) == 0,
      pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED)) == 0
    else { return false }
    var thread = pthread_t()
    return pthread_create(
      &thread, &attributes,
      { raw in
        if let raw { Unmanaged<Job>.fromOpaque(raw).takeRetainedValue().work() }
        return nil
      }, job) == 0
  }
}
