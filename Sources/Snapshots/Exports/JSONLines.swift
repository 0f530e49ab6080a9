import Core
import Yajl

/// Reads JSON lines as they come, in pieces of any size, and counts them: each line is one object, and the last one is
/// ended, too. Memory does not grow with the lines. Used by one task at a time.
package final class JSONLines {
  private let place: String
  /// Lines that were read to their end.
  package private(set) var count: Int64 = 0
  private var line: JSONTokenizer?
  /// Whether the line's first token has come, and is the beginning of an object.
  private var isObject = false

  /// Values nest as deep as PostgreSQL lets them, and a value is at most a gibibyte.
  private static let deepest = 1 << 20
  private static let longest = 1 << 30

  /// - Parameter place: Where they come from, for a problem.
  package init(from place: String) { self.place = place }

  /// - Throws: `snapshot.export-garbled` with the number of a line that is no object of JSON.
  package func add(_ bytes: UnsafeRawBufferPointer) throws(Problem) {
    var rest = bytes
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x0a)
      let part = UnsafeRawBufferPointer(rebasing: rest[..<(end ?? rest.endIndex)])
      if !part.isEmpty { try read(part) }
      guard let end else { return }
      try endLine()
      rest = UnsafeRawBufferPointer(rebasing: rest[(end + 1)...])
    }
  }

  /// To be called once, last.
  package func finish() throws(Problem) {
    guard line == nil else { throw garbled("it is not ended") }
  }

  private func read(_ part: UnsafeRawBufferPointer) throws(Problem) {
    do throws(JSONTokenizerError) {
      let reader: JSONTokenizer
      if let line {
        reader = line
      } else {
        reader = try JSONTokenizer(maximumDepth: Self.deepest, maximumTokenLength: Self.longest)
        line = reader
        isObject = false
      }
      try reader.feed(part, to: see)
    } catch {
      throw garbled("it is no JSON")
    }
  }

  private func see(_ token: JSONToken) -> JSONStep {
    if isObject { return .goOn }
    guard case .beginObject = token else { return .stop }
    isObject = true
    return .goOn
  }

  private func endLine() throws(Problem) {
    guard let line else { throw garbled("it is empty") }
    do throws(JSONTokenizerError) { try line.finish(see) } catch { throw garbled("it is no JSON") }
    self.line = nil
    count += 1
  }

  /// What the line says is a row's content, and not told.
  private func garbled(_ why: String) -> Problem {
    Problem(
      "snapshot.export-garbled", "line \(count + 1) of an export is no object of JSON", place: place, why: why,
      remedy:
        "take a new snapshot; if it happens again, look for text in the table that is not in the database's encoding")
  }
}
