internal import CSpawn
import Core
import Glibc
import Synchronization

/// A running program with the two threads that look after it.
///
/// One thread moves bytes and keeps the time (``ChildLoop``); the other sleeps in `waitid` until the program has
/// ended and wakes the first. The ended program stays unreaped until its group was killed, because until then the
/// kernel gives its number, which is also the group's, to nobody else.
final class ChildProcess: Sendable {
  private struct State {
    var chunks: [Chunk] = []
    /// Pieces that were worked on, to be filled again: fresh memory costs more than what is copied into it.
    var spare: [Chunk] = []
    var chunksEnded = false
    var chunkWaiter: CheckedContinuation<Chunk?, Never>?
    var outcome: Result<Finished, Problem>?
    var outcomeWaiter: CheckedContinuation<Result<Finished, Problem>, Never>?
    var endRequested = false
    var hasExited = false
    var isAbandoned = false
  }

  /// Pieces read and not yet worked on; more than this and the program waits.
  private static let mailboxSize = 16

  let identifier: pid_t
  /// An event counter that makes the loop look around.
  let wakeDescriptor: Int32
  private let state = Mutex(State())

  private init(identifier: pid_t, wakeDescriptor: Int32) {
    self.identifier = identifier
    self.wakeDescriptor = wakeDescriptor
  }

  deinit { close(wakeDescriptor) }

  static func start(_ command: Command, streams: Bool) throws(Problem) -> ChildProcess {
    let counter = gatehouse_event_counter()
    guard counter >= 0 else { throw systemProblem("make an event counter", errno) }
    let wake = try OwnedDescriptor.aboveStandard(taking: counter)
    var file: OwnedDescriptor?
    if let path = command.outputFile { file = try privateFile(path) }
    let spawned = try spawn(command)
    let child = ChildProcess(identifier: spawned.identifier, wakeDescriptor: wake.release())
    let loop = ChildLoop(
      child: child, command: command, streams: streams, output: spawned.output.release(),
      errorOutput: spawned.errorOutput.release(), input: spawned.input?.release() ?? -1, file: file?.release() ?? -1)
    do throws(Problem) {
      try startThread { child.waitForExit() }
    } catch {
      kill(-child.identifier, SIGKILL)
      _ = child.reap()
      loop.abandon()
      throw error
    }
    do throws(Problem) {
      try startThread { loop.run() }
    } catch {
      kill(-child.identifier, SIGKILL)
      child.complete(.failure(error), abandoning: true)
      loop.abandon()
      throw error
    }
    return child
  }

  /// Made anew: a file or link that somebody put there keeps nothing of what is written.
  private static func privateFile(_ path: String) throws(Problem) -> OwnedDescriptor {
    if unlink(path) != 0, errno != ENOENT { throw systemProblem("replace", errno, place: path) }
    let number = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard number >= 0 else { throw systemProblem("make the file for the output", errno, place: path) }
    return try .aboveStandard(taking: number)
  }

  // MARK: the side that waits

  /// The next piece of standard output, or `nil` at its end.
  nonisolated(nonsending) func nextChunk() async -> Chunk? {
    await withCheckedContinuation { continuation in
      let (ready, wasFull): (Chunk??, Bool) = state.withLock { state in
        let wasFull = state.chunks.count >= ChildProcess.mailboxSize
        if !state.chunks.isEmpty { return (state.chunks.removeFirst(), wasFull) }
        if state.chunksEnded { return (.some(nil), false) }
        state.chunkWaiter = continuation
        return (nil, false)
      }
      if wasFull { wake() }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  /// Takes back a piece that nobody looks at any more.
  func reuse(_ chunk: Chunk) {
    state.withLock { if $0.spare.count < ChildProcess.mailboxSize { $0.spare.append(chunk) } }
  }

  nonisolated(nonsending) func finish() async -> Result<Finished, Problem> {
    await withCheckedContinuation { continuation in
      let ready: Result<Finished, Problem>? = state.withLock { state in
        if state.outcome == nil { state.outcomeWaiter = continuation }
        return state.outcome
      }
      if let ready { continuation.resume(returning: ready) }
    }
  }

  /// Ends the program as its time limit would.
  func end() {
    state.withLock { $0.endRequested = true }
    wake()
  }

  // MARK: the side of the threads

  var endIsRequested: Bool { state.withLock { $0.endRequested } }
  var hasExited: Bool { state.withLock { $0.hasExited } }
  var mailboxIsFull: Bool { state.withLock { $0.chunks.count >= ChildProcess.mailboxSize } }

  func emptyChunk(_ size: Int) -> Chunk { state.withLock { $0.spare.popLast() } ?? Chunk(size) }

  func deliver(_ chunk: Chunk) {
    let waiter: CheckedContinuation<Chunk?, Never>? = state.withLock { state in
      let waiter = state.chunkWaiter
      state.chunkWaiter = nil
      if waiter == nil { state.chunks.append(chunk) }
      return waiter
    }
    waiter?.resume(returning: chunk)
  }

  func complete(_ outcome: Result<Finished, Problem>, abandoning: Bool) {
    let (chunkWaiter, outcomeWaiter, reapNow) = state.withLock { state in
      state.outcome = outcome
      state.chunksEnded = true
      state.isAbandoned = abandoning
      let waiters = (state.chunkWaiter, state.outcomeWaiter, abandoning && state.hasExited)
      state.chunkWaiter = nil
      state.outcomeWaiter = nil
      return waiters
    }
    if reapNow { _ = reap() }
    chunkWaiter?.resume(returning: nil)
    outcomeWaiter?.resume(returning: outcome)
  }

  private func waitForExit() {
    var information = siginfo_t()
    while waitid(P_PID, id_t(identifier), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let isAbandoned = state.withLock { state in
      state.hasExited = true
      return state.isAbandoned
    }
    if isAbandoned { _ = reap() }
    wake()
  }

  /// Takes the program's end from the kernel; only after ``hasExited``.
  func reap() -> Finished.Ending {
    var status: Int32 = 0
    while waitpid(identifier, &status, 0) < 0 {
      if errno != EINTR { return .signalled(SIGKILL) }
    }
    let signal = status & 0x7f
    return signal == 0 ? .exited((status >> 8) & 0xff) : .signalled(signal)
  }

  private func wake() {
    var one: UInt64 = 1
    _ = write(wakeDescriptor, &one, 8)
  }
}

/// A piece of standard output.
///
/// Sendable because it changes hands: the loop's thread fills it and lets go of it before the reader gets it.
final class Chunk: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  var count = 0
  init(_ size: Int) { bytes = .allocate(byteCount: size, alignment: 16) }
  deinit { bytes.deallocate() }
}

/// Runs a closure on a new detached thread.
private func startThread(_ body: @escaping @Sendable () -> Void) throws(Problem) {
  final class Box {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var attributes = pthread_attr_t()
  pthread_attr_init(&attributes)
  defer { pthread_attr_destroy(&attributes) }
  pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
  let box = Unmanaged.passRetained(Box(body))
  var thread = pthread_t()
  let code = pthread_create(
    &thread, &attributes,
    { pointer in
      if let pointer { Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body() }
      return nil
    }, box.toOpaque())
  guard code == 0 else {
    box.release()
    throw systemProblem("start a thread", code)
  }
}
