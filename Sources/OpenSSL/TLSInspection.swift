import Dispatch
import Synchronization

/// Connects, makes a TLS handshake, and tells what the server showed. No byte of the application is sent.
///
/// - Parameters:
///   - serverName: the name asked for and compared; `host` when `nil`.
///   - connectTo: where to connect instead of what DNS says.
///   - trustFile: PEM certificates that are trusted instead of the system's.
///   - timeout: for all of it. A resolver that hangs is left behind on its thread; the answer is in time.
package func inspectTLS(
  host: String, port: Int, serverName: String? = nil, connectTo: (String, Int)? = nil, trustFile: String? = nil,
  timeout: Duration
) async -> Result<ServedCertificate, TLSInspectionFailure> {
  let name = serverName ?? host
  let (address, addressPort) = connectTo ?? (host, port)
  let answer = FirstAnswer()
  let milliseconds = max(1, Int(timeout / .milliseconds(1)))
  return await withTaskCancellationHandler {
    await withCheckedContinuation { continuation in
      answer.wait(continuation)
      let deadline = DispatchTime.now() + .milliseconds(milliseconds)
      inspections.asyncAfter(deadline: deadline) { answer.give(.failure(.timeout)) }
      inspections.async {
        answer.give(
          inspect(
            address: address, port: addressPort, name: name, trustFile: trustFile,
            deadline: Deadline(at: deadline), isCancelled: { answer.isGiven }))
      }
    }
  } onCancel: {
    answer.give(.failure(.cancelled))
  }
}

/// Blocking system calls run here and not on the threads of Swift's tasks.
private let inspections = DispatchQueue(label: "gatehouse.tls", attributes: .concurrent)

/// Hands the first of several answers to the one who waits.
private final class FirstAnswer: Sendable {
  typealias Answer = Result<ServedCertificate, TLSInspectionFailure>
  private struct State {
    var given: Answer?
    var waiting: CheckedContinuation<Answer, Never>?
  }
  private let state = Mutex(State())

  var isGiven: Bool { state.withLock { $0.given != nil } }

  func wait(_ continuation: CheckedContinuation<Answer, Never>) {
    let given = state.withLock { state -> Answer? in
      if state.given == nil { state.waiting = continuation }
      return state.given
    }
    if let given { continuation.resume(returning: given) }
  }

  func give(_ answer: Answer) {
    let waiting = state.withLock { state -> CheckedContinuation<Answer, Never>? in
      guard state.given == nil else { return nil }
      state.given = answer
      defer { state.waiting = nil }
      return state.waiting
    }
    waiting?.resume(returning: answer)
  }
}

/// A point of the steady clock that a blocking call must not pass.
struct Deadline: Sendable {
  private let at: DispatchTime
  init(at: DispatchTime) { self.at = at }

  /// For `poll`: what is left, at most 100 ms so that a cancelled inspection does not linger; 0 when nothing is left.
  var slice: Int32 {
    let now = DispatchTime.now()
    guard now < at else { return 0 }
    return Int32(min(100, (at.uptimeNanoseconds - now.uptimeNanoseconds) / 1_000_000 + 1))
  }
}
