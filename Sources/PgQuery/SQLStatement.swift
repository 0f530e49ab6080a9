/// One statement of a script with its tree, or why there is none.
package struct SQLStatement: Hashable, Sendable {
  /// From 1: where its first word stands in the script; columns are characters.
  package let line: Int
  package let column: Int
  package let tree: Result<SQLNode, SQLParseError>

  package init(line: Int, column: Int = 1, tree: Result<SQLNode, SQLParseError>) {
    self.line = line
    self.column = column
    self.tree = tree
  }
}

/// Where the bytes of a script stand.
struct ScriptPositions {
  let bytes: [UInt8]
  private let lineStarts: [Int]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    lineStarts = [0] + bytes.indices.filter { bytes[$0] == 0x0a }.map { $0 + 1 }
  }

  /// The line and the column, both from 1, of a byte.
  func position(of offset: Int) -> (line: Int, column: Int) {
    let offset = min(max(0, offset), bytes.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return (low + 1, 1 + bytes[lineStarts[low]..<offset].count { $0 & 0xc0 != 0x80 })
  }

  /// The byte at which so many characters have gone by, from a beginning.
  func offset(after characters: Int, from begin: Int) -> Int {
    var left = characters
    var at = begin
    while at < bytes.count, left > 0 {
      at += 1
      while at < bytes.count, bytes[at] & 0xc0 == 0x80 { at += 1 }
      left -= 1
    }
    return at
  }

  /// Past blanks, comments and empty statements: where the next word stands.
  func firstWord(from begin: Int) -> Int {
    var at = begin
    while at < bytes.count {
      switch bytes[at] {
      case 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20, UInt8(ascii: ";"): at += 1
      case UInt8(ascii: "-") where at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "-"):
        while at < bytes.count, bytes[at] != 0x0a { at += 1 }
      case UInt8(ascii: "/") where at + 1 < bytes.count && bytes[at + 1] == UInt8(ascii: "*"):
        at = endOfComment(at)
      default: return at
      }
    }
    return at
  }

  private func endOfComment(_ begin: Int) -> Int {
    var at = begin
    var depth = 0
    while at < bytes.count {
      let pair = at + 1 < bytes.count ? (bytes[at], bytes[at + 1]) : (bytes[at], 0)
      if pair == (UInt8(ascii: "/"), UInt8(ascii: "*")) {
        depth += 1
        at += 2
      } else if pair == (UInt8(ascii: "*"), UInt8(ascii: "/")) {
        depth -= 1
        at += 2
        if depth == 0 { return at }
      } else {
        at += 1
      }
    }
    return at
  }
}
