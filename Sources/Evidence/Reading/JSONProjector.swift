import Core
import Yajl

/// Keeps the wanted parts of a JSON document, and hands over some of them as they come, so that memory does not grow with
/// the document. A value of another kind than the shape expects is kept as an empty one or a scalar, to be noticed.
struct JSONProjector {
  /// An object or a list that is open; what is kept of it lies on ``values``, and its names on ``names``.
  private struct Frame {
    var node: Int
    /// The node of the value that comes next.
    var next: Int
    var isObject: Bool
    /// The wanted names that were met, by their place among them.
    var met: UInt64 = 0
    var count = 0
    /// How much was kept before this value began.
    var keptBefore: Int
    var firstValue: Int
    var firstName: Int
    /// Where the names of it are that nobody knew beforehand; -1 when there are none yet.
    var hashes = -1
  }

  private static let longestName = 4096
  private static let longestText = 1 << 20
  private static let mostTopKeys = 100

  private let plan: JSONPlan
  private let mostKept: Int
  private var frames: [Frame] = []
  private var values: [JSON] = []
  private var names: [String] = []
  /// The name of the value that comes next.
  private var key = ""
  /// The names of objects that nobody knew beforehand, by their hash: there may be many. Two names of one hash refuse the
  /// document, as the same name twice would.
  private var hashes: [Set<UInt64>] = []
  private var kept = 0

  /// What is left of the document at its end.
  private(set) var root: JSON?
  /// The first names at the top level, to tell a document apart from those of other formats.
  private(set) var topKeys: [String] = []
  private(set) var fault: String?

  init(_ shape: JSONShape, mostKept: Int = 1_000_000) {
    plan = JSONPlan(shape)
    self.mostKept = mostKept
  }

  /// Takes the next token and says what is wanted next; it stops when ``fault`` says why.
  mutating func take(_ token: JSONToken, emit: (String, JSON) -> Bool) -> JSONStep {
    switch token {
    case .key(let slice): return key(slice)
    case .endObject, .endArray: return end(emit)
    case .beginObject: return begin(isObject: true, emit)
    case .beginArray: return begin(isObject: false, emit)
    case .string(let slice):
      guard isWanted else { return passOver() }
      guard slice.bytes.count <= JSONProjector.longestText else { return stop("a text is longer than 1 MB") }
      guard let text = slice.text else { return stop("a text is not valid UTF-8") }
      return put(.string(text), as: next, emit)
    case .number(let slice):
      guard isWanted else { return passOver() }
      guard let number = JSONProjector.number(slice) else { return stop("a number could not be read") }
      return put(number, as: next, emit)
    case .bool(let value): return isWanted ? put(.bool(value), as: next, emit) : passOver()
    case .null: return isWanted ? put(.null, as: next, emit) : passOver()
    }
  }

  /// The node of the value that comes next.
  private var next: Int {
    guard let last = frames.last else { return JSONPlan.root }
    return last.isObject || last.count < plan.nodes[last.node].atMost ? last.next : JSONPlan.skip
  }

  private var isWanted: Bool { plan.nodes[next].kind != .skip }

  private mutating func passOver() -> JSONStep {
    if let last = frames.indices.last { frames[last].count += 1 }
    return .passOver
  }

  private mutating func begin(isObject: Bool, _ emit: (String, JSON) -> Bool) -> JSONStep {
    var node = next
    if plan.nodes[node].kind == .either { node = isObject ? plan.nodes[node].element : plan.nodes[node].list }
    let fits: Bool
    let element: Int
    switch plan.nodes[node].kind {
    case .skip, .either: return passOver()
    case .all: (fits, element) = (true, JSONPlan.all)
    case .object: (fits, element) = (isObject, JSONPlan.skip)
    case .map: (fits, element) = (isObject, plan.nodes[node].element)
    case .array: (fits, element) = (!isObject, plan.nodes[node].element)
    }
    guard fits else {
      // Of another kind than expected: an empty one is kept, and its parts are not wanted.
      let step = put(isObject ? .object([]) : .array([]), as: node, emit)
      return step == .goOn ? .passOver : step
    }
    if !frames.isEmpty, frames[frames.count - 1].isObject { names.append(key) }
    frames.append(
      Frame(
        node: node, next: element, isObject: isObject, keptBefore: kept, firstValue: values.count,
        firstName: names.count))
    return .goOn
  }

  private mutating func end(_ emit: (String, JSON) -> Bool) -> JSONStep {
    guard let frame = frames.popLast() else { return stop("an end without a beginning") }
    if plan.nodes[frame.node].emission != nil { kept = frame.keptBefore }
    if frame.hashes >= 0 { hashes.removeLast(hashes.count - frame.hashes) }
    let value: JSON
    let count = values.count - frame.firstValue
    if frame.isObject {
      var members: [JSON.Member] = []
      members.reserveCapacity(count)
      for index in 0..<count {
        // Taken out and not copied, which would count references.
        var (name, value) = ("", JSON.null)
        swap(&name, &names[frame.firstName + index])
        swap(&value, &values[frame.firstValue + index])
        members.append(JSON.Member(name, value))
      }
      value = .object(members)
      names.removeLast(count)
    } else {
      value = .array(Array(values[frame.firstValue...]))
    }
    values.removeLast(count)
    if let last = frames.last, last.isObject { key = names.removeLast() }
    return put(value, as: frame.node, emit)
  }

  private mutating func key(_ slice: JSONSlice) -> JSONStep {
    guard let last = frames.indices.last else { return stop("a name outside an object") }
    if last == 0, topKeys.count < JSONProjector.mostTopKeys {
      topKeys.append(String(decoding: slice.bytes.prefix(200), as: UTF8.self))
    }
    switch plan.nodes[frames[last].node].kind {
    case .object:
      guard let place = plan.find(slice.bytes, in: frames[last].node) else { return .passOver }
      let bit: UInt64 = 1 << UInt64(place - plan.nodes[frames[last].node].names.lowerBound)
      guard frames[last].met & bit == 0 else { return stop("a name stands twice in one object") }
      frames[last].met |= bit
      key = plan.names[place].text
      frames[last].next = plan.names[place].node
      return .goOn
    case .all:
      guard let text = slice.text else { return stop("a name is not valid UTF-8") }
      guard isNew(text, in: last) else { return stop("a name stands twice in one object") }
      key = text
      return .goOn
    case .map:
      guard slice.bytes.count <= JSONProjector.longestName else { return stop("a name is longer than 4 KB") }
      guard let text = slice.text else { return stop("a name is not valid UTF-8") }
      guard frames[last].hashes < 0 || hashes[frames[last].hashes].count < mostKept else {
        return stop("more is in it than can be held at once")
      }
      guard isNew(text, in: last) else { return stop("a name stands twice in one object") }
      key = text
      return .goOn
    case .array, .skip, .either: return stop("a name outside an object")
    }
  }

  private mutating func isNew(_ name: String, in frame: Int) -> Bool {
    var hash = StableHash()
    hash.add(name)
    if frames[frame].hashes < 0 {
      frames[frame].hashes = hashes.count
      hashes.append([])
    }
    return hashes[frames[frame].hashes].insert(hash.value).inserted
  }

  /// Keeps a value or hands it over, as the shape of its place says.
  private mutating func put(_ value: JSON, as node: Int, _ emit: (String, JSON) -> Bool) -> JSONStep {
    let emission = plan.nodes[node].emission
    guard let last = frames.indices.last else {
      if let emission { return emit(emission, value) ? .goOn : .stop }
      root = value
      return .goOn
    }
    frames[last].count += 1
    if let emission {
      let isMember = plan.nodes[frames[last].node].kind == .map
      return emit(emission, isMember ? .object([JSON.Member(key, value)]) : value) ? .goOn : .stop
    }
    kept += 1
    guard kept <= mostKept else { return stop("more is in it than can be held at once") }
    values.append(value)
    if frames[last].isObject { names.append(key) }
    return .goOn
  }

  private mutating func stop(_ why: String) -> JSONStep {
    fault = why
    return .stop
  }

  /// Exact within `Int64`; what is beyond `Double` becomes infinite, for its reader to refuse.
  static func number(_ slice: JSONSlice) -> JSON? {
    let bytes = slice.bytes
    let isNegative = bytes.first == 0x2D
    if bytes.count <= 18, !bytes.isEmpty {
      var value: Int64 = 0
      var index = isNegative ? 1 : 0
      while index < bytes.count, bytes[index] &- 0x30 < 10 {
        value = value * 10 + Int64(bytes[index] &- 0x30)
        index += 1
      }
      if index == bytes.count { return .integer(isNegative ? -value : value) }
    }
    guard let text = slice.text else { return nil }
    return Int64(text).map { .integer($0) } ?? Double(text).map { .number($0) }
  }
}
