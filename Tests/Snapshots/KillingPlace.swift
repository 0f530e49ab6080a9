import Core
import Glibc
import Snapshots
import Synchronization

/// Counts what is done with places, and kills the process at a given step.
final class Steps: Sendable {
  private let left: Mutex<Int>

  init(before step: Int) { left = Mutex(step) }

  func take() {
    let isLast = left.withLock { left in
      left -= 1
      return left == 0
    }
    if isLast { kill(getpid(), SIGKILL) }
  }
}

/// A folder whose process is killed at one of the steps that it is used for.
struct KillingPlace: SnapshotPlace {
  let folder: FolderPlace
  let steps: Steps

  var shown: String { folder.shown }
  func objects() throws(Problem) -> [SnapshotObject] { try folder.objects() }

  func write(_ name: String) throws(Problem) -> any SnapshotSink {
    steps.take()
    return KillingSink(under: try folder.write(name), steps: steps)
  }

  func read(
    _ name: String, _ body: (UnsafeRawBufferPointer) async throws(Problem) -> Void
  ) async throws(Problem) {
    steps.take()
    try await folder.read(name, body)
    steps.take()
  }

  func remove(_ name: String) throws(Problem) { try folder.remove(name) }
}

private final class KillingSink: SnapshotSink {
  let under: any SnapshotSink
  let steps: Steps
  init(under: any SnapshotSink, steps: Steps) {
    self.under = under
    self.steps = steps
  }
  nonisolated(nonsending) func append(_ bytes: UnsafeRawBufferPointer) async throws(Problem) {
    try await under.append(bytes)
    steps.take()
  }
  func commit(replacing: Bool) async throws(Problem) {
    try await under.commit(replacing: replacing)
    steps.take()
  }
  func abandon() async { await under.abandon() }
}
