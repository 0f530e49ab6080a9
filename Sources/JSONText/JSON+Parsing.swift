package import Core
internal import Yajl

extension JSON {
  /// Reads one JSON document (RFC 8259).
  ///
  /// Stricter than the grammar where readers differ and a difference could be used: two members of the same name in one
  /// object are an error, as are a number beyond `Double`, bytes that are no UTF-8, and anything after the document.
  /// Whole numbers within `Int64` are exact. A byte order mark is skipped.
  package init(parsing bytes: [UInt8], maximumDepth: Int = 128) throws(JSONSyntaxError) {
    self = try bytes.withUnsafeBufferPointer { (buffer) throws(JSONSyntaxError) in
      try JSONBuilder.build(UnsafeRawBufferPointer(buffer), maximumDepth: maximumDepth)
    }
  }

  package init(parsing text: String) throws(JSONSyntaxError) {
    try self.init(parsing: Array(text.utf8))
  }
}

/// Puts tokens together to a value.
struct JSONBuilder {
  private struct Frame {
    var isObject: Bool
    var key: String?
    var members: [JSON.Member] = []
    var elements: [JSON] = []
    /// Only for objects of some size; small ones are searched.
    var keys: Set<String> = []
  }

  private var frames: [Frame] = []
  private var root: JSON?
  private var fault: String?

  static func build(_ bytes: UnsafeRawBufferPointer, maximumDepth: Int) throws(JSONSyntaxError) -> JSON {
    var builder = JSONBuilder()
    do {
      // A document in memory has been bounded by whoever read it; one token may be all of it.
      let tokenizer = try JSONTokenizer(maximumDepth: maximumDepth, maximumTokenLength: max(1, bytes.count))
      try tokenizer.feed(bytes) { builder.take($0) ? .goOn : .stop }
      try tokenizer.finish { builder.take($0) ? .goOn : .stop }
    } catch {
      throw JSONSyntaxError(
        line: error.position.line, column: error.position.column, message: builder.fault ?? error.reason.words)
    }
    guard let root = builder.root else {
      throw JSONSyntaxError(line: 1, column: 1, message: "there is no JSON value")
    }
    return root
  }

  private mutating func take(_ token: JSONToken) -> Bool {
    switch token {
    case .null: return put(.null)
    case .bool(let value): return put(.bool(value))
    case .number(let slice):
      guard let text = slice.text else { return fail("a number could not be read") }
      if let whole = Int64(text) { return put(.integer(whole)) }
      guard let value = Double(text), value.isFinite else { return fail("a number is too large") }
      return put(.number(value))
    case .string(let slice):
      guard let text = slice.text else { return fail("a string is not valid UTF-8") }
      return put(.string(text))
    case .key(let slice):
      guard let text = slice.text else { return fail("a key is not valid UTF-8") }
      return begin(key: text)
    case .beginObject: frames.append(Frame(isObject: true))
    case .beginArray: frames.append(Frame(isObject: false))
    case .endObject, .endArray:
      guard let frame = frames.popLast() else { return fail("an end without a beginning") }
      return put(frame.isObject ? .object(frame.members) : .array(frame.elements))
    }
    return true
  }

  private mutating func begin(key: String) -> Bool {
    guard !frames.isEmpty else { return fail("a key outside an object") }
    let last = frames.count - 1
    let count = frames[last].members.count
    let isKnown: Bool
    if count < 12 {
      isKnown = frames[last].members.contains { $0.key == key }
    } else {
      if count == 12 { frames[last].keys = Set(frames[last].members.map(\.key)) }
      isKnown = !frames[last].keys.insert(key).inserted
    }
    if isKnown { return fail("a key stands twice in one object") }
    frames[last].key = key
    return true
  }

  private mutating func put(_ value: JSON) -> Bool {
    guard !frames.isEmpty else {
      root = value
      return true
    }
    let last = frames.count - 1
    if frames[last].isObject {
      guard let key = frames[last].key else { return fail("a value without a key") }
      frames[last].members.append(JSON.Member(key, value))
      frames[last].key = nil
    } else {
      frames[last].elements.append(value)
    }
    return true
  }

  private mutating func fail(_ message: String) -> Bool {
    fault = message
    return false
  }
}

extension JSONTokenizerError.Reason {
  /// The reason in words that quote nothing of the text.
  package var words: String {
    switch self {
    case .syntax(let message): message
    case .tooDeep(let limit): "nested deeper than \(limit) levels"
    case .tokenTooLong(let limit): "a string or number is longer than \(limit) bytes"
    case .stopped: "reading was stopped"
    case .outOfMemory: "out of memory"
    }
  }
}
