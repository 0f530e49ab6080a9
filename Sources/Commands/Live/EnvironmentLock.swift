import Core
import Glibc
import Store

/// One run at a time changes an environment: a lease in the store, prolonged while the work goes on.
struct EnvironmentLock: Sendable {
  static let length = Duration.seconds(60)
  static let renewal = Duration.seconds(20)

  let store: any Store
  let timing: any Timing

  enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    /// Another run holds it.
    case heldBy(LeaseHolder)
  }

  /// Does the work while holding the lock of that name; a process of this machine that is gone holds nothing.
  ///
  /// When the lock is lost meanwhile, the work is cancelled and the loss is what is thrown: nothing more may be done here.
  func holding<Value: Sendable>(
    _ name: String, for run: RunID, _ work: @escaping @Sendable (Lease) async throws -> Value
  ) async throws -> Outcome<Value> {
    let holder = LeaseHolder(run: run, host: EnvironmentLock.hostName(), process: EnvironmentLock.process())
    let outcome = try await store.acquire(
      name, holder: holder, for: EnvironmentLock.length,
      isGone: { ProcessMark($0.process)?.isGone ?? false })
    guard case .granted(let lease) = outcome else {
      if case .heldBy(let other) = outcome { return .heldBy(other) }
      return .heldBy(holder)
    }
    let result: Result<Value, any Error>
    do { result = .success(try await working(lease, work)) } catch { result = .failure(error) }
    // Given back in any case, so that `resume` need not wait for it to lapse.
    do { try await store.release(lease) } catch { if case .success = result { throw error } }
    return .done(try result.get())
  }

  private func working<Value: Sendable>(
    _ lease: Lease, _ work: @escaping @Sendable (Lease) async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
      group.addTask { try await work(lease) }
      group.addTask {
        var failures = 0
        while true {
          do { try await timing.sleep(for: EnvironmentLock.renewal) } catch { return nil }
          do {
            _ = try await store.renew(lease, for: EnvironmentLock.length)
            failures = 0
          } catch StoreProblem.unavailable(let place, let why) {
            // The lease outlives two missed renewals; a third would let somebody else in.
            failures += 1
            if failures > 1 { throw StoreProblem.unavailable(place: place, why: why) }
          }
        }
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  static func hostName() -> String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func process() -> String { ProcessMark.current()?.description ?? "\(getpid())" }
}
