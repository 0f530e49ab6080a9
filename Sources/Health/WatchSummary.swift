import Core

/// What a watch or a verification looked at, probe by probe.
package struct WatchSummary: Hashable, Sendable {
  package struct Line: Hashable, Sendable {
    package var probe: String
    package var well = 0
    package var unwell = 0
    package var blind = 0
    /// What the last sample found.
    package var last: Wellness?
    package var lastReason = ""
    /// Of the samples that had an answer, in milliseconds; the newest ``WatchSummary/kept``.
    fileprivate var latencies: [Int64] = []

    package var samples: Int { well + unwell + blind }
    /// The latency that half the answers kept within.
    package var p50: Duration? { percentile(50) }
    package var p95: Duration? { percentile(95) }

    /// By nearest rank: the smallest value that so many of a hundred are not above.
    private func percentile(_ share: Int) -> Duration? {
      guard !latencies.isEmpty else { return nil }
      let rank = (latencies.count * share + 99) / 100
      return .milliseconds(latencies.sorted()[max(0, rank - 1)])
    }
  }

  static let kept = 20_000

  /// In the policy's order.
  package private(set) var lines: [Line]

  package init(probes: [String]) { lines = probes.map { Line(probe: $0) } }

  package mutating func add(_ sample: Sample) {
    guard let index = lines.firstIndex(where: { $0.probe == sample.probe }) else { return }
    switch sample.verdict {
    case .well: lines[index].well += 1
    case .unwell: lines[index].unwell += 1
    case .blind: lines[index].blind += 1
    }
    lines[index].last = sample.verdict
    lines[index].lastReason = sample.reason
    guard let latency = sample.latency else { return }
    if lines[index].latencies.count >= WatchSummary.kept { lines[index].latencies.removeFirst(WatchSummary.kept / 2) }
    lines[index].latencies.append(latency.milliseconds)
  }

  package var samples: Int { lines.reduce(0) { $0 + $1.samples } }
  package var unwell: Int { lines.reduce(0) { $0 + $1.unwell } }
  package var blind: Int { lines.reduce(0) { $0 + $1.blind } }

  package var json: JSON {
    .array(
      lines.map { line in
        .dictionary([
          ("probe", .string(line.probe)), ("samples", .integer(Int64(line.samples))),
          ("well", .integer(Int64(line.well))), ("unwell", .integer(Int64(line.unwell))),
          ("blind", .integer(Int64(line.blind))), ("p50-ms", line.p50.map { .integer($0.milliseconds) }),
          ("p95-ms", line.p95.map { .integer($0.milliseconds) }),
          ("last", line.last.map { .string($0.rawValue) }), ("reason", .string(line.lastReason)),
        ])
      })
  }
}
