/// Takes secrets out of a program's output while it passes, wherever the pieces are cut.
///
/// Each value is found as it is, in base64, percent-encoded, as a JSON text escapes it, and line by line when it has
/// several. What is shorter than ``shortest`` bytes is left: `1` and `yes` stand everywhere and tell nothing.
package struct OutputRedactor {
  package static let shortest = 4
  static let mark = Array("‹secret›".utf8)

  /// By their first byte, the longest first.
  private var values: [[[UInt8]]] = Array(repeating: [], count: 256)
  private var longest = 0
  private var rest: [UInt8] = []

  package init(_ secrets: some Sequence<Secret>) {
    var all: Set<[UInt8]> = []
    for secret in secrets {
      let value = secret.reveal()
      all.formUnion(OutputRedactor.spellings(value))
      let lines = value.split(whereSeparator: \.isNewline)
      if lines.count > 1 { for line in lines { all.formUnion(OutputRedactor.spellings(String(line))) } }
    }
    for value in all where value.count >= OutputRedactor.shortest {
      values[Int(value[0])].append(value)
      longest = max(longest, value.count)
    }
    for index in values.indices { values[index].sort { $0.count > $1.count } }
  }

  /// What may be shown of this piece and of what was kept back; a value may go on in the next one.
  package mutating func pass(_ piece: some Sequence<UInt8>) -> [UInt8] {
    rest += piece
    return take(keeping: max(0, longest - 1))
  }

  /// The rest, when nothing comes any more.
  package mutating func finish() -> [UInt8] { take(keeping: 0) }

  private mutating func take(keeping kept: Int) -> [UInt8] {
    var out: [UInt8] = []
    var index = 0
    while index + kept < rest.count {
      if let value = values[Int(rest[index])].first(where: { rest[index...].starts(with: $0) }) {
        out += OutputRedactor.mark
        index += value.count
      } else {
        out.append(rest[index])
        index += 1
      }
    }
    rest.removeFirst(min(index, rest.count))
    return out
  }

  private static func spellings(_ value: String) -> [[UInt8]] {
    let bytes = Array(value.utf8)
    let json = Array(JSON.string(value).text().utf8.dropFirst().dropLast())
    return [bytes, json, json.escapingSlashes, bytes.percentEncoded, bytes.base64]
  }
}

extension [UInt8] {
  /// As some writers of JSON have it.
  fileprivate var escapingSlashes: [UInt8] {
    flatMap { $0 == UInt8(ascii: "/") ? [UInt8(ascii: "\\"), $0] : [$0] }
  }

  fileprivate var percentEncoded: [UInt8] {
    let digits = Array("0123456789ABCDEF".utf8)
    return flatMap { byte -> [UInt8] in
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e: [byte]
      default: [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
  }

  /// Without what depends on what follows: the last group is left out when it is not whole.
  fileprivate var base64: [UInt8] {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var out: [UInt8] = []
    var index = 0
    while index + 2 < count {
      let group = Int(self[index]) << 16 | Int(self[index + 1]) << 8 | Int(self[index + 2])
      for shift in [18, 12, 6, 0] { out.append(digits[group >> shift & 63]) }
      index += 3
    }
    return out
  }
}
