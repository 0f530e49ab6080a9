import Core

/// Go's cover profiles (https://pkg.go.dev/golang.org/x/tools/cover): `mode:`, then a block on each line.
///
/// Go measures statements by blocks. With `-coverpkg` a block comes once for each test binary and counts once; it ran when
/// it ran in any. What `go tool cover` refuses is refused: no mode, a second one, a block with two numbers of statements.
final class GoCoverprofileReader: LineReportReader {
  static let format = EvidenceFormat.goCoverprofile

  static func recognises(_ looks: TextLooks) -> Bool {
    guard let first = looks.first, first.hasPrefix("mode:") else { return false }
    return modes.contains(String(TextLooks.trimmed(first.dropFirst(5))))
  }

  private static let modes: Set<String> = ["set", "count", "atomic"]
  private static let mostBlocks = 2_000_000

  private struct Block {
    var first: Int32
    var last: Int32
    var statements: Int32
    var ran: Bool
  }

  private var files: [String: [UInt64: Block]] = [:]
  private var blocks = 0
  private var sawMode = false
  /// Blocks of one file mostly follow each other.
  private var current = ""
  private var currentBlocks: [UInt64: Block] = [:]

  func take(_ bytes: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    guard !bytes.isEmpty else { return }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw ReadingFault(why: "is not valid UTF-8") }
    if text.hasPrefix("mode:") {
      if sawMode { throw ReadingFault(why: "states a mode a second time: profiles put together are no profile") }
      sawMode = true
      return
    }
    // file:line.column,line.column statements count
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count >= 3, let ran = isPositive(parts[parts.count - 1]),
      let statements = Int32(parts[parts.count - 2]), statements >= 0, statements < 1 << 20
    else { throw ReadingFault(why: "is no block of a cover profile") }
    let place = parts.dropLast(2).joined(separator: " ")
    guard let colon = place.lastIndex(of: ":"), colon != place.startIndex,
      let positions = positions(place[place.index(after: colon)...])
    else { throw ReadingFault(why: "is no block of a cover profile") }
    enter(String(place[..<colon]))
    var hash = StableHash()
    for position in positions { hash.add(number: UInt64(truncatingIfNeeded: position)) }
    if var known = currentBlocks[hash.value] {
      guard known.statements == statements else {
        throw ReadingFault(why: "gives a block another number of statements than before")
      }
      known.ran = known.ran || ran
      currentBlocks[hash.value] = known
    } else {
      blocks += 1
      guard blocks <= GoCoverprofileReader.mostBlocks else {
        throw ReadingFault(why: "has more blocks than can be held")
      }
      currentBlocks[hash.value] = Block(first: positions[0], last: positions[2], statements: statements, ran: ran)
    }
  }

  func finish() throws(ReadingFault) -> Reading {
    enter("")
    files[""] = nil
    guard !files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no block") }
    var facts = CoverageFacts()
    var noted = 0
    for (path, blocks) in files {
      var file = FileCoverage(format: .goCoverprofile)
      file.counting = .statements
      for (key, block) in blocks where block.statements > 0 {
        file.statements.note(key, Share(block.ran ? Int(block.statements) : 0, of: Int(block.statements)))
        noted += Int(block.last - block.first) + 1
        guard noted <= CoverageNumbers.mostLines else { throw ReadingFault(why: "has more lines than can be held") }
        for line in block.first...block.last { file.lines.note(Int(line), ran: block.ran) }
      }
      file.settle()
      // Two ways to write one path are one file.
      let plain = CoverageFacts.plainPath(path)
      if var known = facts.files[plain] {
        known.merge(file)
        file = known
      }
      facts.files[plain] = file
    }
    return Reading(facts: .coverage(facts), format: .goCoverprofile)
  }

  private func enter(_ path: String) {
    guard path != current else { return }
    files[current] = currentBlocks
    current = path
    currentBlocks = files.removeValue(forKey: path) ?? [:]
  }

  /// First line, first column, last line, last column.
  private func positions(_ text: Substring) -> [Int32]? {
    let numbers = text.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "," }
    guard numbers.count == 4, text.count(where: { $0 == "," }) == 1 else { return nil }
    let read = numbers.compactMap { Int32($0) }
    guard read.count == 4, read.allSatisfy({ $0 >= 0 }), read[0] >= 1, read[2] >= read[0] else { return nil }
    return read
  }

  /// Counts may be beyond 64 bits.
  private func isPositive(_ text: Substring) -> Bool? {
    guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return text.utf8.contains { $0 != 0x30 }
  }
}
