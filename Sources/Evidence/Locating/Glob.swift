/// A pattern for paths: `*` and `?` within a name, `[a-z]` and `[!a-z]`, `{a,b}`, and `**` for any number of folders.
///
/// Paths are relative, with `/`. A wildcard matches names that begin with a dot too: what is looked for must not hide.
/// Matching takes time in proportion to pattern times path, whatever the pattern.
package struct Glob: Hashable, Sendable {
  package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
    package let message: String
    package var description: String { message }
  }

  enum Piece: Hashable, Sendable {
    case literal(Unicode.Scalar)
    case any
    case one
    case set([ClosedRange<Unicode.Scalar>], isNegated: Bool)
  }

  enum Segment: Hashable, Sendable {
    case folders
    case name([Piece])

    /// The name when it holds no wildcard.
    var literal: String? {
      guard case .name(let pieces) = self else { return nil }
      var text = String.UnicodeScalarView()
      for piece in pieces {
        guard case .literal(let scalar) = piece else { return nil }
        text.append(scalar)
      }
      return String(text)
    }
  }

  /// As the policy wrote it.
  package let text: String
  /// One list of segments for each alternative of the braces.
  let alternatives: [[Segment]]

  private static let mostAlternatives = 256
  private static let longest = 1024

  package init(_ text: String) throws(Fault) {
    self.text = text
    guard !text.isEmpty else { throw Fault(message: "the pattern is empty") }
    guard text.unicodeScalars.count <= Glob.longest else { throw Fault(message: "the pattern is too long") }
    guard !text.hasPrefix("/") else { throw Fault(message: "the pattern is absolute; write it relative to the policy") }
    var alternatives: [[Segment]] = []
    for plain in try Glob.expand(Array(text.unicodeScalars)) { alternatives.append(try Glob.segments(plain)) }
    self.alternatives = alternatives
  }

  package func matches(_ path: String) -> Bool {
    let names = path.split(separator: "/").map { Array($0.unicodeScalars) }
    return alternatives.contains { Glob.matches($0, names) }
  }

  // MARK: matching

  private static func matches(_ segments: [Segment], _ names: [[Unicode.Scalar]]) -> Bool {
    // reachable[i]: the first i names are matched by the segments so far.
    var reachable = [Bool](repeating: false, count: names.count + 1)
    reachable[0] = true
    for segment in segments {
      var next = [Bool](repeating: false, count: names.count + 1)
      switch segment {
      case .folders:
        var seen = false
        for index in reachable.indices {
          seen = seen || reachable[index]
          next[index] = seen
        }
      case .name(let pieces):
        for index in names.indices where reachable[index] {
          next[index + 1] = matches(pieces, names[index])
        }
      }
      reachable = next
    }
    return reachable[names.count]
  }

  static func matches(_ pieces: [Piece], _ name: [Unicode.Scalar]) -> Bool {
    var piece = 0
    var place = 0
    var star: (piece: Int, place: Int)?
    while place < name.count {
      if piece < pieces.count, pieces[piece] == .any {
        star = (piece, place)
        piece += 1
      } else if piece < pieces.count, matches(pieces[piece], name[place]) {
        piece += 1
        place += 1
      } else if let last = star {
        // The star takes one more character.
        star = (last.piece, last.place + 1)
        piece = last.piece + 1
        place = last.place + 1
      } else {
        return false
      }
    }
    return pieces[piece...].allSatisfy { $0 == .any }
  }

  private static func matches(_ piece: Piece, _ scalar: Unicode.Scalar) -> Bool {
    switch piece {
    case .literal(let own): own == scalar
    case .one: true
    case .any: false
    case .set(let ranges, let isNegated): ranges.contains { $0.contains(scalar) } != isNegated
    }
  }

  // MARK: reading

  /// The pattern once for each combination of its braces' alternatives.
  private static func expand(_ text: [Unicode.Scalar]) throws(Fault) -> [[Unicode.Scalar]] {
    guard let open = text.firstIndex(of: "{") else {
      guard !text.contains("}") else { throw Fault(message: "a } without a {") }
      return [text]
    }
    var depth = 0
    var starts = [open + 1]
    var parts: [[Unicode.Scalar]] = []
    var close: Int?
    for index in open..<text.count {
      switch text[index] {
      case "{": depth += 1
      case "}": depth -= 1
      case "," where depth == 1:
        parts.append(Array(text[(starts.last ?? open)..<index]))
        starts.append(index + 1)
      default: break
      }
      if depth > 8 { throw Fault(message: "braces are nested too deep") }
      if depth == 0 {
        close = index
        break
      }
    }
    guard let close else { throw Fault(message: "a { is not closed") }
    parts.append(Array(text[(starts.last ?? open)..<close]))
    var expanded: [[Unicode.Scalar]] = []
    for part in parts {
      expanded += try expand(Array(text[..<open]) + part + Array(text[(close + 1)...]))
      if expanded.count > mostAlternatives { throw Fault(message: "the braces stand for too many patterns") }
    }
    return expanded
  }

  private static func segments(_ text: [Unicode.Scalar]) throws(Fault) -> [Segment] {
    var segments: [Segment] = []
    for part in text.split(separator: "/", omittingEmptySubsequences: true) {
      let name = Array(part)
      if name == ["."] { continue }
      if name == [".", "."] { throw Fault(message: "the pattern leads out of the policy's folder") }
      if name == ["*", "*"] {
        if segments.last != .folders { segments.append(.folders) }
        continue
      }
      segments.append(.name(try pieces(name)))
    }
    guard !segments.isEmpty else { throw Fault(message: "the pattern names nothing") }
    return segments
  }

  private static func pieces(_ name: [Unicode.Scalar]) throws(Fault) -> [Piece] {
    var pieces: [Piece] = []
    var index = 0
    while index < name.count {
      switch name[index] {
      case "*":
        if pieces.last != .any { pieces.append(.any) }
      case "?": pieces.append(.one)
      case "[": pieces.append(try set(name, &index))
      case "\\":
        index += 1
        guard index < name.count else { throw Fault(message: "a \\ at the end") }
        pieces.append(.literal(name[index]))
      default: pieces.append(.literal(name[index]))
      }
      index += 1
    }
    return pieces
  }

  /// `[a-z_]` or `[!…]`; leaves `index` at the closing bracket.
  private static func set(_ name: [Unicode.Scalar], _ index: inout Int) throws(Fault) -> Piece {
    var place = index + 1
    var isNegated = false
    if place < name.count, name[place] == "!" || name[place] == "^" {
      isNegated = true
      place += 1
    }
    var ranges: [ClosedRange<Unicode.Scalar>] = []
    let first = place
    while place < name.count, name[place] != "]" || place == first {
      if place + 2 < name.count, name[place + 1] == "-", name[place + 2] != "]" {
        guard name[place] <= name[place + 2] else { throw Fault(message: "a range in [ ] runs backwards") }
        ranges.append(name[place]...name[place + 2])
        place += 3
      } else {
        ranges.append(name[place]...name[place])
        place += 1
      }
    }
    guard place < name.count else { throw Fault(message: "a [ is not closed") }
    index = place
    return .set(ranges, isNegated: isNegated)
  }
}

extension Glob: CustomStringConvertible {
  package var description: String { text }
}
