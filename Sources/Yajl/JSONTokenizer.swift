internal import CYajl
import Glibc

/// Turns JSON text, fed in pieces of any size, into tokens. Memory does not grow with the text.
///
/// yajl keeps no global state; a handle may be used by one thread at a time (yajl's ChangeLog, 1.0.0: "reentrant"), which
/// is why the class is not `Sendable`. A byte order mark at the very beginning is skipped. An escaped surrogate without
/// its other half becomes `?`: yajl gives no way to notice it.
package final class JSONTokenizer {
  /// A closure that never changes, so that no reference is counted for each of millions of tokens.
  private final class Handler {
    let take: (JSONToken) -> JSONStep

    init(_ take: @escaping (JSONToken) -> JSONStep) { self.take = take }
  }

  /// What yajl's calls read and write, at a place of its own: they come for every token.
  private struct State {
    /// Who is given the tokens of the call that is being made, which holds it.
    var handler: Unmanaged<Handler>?
    var refusal: JSONTokenizerError.Reason?
    var depth = 0
    /// The depth of the object or list that is passed over; 0 when none is.
    var passedDepth = 0
    var passesNext = false
    /// Whether anything was read since this was last `false`, to notice a token that never ends.
    var sawToken = false
    let maximumDepth: Int
    let maximumTokenLength: Int
  }

  private let handle: yajl_handle
  /// yajl keeps the pointers, not copies.
  private let callbacks: UnsafeMutablePointer<yajl_callbacks>
  private let state: UnsafeMutablePointer<State>
  private let maximumTokenLength: Int

  private var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The position of the first byte of `chunk`.
  private var start = TextPosition(offset: 0, line: 1, column: 1)
  /// The offset before the last piece in which a token ended.
  private var lastToken = 0
  /// How many bytes of a byte order mark were seen; -1 when the beginning is past.
  private var markSeen = 0

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Parameters:
  ///   - maximumDepth: how deep objects and arrays may be nested.
  ///   - maximumTokenLength: bytes of the longest string or number.
  package init(maximumDepth: Int = 128, maximumTokenLength: Int = 16 << 20) throws(JSONTokenizerError) {
    self.maximumTokenLength = maximumTokenLength
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: JSONTokenizer.callbacks)
    state = .allocate(capacity: 1)
    state.initialize(to: State(maximumDepth: maximumDepth, maximumTokenLength: maximumTokenLength))
    guard let handle = yajl_alloc(callbacks, nil, state) else {
      callbacks.deallocate()
      state.deinitialize(count: 1)
      state.deallocate()
      throw JSONTokenizerError(reason: .outOfMemory, position: TextPosition(offset: 0, line: 1, column: 1))
    }
    self.handle = handle
  }

  deinit {
    yajl_free(handle)
    callbacks.deallocate()
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Where reading stands. Within a handler: just after the token.
  package var position: TextPosition {
    let consumed = min(chunk.count, state.pointee.handler == nil ? chunk.count : yajl_get_bytes_consumed(handle))
    return start.advanced(over: UnsafeRawBufferPointer(rebasing: chunk[..<consumed]))
  }

  /// Reads a piece of the text. The handler is called for each complete token and says what it wants next.
  ///
  /// After an error the tokenizer is of no more use.
  package func feed(
    _ bytes: UnsafeRawBufferPointer, to handler: (JSONToken) -> JSONStep
  ) throws(JSONTokenizerError) {
    var bytes = bytes
    while markSeen >= 0, let first = bytes.first {
      guard markSeen < 3, first == JSONTokenizer.mark[markSeen] else {
        // One or two bytes of a mark and then something else is nothing that JSON may begin with.
        if markSeen == 1 || markSeen == 2 {
          throw JSONTokenizerError(reason: .syntax("the text does not begin with JSON"), position: start)
        }
        markSeen = -1
        break
      }
      markSeen = markSeen == 2 ? -1 : markSeen + 1
      start = TextPosition(offset: start.offset + 1, line: 1, column: 1)
      lastToken = start.offset
      bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst())
    }
    guard !bytes.isEmpty else { return }
    let before = start.offset
    try parse(bytes, handler) { handle in
      yajl_parse(handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    if state.pointee.sawToken {
      state.pointee.sawToken = false
      lastToken = before
    }
    if start.offset - lastToken > maximumTokenLength + bytes.count {
      throw JSONTokenizerError(reason: .tokenTooLong(limit: maximumTokenLength), position: start)
    }
  }

  /// Says that the text is complete; a value cut short or missing is an error.
  package func finish(_ handler: (JSONToken) -> JSONStep) throws(JSONTokenizerError) {
    try parse(UnsafeRawBufferPointer(start: nil, count: 0), handler) { yajl_complete_parse($0) }
  }

  private func parse(
    _ bytes: UnsafeRawBufferPointer, _ handler: (JSONToken) -> JSONStep, _ body: (yajl_handle) -> yajl_status
  ) throws(JSONTokenizerError) {
    chunk = bytes
    let status = withoutActuallyEscaping(handler) { escaping in
      withExtendedLifetime(Handler(escaping)) { handler in
        state.pointee.handler = .passUnretained(handler)
        defer { state.pointee.handler = nil }
        return body(handle)
      }
    }
    defer { chunk = UnsafeRawBufferPointer(start: nil, count: 0) }
    if status == yajl_status_ok {
      start = start.advanced(over: chunk)
      return
    }
    let consumed = min(chunk.count, yajl_get_bytes_consumed(handle))
    let place = start.advanced(over: UnsafeRawBufferPointer(rebasing: chunk[..<consumed]))
    throw JSONTokenizerError(reason: state.pointee.refusal ?? .syntax(message()), position: place)
  }

  /// yajl's words for the error of the call just made; without `verbose`, they do not quote the text.
  private func message() -> String {
    guard let raw = yajl_get_error(handle, 0, nil, 0) else { return "no JSON" }
    defer { yajl_free_error(handle, raw) }
    let text = String(cString: raw)
    return String(text.prefix { $0 != "\n" })
  }

  // MARK: called by yajl

  /// A value without parts.
  @inline(__always)
  private static func scalar(_ context: UnsafeMutableRawPointer?, _ length: Int, _ token: JSONToken) -> Int32 {
    guard let state = context?.assumingMemoryBound(to: State.self) else { return 0 }
    state.pointee.sawToken = true
    guard length <= state.pointee.maximumTokenLength else {
      return refuse(state, .tokenTooLong(limit: state.pointee.maximumTokenLength))
    }
    if state.pointee.passedDepth > 0 { return 1 }
    if state.pointee.passesNext {
      state.pointee.passesNext = false
      return 1
    }
    return hand(token, state)
  }

  @inline(__always)
  private static func key(_ context: UnsafeMutableRawPointer?, _ slice: JSONSlice) -> Int32 {
    guard let state = context?.assumingMemoryBound(to: State.self) else { return 0 }
    state.pointee.sawToken = true
    guard slice.bytes.count <= state.pointee.maximumTokenLength else {
      return refuse(state, .tokenTooLong(limit: state.pointee.maximumTokenLength))
    }
    return state.pointee.passedDepth > 0 ? 1 : hand(.key(slice), state)
  }

  @inline(__always)
  private static func begin(_ context: UnsafeMutableRawPointer?, _ token: JSONToken) -> Int32 {
    guard let state = context?.assumingMemoryBound(to: State.self) else { return 0 }
    state.pointee.sawToken = true
    state.pointee.depth += 1
    guard state.pointee.depth <= state.pointee.maximumDepth else {
      return refuse(state, .tooDeep(limit: state.pointee.maximumDepth))
    }
    if state.pointee.passedDepth > 0 { return 1 }
    if state.pointee.passesNext {
      state.pointee.passesNext = false
      state.pointee.passedDepth = state.pointee.depth
      return 1
    }
    return hand(token, state)
  }

  @inline(__always)
  private static func end(_ context: UnsafeMutableRawPointer?, _ token: JSONToken) -> Int32 {
    guard let state = context?.assumingMemoryBound(to: State.self) else { return 0 }
    state.pointee.sawToken = true
    state.pointee.depth -= 1
    if state.pointee.passedDepth > 0 {
      if state.pointee.depth < state.pointee.passedDepth { state.pointee.passedDepth = 0 }
      return 1
    }
    return hand(token, state)
  }

  private static func hand(_ token: JSONToken, _ state: UnsafeMutablePointer<State>) -> Int32 {
    guard let handler = state.pointee.handler else { return 0 }
    switch handler._withUnsafeGuaranteedRef({ $0.take(token) }) {
    case .goOn: return 1
    case .stop: return refuse(state, .stopped)
    case .passOver:
      switch token {
      case .key: state.pointee.passesNext = true
      case .beginObject, .beginArray: state.pointee.passedDepth = state.pointee.depth
      default: break
      }
      return 1
    }
  }

  private static func refuse(_ state: UnsafeMutablePointer<State>, _ reason: JSONTokenizerError.Reason) -> Int32 {
    state.pointee.refusal = reason
    return 0
  }

  private static func slice(_ start: UnsafeRawPointer?, _ count: Int) -> JSONSlice {
    JSONSlice(bytes: UnsafeRawBufferPointer(start: start, count: count))
  }

  private static var callbacks: yajl_callbacks {
    yajl_callbacks(
      yajl_null: { JSONTokenizer.scalar($0, 0, .null) },
      yajl_boolean: { JSONTokenizer.scalar($0, 0, .bool($1 != 0)) },
      yajl_integer: nil,
      yajl_double: nil,
      yajl_number: { JSONTokenizer.scalar($0, $2, .number(JSONTokenizer.slice($1, $2))) },
      yajl_string: { JSONTokenizer.scalar($0, $2, .string(JSONTokenizer.slice($1, $2))) },
      yajl_start_map: { JSONTokenizer.begin($0, .beginObject) },
      yajl_map_key: { JSONTokenizer.key($0, JSONTokenizer.slice($1, $2)) },
      yajl_end_map: { JSONTokenizer.end($0, .endObject) },
      yajl_start_array: { JSONTokenizer.begin($0, .beginArray) },
      yajl_end_array: { JSONTokenizer.end($0, .endArray) })
  }
}

extension TextPosition {
  /// How many bytes continue a scalar of UTF-8, eight bytes at a time.
  private func continuations(_ bytes: UnsafeRawBufferPointer) -> Int {
    var count = 0
    var index = 0
    while index + 8 <= bytes.count {
      let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
      // Of each byte: its highest bit is set and the next one is not.
      count += ((word >> 7) & (~word >> 6) & 0x0101_0101_0101_0101).nonzeroBitCount
      index += 8
    }
    while index < bytes.count {
      if bytes[index] & 0xC0 == 0x80 { count += 1 }
      index += 1
    }
    return count
  }

  /// The position after those bytes.
  func advanced(over bytes: UnsafeRawBufferPointer) -> TextPosition {
    var line = line
    var column = column
    var rest = bytes
    while let base = rest.baseAddress, let newline = memchr(base, 0x0A, rest.count) {
      line += 1
      column = 1
      rest = UnsafeRawBufferPointer(rebasing: rest[(UnsafeRawPointer(newline) - base + 1)...])
    }
    return TextPosition(offset: offset + bytes.count, line: line, column: column + rest.count - continuations(rest))
  }
}
