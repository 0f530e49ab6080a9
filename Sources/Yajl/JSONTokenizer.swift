internal import CYajl
import Glibc

/// Turns JSON text, fed in pieces of any size, into tokens. Memory does not grow with the text.
///
/// yajl keeps no global state; a handle may be used by one thread at a time (yajl's ChangeLog, 1.0.0: "reentrant"), which
/// is why the class is not `Sendable`. A byte order mark at the very beginning is skipped. An escaped surrogate without
/// its other half becomes `?`: yajl gives no way to notice it.
package final class JSONTokenizer {
  private let handle: yajl_handle
  /// yajl keeps the pointer, not a copy.
  private let callbacks: UnsafeMutablePointer<yajl_callbacks>
  private let maximumDepth: Int
  private let maximumTokenLength: Int

  private var depth = 0
  private var refusal: JSONTokenizerError.Reason?
  private var handler: ((JSONToken) -> Bool)?
  private var chunk = UnsafeRawBufferPointer(start: nil, count: 0)
  /// The position of the first byte of `chunk`.
  private var start = TextPosition(offset: 0, line: 1, column: 1)
  /// The offset after the last token, to notice one that never ends.
  private var lastToken = 0
  /// How many bytes of a byte order mark were seen; -1 when the beginning is past.
  private var markSeen = 0

  private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// - Parameters:
  ///   - maximumDepth: how deep objects and arrays may be nested.
  ///   - maximumTokenLength: bytes of the longest string or number.
  package init(maximumDepth: Int = 128, maximumTokenLength: Int = 16 << 20) throws(JSONTokenizerError) {
    self.maximumDepth = maximumDepth
    self.maximumTokenLength = maximumTokenLength
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(to: JSONTokenizer.callbacks)
    // The context is given by `feed`, through the table below: yajl wants it at once, and `self` is not complete yet.
    let box = ContextBox()
    guard let handle = yajl_alloc(callbacks, nil, Unmanaged.passUnretained(box).toOpaque()) else {
      callbacks.deallocate()
      throw JSONTokenizerError(reason: .outOfMemory, position: TextPosition(offset: 0, line: 1, column: 1))
    }
    self.handle = handle
    self.box = box
    box.owner = self
  }

  /// What yajl's context points to; kept alive by the tokenizer, knows it without owning it.
  private final class ContextBox {
    // Calls come only from within `parse`, when the owner is alive.
    unowned(unsafe) var owner: JSONTokenizer?
  }
  private let box: ContextBox

  deinit {
    yajl_free(handle)
    callbacks.deallocate()
  }

  /// Where reading stands. Within a handler: just after the token.
  package var position: TextPosition {
    let consumed = min(chunk.count, handler == nil ? chunk.count : yajl_get_bytes_consumed(handle))
    return start.advanced(over: UnsafeRawBufferPointer(rebasing: chunk[..<consumed]))
  }

  /// Reads a piece of the text. The handler is called for each complete token and returns whether to go on.
  ///
  /// After an error the tokenizer is of no more use.
  package func feed(
    _ bytes: UnsafeRawBufferPointer, to handler: (JSONToken) -> Bool
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
    try parse(bytes, handler) { handle in
      yajl_parse(handle, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count)
    }
    if start.offset - lastToken > maximumTokenLength {
      throw JSONTokenizerError(reason: .tokenTooLong(limit: maximumTokenLength), position: start)
    }
  }

  /// Says that the text is complete; a value cut short or missing is an error.
  package func finish(_ handler: (JSONToken) -> Bool) throws(JSONTokenizerError) {
    try parse(UnsafeRawBufferPointer(start: nil, count: 0), handler) { yajl_complete_parse($0) }
  }

  private func parse(
    _ bytes: UnsafeRawBufferPointer, _ handler: (JSONToken) -> Bool, _ body: (yajl_handle) -> yajl_status
  ) throws(JSONTokenizerError) {
    chunk = bytes
    let status = withoutActuallyEscaping(handler) { escaping in
      self.handler = escaping
      defer { self.handler = nil }
      return body(handle)
    }
    defer { chunk = UnsafeRawBufferPointer(start: nil, count: 0) }
    if status == yajl_status_ok {
      start = start.advanced(over: chunk)
      return
    }
    let consumed = min(chunk.count, yajl_get_bytes_consumed(handle))
    let place = start.advanced(over: UnsafeRawBufferPointer(rebasing: chunk[..<consumed]))
    throw JSONTokenizerError(reason: refusal ?? .syntax(message()), position: place)
  }

  /// yajl's words for the error of the call just made; without `verbose`, they do not quote the text.
  private func message() -> String {
    guard let raw = yajl_get_error(handle, 0, nil, 0) else { return "no JSON" }
    defer { yajl_free_error(handle, raw) }
    let text = String(cString: raw)
    return String(text.prefix { $0 != "\n" })
  }

  // MARK: called by yajl

  private func take(_ token: JSONToken) -> Int32 {
    lastToken = start.offset + yajl_get_bytes_consumed(handle)
    switch token {
    case .beginObject, .beginArray:
      depth += 1
      if depth > maximumDepth { return refuse(.tooDeep(limit: maximumDepth)) }
    case .endObject, .endArray: depth -= 1
    case .string(let slice), .key(let slice), .number(let slice):
      if slice.bytes.count > maximumTokenLength { return refuse(.tokenTooLong(limit: maximumTokenLength)) }
    case .null, .bool: break
    }
    guard let handler, handler(token) else { return refuse(.stopped) }
    return 1
  }

  private func refuse(_ reason: JSONTokenizerError.Reason) -> Int32 {
    refusal = reason
    return 0
  }

  private static func take(_ token: JSONToken, _ context: UnsafeMutableRawPointer?) -> Int32 {
    guard let context else { return 0 }
    return Unmanaged<ContextBox>.fromOpaque(context).takeUnretainedValue().owner?.take(token) ?? 0
  }

  private static func slice(_ start: UnsafeRawPointer?, _ count: Int) -> JSONSlice {
    JSONSlice(bytes: UnsafeRawBufferPointer(start: start, count: count))
  }

  private static var callbacks: yajl_callbacks {
    yajl_callbacks(
      yajl_null: { JSONTokenizer.take(.null, $0) },
      yajl_boolean: { JSONTokenizer.take(.bool($1 != 0), $0) },
      yajl_integer: nil,
      yajl_double: nil,
      yajl_number: { JSONTokenizer.take(.number(JSONTokenizer.slice($1, $2)), $0) },
      yajl_string: { JSONTokenizer.take(.string(JSONTokenizer.slice($1, $2)), $0) },
      yajl_start_map: { JSONTokenizer.take(.beginObject, $0) },
      yajl_map_key: { JSONTokenizer.take(.key(JSONTokenizer.slice($1, $2)), $0) },
      yajl_end_map: { JSONTokenizer.take(.endObject, $0) },
      yajl_start_array: { JSONTokenizer.take(.beginArray, $0) },
      yajl_end_array: { JSONTokenizer.take(.endArray, $0) })
  }
}

extension TextPosition {
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
    for byte in rest where byte & 0xC0 != 0x80 { column += 1 }
    return TextPosition(offset: offset + bytes.count, line: line, column: column)
  }
}
