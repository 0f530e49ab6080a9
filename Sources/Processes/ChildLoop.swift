internal import CSpawn
import Core
import Glibc

/// Moves the bytes of one program and keeps its time; runs on a thread of its own and ends by itself.
final class ChildLoop: Sendable {
  /// How long the outputs may stay open and quiet after the program ended, because something it left behind holds
  /// them. What the program itself wrote has been read by then.
  private static let quiet = Duration.milliseconds(500)
  /// How long after SIGKILL a program that the kernel does not let go is waited for.
  private static let patience = Duration.seconds(5)
  /// What a pipe holds by default.
  private static let pipeSize = 64 << 10
  /// What the pipe of a program whose output is streamed holds, where the kernel allows it.
  private static let widePipeSize = 1 << 20
  /// A program that writes page by page would wake us for each of them, which costs both more than the bytes do. So a wide
  /// pipe of which little was read is left alone for a moment, in which a fast program fills a part of it.
  private static let pause = Duration.milliseconds(1)
  /// Most bytes read from what outlives the program.
  private static let straggling = 64 << 20

  private let child: ChildProcess
  private let command: Command
  private let streams: Bool
  private let output: Int32
  private let errorOutput: Int32
  private let input: Int32
  private let file: Int32

  init(
    child: ChildProcess, command: Command, streams: Bool, output: Int32, errorOutput: Int32, input: Int32,
    file: Int32
  ) {
    self.child = child
    self.command = command
    self.streams = streams
    self.output = output
    self.errorOutput = errorOutput
    self.input = input
    self.file = file
  }

  private enum Phase {
    case running
    /// SIGTERM was sent; SIGKILL follows at that time.
    case terminating(killAt: Duration)
    case killed(giveUpAt: Duration)
  }

  func run() {
    // A program that stops reading must be an error of `write`, not the end of Gatehouse; the signal is the thread's.
    var broken = sigset_t()
    sigemptyset(&broken)
    sigaddset(&broken, SIGPIPE)
    pthread_sigmask(SIG_BLOCK, &broken, nil)

    let started = steadyTime()
    let deadline = started + command.timeout
    var phase = Phase.running
    var timedOut = false
    var wasEnded = false
    var abandoned = false
    var quietSince = started
    var exitSeen = false
    var groupKilledAt: Duration?
    var bytesAfterExit = 0
    let isWide =
      streams && gatehouse_widen_pipe(output, Int32(ChildLoop.widePipeSize)) >= ChildLoop.widePipeSize
    let chunkSize = isWide ? ChildLoop.widePipeSize / 4 : ChildLoop.pipeSize
    var pausedUntil = started
    var streamsOut = OutputStream(descriptor: output, limit: streams ? 0 : command.captureLimit)
    var streamsError = OutputStream(descriptor: errorOutput, limit: command.captureLimit)
    var feed = InputFeed(descriptor: input, bytes: command.input ?? [])
    var saved = SavedOutput(descriptor: file, limit: command.outputFileLimit)

    while true {
      let now = steadyTime()
      let isFull = streams && child.mailboxIsFull
      let isPaused = now < pausedUntil && !child.hasExited
      var next: Duration
      if !child.hasExited {
        switch phase {
        case .running:
          wasEnded = child.endIsRequested
          timedOut = !wasEnded && now >= deadline
          next = deadline
          if wasEnded || timedOut {
            signalGroup(SIGTERM)
            // A stopped program gets its SIGTERM only when it goes on.
            signalGroup(SIGCONT)
            next = now + command.killAfter
            phase = .terminating(killAt: next)
          }
        case .terminating(let killAt):
          next = killAt
          if now >= killAt {
            signalGroup(SIGKILL)
            next = now + ChildLoop.patience
            phase = .killed(giveUpAt: next)
          }
        case .killed(let giveUpAt):
          next = giveUpAt
          if now >= giveUpAt { abandoned = true }
        }
        if abandoned { break }
      } else {
        if !exitSeen {
          exitSeen = true
          quietSince = now
        }
        if isFull { quietSince = now }
        let ended = streamsOut.isAtEnd && streamsError.isAtEnd
        // What was read so far must not be taken for all of it.
        if !ended, child.endIsRequested { wasEnded = true }
        if ended || wasEnded && !isEnding(phase) || bytesAfterExit > ChildLoop.straggling {
          killGroup(always: timedOut || wasEnded)
          break
        }
        var patience = quietSince + ChildLoop.quiet
        if case .terminating(let killAt) = phase, groupKilledAt == nil { patience = max(patience, killAt) }
        if now >= patience {
          if groupKilledAt != nil { break }
          killGroup(always: timedOut || wasEnded)
          groupKilledAt = now
          quietSince = now
          patience = now + ChildLoop.quiet
        }
        next = patience
      }
      if isPaused { next = min(next, pausedUntil) }
      var waits: [pollfd] = [
        pollfd(fd: child.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isFull || isPaused ? -1 : streamsOut.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: streamsError.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: feed.descriptor, events: Int16(POLLOUT), revents: 0),
      ]
      // One more than the rest, so that a wait never ends just before its time and spins.
      let milliseconds = Int32(clamping: max(0, (next - steadyTime()).milliseconds) &+ 1)
      guard poll(&waits, nfds_t(waits.count), milliseconds) > 0 else { continue }
      if waits[0].revents != 0 {
        var count: UInt64 = 0
        _ = read(child.wakeDescriptor, &count, 8)
      }
      if waits[3].revents != 0 { feed.push() }
      if waits[1].revents != 0 {
        let chunk = child.emptyChunk(chunkSize)
        streamsOut.take(into: chunk)
        if chunk.count > 0 {
          quietSince = now
          if exitSeen { bytesAfterExit += chunk.count }
          if isWide, chunk.count < chunkSize { pausedUntil = steadyTime() + ChildLoop.pause }
          saved.append(chunk)
        }
        if streams, chunk.count > 0 { child.deliver(chunk) } else { child.reuse(chunk) }
      }
      if waits[2].revents != 0 {
        let chunk = child.emptyChunk(chunkSize)
        streamsError.take(into: chunk)
        if chunk.count > 0 {
          quietSince = now
          if exitSeen { bytesAfterExit += chunk.count }
          saved.append(chunk)
        }
        child.reuse(chunk)
      }
    }

    streamsOut.shut()
    streamsError.shut()
    feed.shut()
    saved.shut()
    let ending = abandoned ? Finished.Ending.timedOut : child.reap()
    let finished = Finished(
      ending: timedOut ? .timedOut : ending, output: streamsOut.kept, errorOutput: streamsError.kept,
      outputBytes: streamsOut.total, errorOutputBytes: streamsError.total, duration: steadyTime() - started,
      outputFileIsWhole: saved.isWhole)
    let interrupted = Problem(
      "process.cancelled", "\(command.name) was ended before it had finished", why: "the run was cancelled")
    child.complete(wasEnded ? .failure(interrupted) : .success(finished), abandoning: abandoned)
  }

  private func isEnding(_ phase: Phase) -> Bool {
    if case .running = phase { false } else { true }
  }

  /// Closes everything when the loop cannot run.
  func abandon() { for descriptor in [output, errorOutput, input, file] where descriptor >= 0 { close(descriptor) } }

  private func signalGroup(_ signal: Int32) { kill(-child.identifier, signal) }

  /// Only while the program is unreaped: see ``ChildProcess``.
  private func killGroup(always: Bool) {
    if always || command.endsGroup { signalGroup(SIGKILL) }
  }
}

/// `CLOCK_MONOTONIC`.
private func steadyTime() -> Duration {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
