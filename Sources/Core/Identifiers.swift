/// A name that must not be confused with another kind of name.
///
/// Conforming types wrap one string; they compare, sort and print as that string.
package protocol Identifier: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
  var text: String { get }
  init(_ text: String)
}

extension Identifier {
  package var description: String { text }
  package init(stringLiteral value: String) { self.init(value) }
  package static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

/// A Git commit, written as its full hexadecimal object name (40 or 64 lower-case digits).
package struct CommitID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text.lowercased() }

  /// The first seven digits, as people quote it.
  package var short: String { String(text.prefix(7)) }

  /// Whether the text is a full object name of SHA-1 or SHA-256 Git.
  package var isComplete: Bool {
    (text.utf8.count == 40 || text.utf8.count == 64) && text.utf8.allSatisfy(\.isHexadecimalDigit)
  }

  /// Whether both name the same commit, one of them perhaps shortened to no fewer than seven digits.
  package func names(_ other: CommitID) -> Bool {
    let shorter = text.utf8.count <= other.text.utf8.count ? text : other.text
    let longer = text.utf8.count <= other.text.utf8.count ? other.text : text
    return shorter.utf8.count >= 7 && longer.hasPrefix(shorter) && shorter.utf8.allSatisfy(\.isHexadecimalDigit)
  }
}

/// One invocation that decides or changes something; sorts by the time it began. See ``RunID/make(at:random:)``.
package struct RunID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }

  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  /// A ULID: 48 bits of milliseconds since 1970 and 80 random bits, in Crockford's base 32 (26 characters).
  ///
  /// Source: https://github.com/ulid/spec
  package static func make(at time: Timestamp, random: (UInt64, UInt16)) -> RunID {
    var digits: [UInt8] = []
    let milliseconds = UInt64(max(0, time.milliseconds))
    for place in (0..<10).reversed() {
      digits.append(alphabet[Int((milliseconds >> (5 * UInt64(place))) & 31)])
    }
    var value = (UInt128(random.1) << 64) | UInt128(random.0)
    var tail: [UInt8] = []
    for _ in 0..<16 {
      tail.append(alphabet[Int(value & 31)])
      value >>= 5
    }
    return RunID(String(decoding: digits + tail.reversed(), as: UTF8.self))
  }

  /// When it was made; `nil` for a text that ``make(at:random:)`` did not make.
  package var time: Timestamp? {
    let digits = Array(text.utf8)
    guard digits.count == 26 else { return nil }
    var milliseconds: Int64 = 0
    for (place, digit) in digits.enumerated() {
      guard let value = RunID.alphabet.firstIndex(of: digit) else { return nil }
      if place < 10 { milliseconds = milliseconds << 5 | Int64(value) }
    }
    return Timestamp(milliseconds: milliseconds)
  }
}

/// A project of the policy, by the id that the team gave it (not Vercel's).
package struct ProjectID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A deployment at Vercel: `dpl_…`.
package struct DeploymentID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A line of the checklist, by its id.
package struct CheckID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

/// A migration, by the name its tool gives it.
package struct MigrationID: Identifier {
  package let text: String
  package init(_ text: String) { self.text = text }
}

extension UInt8 {
  /// Whether the byte is an ASCII digit or one of `a`–`f` in either case.
  package var isHexadecimalDigit: Bool {
    (0x30...0x39).contains(self) || (0x61...0x66).contains(self) || (0x41...0x46).contains(self)
  }
}
