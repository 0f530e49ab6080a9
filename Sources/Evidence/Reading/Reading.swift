import Core

/// What a reader of one format hands back.
struct Reading {
  var facts: EvidenceFacts
  var format: EvidenceFormat
  var commits: [String] = []
  var time: Timestamp?
  var warnings = Warnings()
}

/// Oddities, each kind told once with how often it was met.
struct Warnings {
  private var counts: [(text: String, count: Int)] = []

  mutating func add(_ text: String) {
    if let index = counts.firstIndex(where: { $0.text == text }) {
      counts[index].count += 1
    } else if counts.count < 20 {
      counts.append((text, 1))
    }
  }

  var texts: [String] {
    counts.map { $0.count == 1 ? $0.text : "\($0.text) (\($0.count) times)" }
  }
}

/// Why a reader stopped, without the file's name, which it does not know.
struct ReadingFault: Error {
  var kind: EvidenceFault.Kind = .unreadable
  var line: Int?
  var column: Int?
  var why: String
  /// What to do, where that is special.
  var remedy: String?
}

/// Reads one file, fed in pieces.
protocol FormatReader: AnyObject {
  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault)
  func finish() throws(ReadingFault) -> Reading
}
