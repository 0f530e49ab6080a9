import Core
import Yajl

/// Which parts of a JSON document are kept while it streams by.
indirect enum JSONShape: Sendable {
  case skip
  case all
  /// Only members of these names.
  case object([String: JSONShape])
  /// Only the first elements, at most so many.
  case array(JSONShape, atMost: Int)
  /// An object whose members have names that nobody knows beforehand, paths for example: every value is of this shape.
  case map(JSONShape)
  /// Handed over as soon as it is complete, and then forgotten; the list around it stays empty. Out of a ``map(_:)`` it
  /// comes as an object of one member, so that its name comes with it.
  case emit(String, JSONShape)
}

/// Keeps the wanted parts of a JSON document, and hands over some of them as they come, so that memory does not grow with
/// the document. A value of another kind than the shape expects is kept as an empty one or a scalar, to be noticed.
struct JSONProjector {
  private enum Kind { case object, array }

  private struct Frame {
    var kind: Kind
    var shape: JSONShape
    var emission: String?
    var key: String?
    var keys: Set<String> = []
    /// The names of a map by their hash: a map may have many. Two names of one hash refuse the document, as one would.
    var hashes: Set<UInt64> = []
    var members: [JSON.Member] = []
    var elements: [JSON] = []
    var count = 0
    /// How much was kept before this value began.
    var keptBefore: Int
  }

  private static let longestName = 4096

  private let shape: JSONShape
  private let mostKept: Int
  private var frames: [Frame] = []
  private var skipped = 0
  private var kept = 0

  /// What is left of the document at its end.
  private(set) var root: JSON?
  /// The first names at the top level, to tell a document apart from those of other formats.
  private(set) var topKeys: [String] = []
  private(set) var fault: String?

  init(_ shape: JSONShape, mostKept: Int = 1_000_000) {
    self.shape = shape
    self.mostKept = mostKept
  }

  /// Takes the next token; `false` when ``fault`` says why reading must stop.
  mutating func take(_ token: JSONToken, emit: (String, JSON) -> Bool) -> Bool {
    if skipped > 0 {
      switch token {
      case .beginObject, .beginArray: skipped += 1
      case .endObject, .endArray: skipped -= 1
      default: break
      }
      return true
    }
    switch token {
    case .null: return scalar(.null, emit)
    case .bool(let value): return scalar(.bool(value), emit)
    case .number(let slice):
      guard isWanted else { return passOver() }
      guard let text = slice.text,
        let value = Int64(text).map({ JSON.integer($0) }) ?? Double(text).map({ .number($0) })
      else { return stop("a number could not be read") }
      return scalar(value, emit)
    case .string(let slice):
      guard isWanted else { return passOver() }
      guard slice.bytes.count <= 1 << 20 else { return stop("a text is longer than 1 MB") }
      guard let text = slice.text else { return stop("a text is not valid UTF-8") }
      return scalar(.string(text), emit)
    case .key(let slice): return key(slice)
    case .beginObject: return begin(.object, emit)
    case .beginArray: return begin(.array, emit)
    case .endObject, .endArray:
      guard let frame = frames.popLast() else { return stop("an end without a beginning") }
      let value = frame.kind == .object ? JSON.object(frame.members) : .array(frame.elements)
      if let name = frame.emission {
        kept = frame.keptBefore
        return emit(name, named(value))
      }
      return put(value)
    }
  }

  /// The shape of the value that comes next.
  private var next: JSONShape {
    guard let frame = frames.last else { return shape }
    switch frame.shape {
    case .all: return .all
    case .object(let shapes): return frame.key.flatMap { shapes[$0] } ?? .skip
    case .array(let element, let atMost): return frame.count < atMost ? element : .skip
    case .map(let element): return element
    case .skip, .emit: return .skip
    }
  }

  private var isWanted: Bool {
    if case .skip = next { false } else { true }
  }

  private mutating func passOver() -> Bool {
    advance()
    return true
  }

  private mutating func scalar(_ value: JSON, _ emit: (String, JSON) -> Bool) -> Bool {
    switch next {
    case .skip: return passOver()
    case .emit(let name, _):
      let value = named(value)
      advance()
      return emit(name, value)
    case .all, .object, .array, .map: return put(value)
    }
  }

  private mutating func begin(_ kind: Kind, _ emit: (String, JSON) -> Bool) -> Bool {
    var wanted = next
    var emission: String?
    if case .emit(let name, let inner) = wanted {
      wanted = inner
      emission = name
    }
    switch (wanted, kind) {
    case (.skip, _):
      skipped = 1
      return passOver()
    case (.all, _), (.object, .object), (.map, .object), (.array, .array):
      if emission != nil { advance() }
      frames.append(Frame(kind: kind, shape: wanted, emission: emission, keptBefore: kept))
      return true
    case (.object, .array), (.map, .array), (.array, .object), (.emit, _):
      skipped = 1
      let empty: JSON = kind == .object ? .object([]) : .array([])
      if let emission {
        let value = named(empty)
        advance()
        return emit(emission, value)
      }
      return put(empty)
    }
  }

  private mutating func key(_ slice: JSONSlice) -> Bool {
    guard let text = slice.text else { return stop("a name is not valid UTF-8") }
    guard !frames.isEmpty else { return stop("a name outside an object") }
    let last = frames.count - 1
    if last == 0, topKeys.count < 100 { topKeys.append(text) }
    let matters: Bool
    switch frames[last].shape {
    case .all: matters = true
    case .object(let shapes): matters = shapes[text] != nil
    case .map:
      guard text.utf8.count <= JSONProjector.longestName else { return stop("a name is longer than 4 KB") }
      guard frames[last].hashes.count < mostKept else { return stop("more is in it than can be held at once") }
      var hash = StableHash()
      hash.add(text.utf8)
      guard frames[last].hashes.insert(hash.value).inserted else { return stop("a name stands twice in one object") }
      matters = false
    case .array, .emit, .skip: matters = false
    }
    if matters, !frames[last].keys.insert(text).inserted { return stop("a name stands twice in one object") }
    frames[last].key = text
    return true
  }

  /// The value with its name, when it is a member of a map.
  private func named(_ value: JSON) -> JSON {
    guard let frame = frames.last, case .map = frame.shape, let key = frame.key else { return value }
    return .object([JSON.Member(key, value)])
  }

  private mutating func put(_ value: JSON) -> Bool {
    kept += 1
    guard kept <= mostKept else { return stop("more is in it than can be held at once") }
    guard !frames.isEmpty else {
      root = value
      return true
    }
    let last = frames.count - 1
    if frames[last].kind == .object {
      if let key = frames[last].key { frames[last].members.append(JSON.Member(key, value)) }
    } else {
      frames[last].elements.append(value)
    }
    advance()
    return true
  }

  private mutating func advance() {
    if !frames.isEmpty { frames[frames.count - 1].count += 1 }
  }

  private mutating func stop(_ why: String) -> Bool {
    fault = why
    return false
  }
}
