import Yajl

/// What the beginning of a JSON document looks like: enough of it to tell the formats apart, and no more.
///
/// Of an object the first members, of a list the first elements, to a small depth; the rest is ``unseen``.
indirect enum JSONLooks {
  struct Member {
    var key: String
    var value: JSONLooks
  }

  case object([Member])
  case list([JSONLooks])
  case text(String)
  case number
  case flag(Bool)
  case null
  /// There is a value, and it was not looked into.
  case unseen

  static let mostMembers = 100
  static let mostElements = 3
  static let greatestDepth = 8
  static let longestText = 200

  /// The value of a member; `nil` when this is no object or has none of that name.
  subscript(key: String) -> JSONLooks? { members.first { $0.key == key }?.value }

  var members: [Member] {
    if case .object(let members) = self { members } else { [] }
  }

  /// The first element of a list; `nil` when this is no list or an empty one.
  var first: JSONLooks? {
    if case .list(let elements) = self { elements.first } else { nil }
  }

  var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  var isObject: Bool {
    if case .object = self { true } else { false }
  }

  var isList: Bool {
    if case .list = self { true } else { false }
  }

  var isNumber: Bool {
    if case .number = self { true } else { false }
  }

  var isNull: Bool {
    if case .null = self { true } else { false }
  }

  func has(_ keys: String...) -> Bool { keys.allSatisfy { self[$0] != nil } }

  /// What is seen, for a message: `an object with runs, version`.
  var words: String {
    switch self {
    case .object(let members) where members.isEmpty: "an empty object"
    case .object(let members):
      "an object with " + members.prefix(4).map { DisplayText.bounded($0.key, to: 30) }.joined(separator: ", ")
    case .list(let elements) where elements.isEmpty: "an empty list"
    case .list(let elements): "a list of " + (elements.first.map(\.plural) ?? "values")
    case .null: "null"
    default: "a single value"
    }
  }

  private var plural: String {
    switch self {
    case .object(let members) where !members.isEmpty:
      "objects with " + members.prefix(4).map { DisplayText.bounded($0.key, to: 30) }.joined(separator: ", ")
    case .object: "objects"
    case .list: "lists"
    default: "values"
    }
  }
}

/// Looks at the beginning of a JSON text.
struct JSONSniffer {
  private struct Frame {
    var isObject: Bool
    var key: String?
    var members: [JSONLooks.Member] = []
    var elements: [JSONLooks] = []

    var value: JSONLooks { isObject ? .object(members) : .list(elements) }

    mutating func put(_ value: JSONLooks) {
      if isObject {
        if let key, members.count < JSONLooks.mostMembers { members.append(.init(key: key, value: value)) }
      } else if elements.count < JSONLooks.mostElements {
        elements.append(value)
      }
    }

    var isFull: Bool {
      isObject ? members.count >= JSONLooks.mostMembers : elements.count >= JSONLooks.mostElements
    }
  }

  private var frames: [Frame] = []
  private var skipped = 0
  private(set) var root: JSONLooks?

  /// Takes the next token; `false` once the first value is complete.
  mutating func take(_ token: JSONToken) -> Bool {
    if skipped > 0 {
      switch token {
      case .beginObject, .beginArray: skipped += 1
      case .endObject, .endArray: skipped -= 1
      default: break
      }
      return true
    }
    switch token {
    case .key(let slice):
      if let last = frames.indices.last {
        frames[last].key = frames[last].isFull ? nil : JSONSniffer.bounded(slice)
      }
      return true
    case .null: return put(.null)
    case .bool(let value): return put(.flag(value))
    case .number: return put(.number)
    case .string(let slice): return put(.text(JSONSniffer.bounded(slice)))
    case .beginObject, .beginArray:
      if frames.count >= JSONLooks.greatestDepth || frames.last?.isFull == true {
        skipped = 1
        return put(.unseen)
      }
      if case .beginObject = token {
        frames.append(Frame(isObject: true))
      } else {
        frames.append(Frame(isObject: false))
      }
      return true
    case .endObject, .endArray:
      guard let frame = frames.popLast() else { return false }
      return put(frame.value)
    }
  }

  /// What was seen so far, the values that are still open among it.
  var looks: JSONLooks? {
    if let root { return root }
    var open: JSONLooks?
    for var frame in frames.reversed() {
      if let open { frame.put(open) }
      open = frame.value
    }
    return open
  }

  private mutating func put(_ value: JSONLooks) -> Bool {
    guard let last = frames.indices.last else {
      root = value
      return false
    }
    frames[last].put(value)
    return true
  }

  private static func bounded(_ slice: JSONSlice) -> String {
    let bytes = slice.bytes.count <= JSONLooks.longestText ? slice.bytes : .init(rebasing: slice.bytes.prefix(200))
    return String(decoding: bytes, as: UTF8.self)
  }
}
