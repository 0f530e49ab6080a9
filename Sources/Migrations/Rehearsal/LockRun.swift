import Core

/// Consecutive samples of a database that showed the same locks, by the server's clock in microseconds.
struct LockRun: Hashable, Sendable {
  struct Lock: Hashable, Sendable {
    /// The virtual transaction: no two of a server's life have the same.
    var holder: String
    /// The relation's number in `pg_class`.
    var relation: Int64
    var mode: LockMode
  }

  /// When the first sample had been taken.
  var opened: Int64
  /// When the last one was about to be taken.
  var last: Int64
  /// The longest time between two of its samples.
  var widest: Int64
  var samples: Int64
  var locks: [Lock]
  /// More locks were held than a sample takes.
  var isCut: Bool

  init(opened: Int64, last: Int64, widest: Int64 = 0, samples: Int64 = 1, locks: [Lock], isCut: Bool = false) {
    self.opened = opened
    self.last = last
    self.widest = widest
    self.samples = samples
    self.locks = locks
    self.isCut = isCut
  }

  /// Reads a line of ``LockWatch``: `opened last widest samples|holder relation mode,…`; `nil` for anything else.
  init?(line: Substring) {
    let halves = line.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2 else { return nil }
    let numbers = halves[0].split(separator: " ").compactMap { Int64($0) }
    guard numbers.count == 4 else { return nil }
    var locks: [Lock] = []
    for text in halves[1].split(separator: ",") {
      let words = text.split(separator: " ")
      guard words.count == 3, let relation = Int64(words[1]), let mode = LockMode(catalogueName: String(words[2]))
      else { return nil }
      locks.append(Lock(holder: String(words[0]), relation: relation, mode: mode))
    }
    self.init(
      opened: numbers[0], last: numbers[1], widest: numbers[2], samples: numbers[3], locks: locks,
      isCut: locks.count > LockWatch.most)
  }
}
