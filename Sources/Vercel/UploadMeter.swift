import Core
import Synchronization

/// Counts what has gone up, and tells it every few seconds: files, bytes, rate and time left.
final class UploadMeter: Sendable {
  private struct State {
    var files = 0
    var bytes: Int64 = 0
    /// What is on its way, by digest; never more than its size, though parts of it may be sent again.
    var open: [String: (sent: Int64, size: Int64)] = [:]
    var toldAt: Duration
    var toldRemaining = false
  }

  private let name: String
  private let files: Int
  private let bytes: Int64
  private let start: Duration
  private let timing: any Timing
  private let progress: ProgressSink
  private let state: Mutex<State>

  static let interval = Duration.seconds(5)

  init(_ name: String, files: Int, bytes: Int, timing: any Timing, progress: @escaping ProgressSink) {
    self.name = name
    self.files = files
    self.bytes = Int64(bytes)
    self.timing = timing
    self.progress = progress
    start = timing.steady()
    state = Mutex(State(toldAt: start))
  }

  func begins(_ digest: String, size: Int) { state.withLock { $0.open[digest] = (0, Int64(size)) } }

  func sent(_ digest: String, _ count: Int) {
    tell { state in
      guard let (sent, size) = state.open[digest] else { return }
      state.open[digest] = (min(size, sent + Int64(count)), size)
    }
  }

  func ends(_ digest: String) {
    tell { state in
      guard let (_, size) = state.open.removeValue(forKey: digest) else { return }
      state.files += 1
      state.bytes += size
    }
  }

  /// The service says how many more it takes for now: told once, when that will not do.
  func remaining(_ count: Int) -> String? {
    state.withLock { state in
      let left = files - state.files
      guard !state.toldRemaining, count < left else { return nil }
      state.toldRemaining = true
      return "Vercel takes \(count) more uploads for now, and \(left) are left to send"
    }
  }

  func begin(of all: Int) {
    progress(Progress(name, "uploading \(files) of \(all) files, \(bytes.bytesInWords)"))
  }

  func end() {
    let took = timing.steady() - start
    progress(Progress(name, "uploaded \(files) files, \(bytes.bytesInWords)\(rate(bytes, took))"))
  }

  private func tell(_ change: (inout State) -> Void) {
    let now = timing.steady()
    let line = state.withLock { state -> String? in
      change(&state)
      guard now - state.toldAt >= UploadMeter.interval, state.files < files else { return nil }
      state.toldAt = now
      let done = state.bytes + state.open.values.reduce(0) { $0 + $1.sent }
      return story(state.files, done, now - start)
    }
    if let line { progress(Progress(name, line)) }
  }

  private func story(_ doneFiles: Int, _ done: Int64, _ took: Duration) -> String {
    var text = "uploading: \(doneFiles) of \(files) files, \(done.bytesInWords) of \(bytes.bytesInWords)"
    text += rate(done, took)
    if done > 0 {
      let left = took.inSeconds * Double(bytes - done) / Double(done)
      text += ", \(Int64(min(left.rounded(.up), 1e9))) s left"
    }
    return text
  }

  /// `, 3.1 MiB/s`; nothing when there is nothing to divide by.
  private func rate(_ done: Int64, _ took: Duration) -> String {
    guard took > .zero, done > 0 else { return "" }
    let rate = Double(done) / took.inSeconds
    return ", \(Int64(min(rate, 1e18)).bytesInWords)/s"
  }
}

extension Duration {
  fileprivate var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
