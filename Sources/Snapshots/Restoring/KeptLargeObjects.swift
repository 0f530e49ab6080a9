import Synchronization

/// Large objects that a restore in place found and no snapshot has: written while it was prepared, and left where they are.
struct KeptLargeObjects: Hashable, Sendable {
  var count = 0
  /// Their numbers, of many the first thousand.
  var numbers: [String] = []

  /// - Parameter text: What the script said, with `kept 2: 16401 16405` as the last such line.
  init(said text: String) {
    let mark = "kept "
    guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix(mark) }) else { return }
    let parts = line.dropFirst(mark.count).split(separator: ":", maxSplits: 1)
    guard let count = parts.first.flatMap({ Int($0) }), count > 0 else { return }
    self.count = count
    numbers = parts.count < 2 ? [] : parts[1].split(separator: " ").filter { UInt32($0) != nil }.map(String.init)
  }

  /// For people; `nil` when there are none.
  var words: String? {
    guard count > 0 else { return nil }
    let shown = numbers.prefix(100).joined(separator: ", ")
    let more = count - min(numbers.count, 100)
    return "large objects that were written while the restore was prepared are kept, and in no snapshot: \(shown)"
      + (more > 0 ? " and \(more) more" : "")
  }
}

/// The end of what a program printed.
final class LastWords: Sendable {
  private static let limit = 64 << 10
  private let bytes = Mutex<[UInt8]>([])

  func append(_ chunk: UnsafeRawBufferPointer) {
    bytes.withLock { bytes in
      bytes.append(contentsOf: chunk)
      if bytes.count > 2 * LastWords.limit { bytes.removeFirst(bytes.count - LastWords.limit) }
    }
  }

  var text: String { bytes.withLock { String(decoding: $0, as: UTF8.self) } }
}
