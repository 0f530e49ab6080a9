internal import CLibCurl
import Glibc
import Synchronization

/// Makes any number of transfers at once on one thread of its own.
///
/// libcurl's rule: a handle must not be used from two threads at the same time, and callbacks must not call back into
/// the library. Here every handle belongs to the loop's thread, and callbacks only note. The one exception is
/// `curl_multi_wakeup`, which "can be called from any thread and at any time".
/// Sources: https://curl.se/libcurl/c/threadsafe.html, https://curl.se/libcurl/c/curl_multi_wakeup.html
///
/// The thread ends when the last reference to the loop goes.
package final class TransferLoop: Sendable {
  private let core: LoopCore

  /// Throws when the library, memory or a thread cannot be had.
  package init() throws(TransferFailure) {
    core = try LoopCore()
    try core.startThread()
  }

  deinit { core.post { $0.isStopped = true } }

  /// Makes one exchange. `onPiece` is called for each piece of a streamed body; it says whether to go on, and when
  /// it says no the answer so far is returned.
  package func run(
    _ request: TransferRequest, onPiece: ([UInt8]) async -> Bool = { _ in true }
  ) async throws(TransferFailure) -> TransferAnswer {
    let job = TransferJob(request)
    let core = core
    let result = await withTaskCancellationHandler {
      core.post { $0.starting.append(job) }
      while true {
        switch await job.next(wake: { core.post { $0.resuming.append(job) } }) {
        case .ended(let result): return result
        case .piece(let bytes):
          guard await !onPiece(bytes) else { continue }
          core.stop(job)
          while true {
            if case .ended(let result) = await job.next(wake: {}) { return result }
          }
        }
      }
    } onCancel: {
      core.cancel(job)
    }
    return try result.get()
  }
}

/// What the thread and its callers share.
///
/// `@unchecked Sendable`: `multi` is used by the loop's thread alone, but for `curl_multi_wakeup` under the lock while
/// the thread still lives; all else that is shared is in the mutex. libcurl promises that wakeup is thread-safe (above).
final class LoopCore: @unchecked Sendable {
  struct Wishes {
    var starting: [TransferJob] = []
    var cancelling: [TransferJob] = []
    var stopping: [TransferJob] = []
    var resuming: [TransferJob] = []
    var isStopped = false
    /// The thread has left; nobody takes wishes any more.
    var isOver = false
  }

  private let multi: UnsafeMutableRawPointer
  private let wishes = Mutex(Wishes())
  /// The loop's thread only.
  private var running: [UnsafeMutableRawPointer: RunningTransfer] = [:]
  private var handles: [ObjectIdentifier: UnsafeMutableRawPointer] = [:]

  init() throws(TransferFailure) {
    guard CurlLibrary.isReady, let multi = curl_multi_init() else {
      throw TransferFailure(.source("libcurl could not be initialised"))
    }
    self.multi = multi
  }

  deinit { curl_multi_cleanup(multi) }

  func post(_ wish: (inout Wishes) -> Void) {
    wishes.withLock { wishes in
      guard !wishes.isOver else { return }
      wish(&wishes)
      // Under the lock, so that the thread cannot have ended: it leaves under the same lock.
      curl_multi_wakeup(multi)
    }
  }

  func cancel(_ job: TransferJob) {
    job.markCancelled()
    post { $0.cancelling.append(job) }
  }

  /// Ends a transfer whose reader has enough; that is no failure.
  func stop(_ job: TransferJob) { post { $0.stopping.append(job) } }

  func startThread() throws(TransferFailure) {
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let context = Unmanaged.passRetained(self)
    let code = pthread_create(&thread, &attributes, loopThread, context.toOpaque())
    guard code == 0 else {
      context.release()
      throw TransferFailure(.source("no thread could be started (error \(code))"))
    }
  }

  fileprivate func turn() {
    while true {
      let taken = wishes.withLock { wishes -> Wishes in
        let taken = wishes
        wishes = Wishes()
        wishes.isOver = taken.isStopped
        return taken
      }
      for job in taken.starting { start(job) }
      for job in taken.cancelling { finish(job, .failure(TransferFailure(.cancelled))) }
      for job in taken.stopping {
        guard let transfer = handles[ObjectIdentifier(job)].flatMap({ running[$0] }) else { continue }
        finish(job, .success(transfer.answer()))
      }
      if taken.isStopped { break }
      for job in taken.resuming {
        if let handle = handles[ObjectIdentifier(job)] { curl_easy_pause(handle, CURLPAUSE_CONT) }
      }
      var stillRunning: Int32 = 0
      curl_multi_perform(multi, &stillRunning)
      collect()
      // A minute is only an upper bound: libcurl's own timers and every wish end the wait.
      curl_multi_poll(multi, nil, 0, 60_000, nil)
    }
    for transfer in Array(running.values) {
      finish(transfer.job, .failure(TransferFailure(.cancelled)))
    }
  }

  private func start(_ job: TransferJob) {
    guard !job.isCancelled else { return job.end(.failure(TransferFailure(.cancelled))) }
    do {
      let transfer = try RunningTransfer(job)
      let code = curl_multi_add_handle(multi, transfer.easy)
      guard code == CURLM_OK else {
        return job.end(.failure(TransferFailure(.source(String(cString: curl_multi_strerror(code))))))
      }
      running[transfer.easy] = transfer
      handles[ObjectIdentifier(job)] = transfer.easy
    } catch {
      job.end(.failure(error))
    }
  }

  private func collect() {
    var left: Int32 = 0
    var ended: [(UnsafeMutableRawPointer, CURLcode)] = []
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      ended.append((easy, gatehouse_curl_message_result(message)))
    }
    for (easy, code) in ended {
      guard let transfer = running[easy] else { continue }
      finish(transfer.job, transfer.result(of: code))
    }
  }

  private func finish(_ job: TransferJob, _ result: Result<TransferAnswer, TransferFailure>) {
    if let easy = handles.removeValue(forKey: ObjectIdentifier(job)) {
      curl_multi_remove_handle(multi, easy)
      running[easy] = nil
    }
    job.end(result)
  }
}

/// Blocks every signal on the loop's thread: the process's own handlers run elsewhere, and a SIGPIPE of a write to a
/// closed connection, which libcurl leaves alone under CURLOPT_NOSIGNAL, stays pending here instead of ending us.
private func loopThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
  var all = sigset_t()
  sigfillset(&all)
  pthread_sigmask(SIG_BLOCK, &all, nil)
  guard let context else { return nil }
  Unmanaged<LoopCore>.fromOpaque(context).takeRetainedValue().turn()
  return nil
}
