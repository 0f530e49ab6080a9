/// A piece of JSON text, in the order of the text.
///
/// The slices point into the parser's own memory: they are good only until the handler that was given the token returns.
package enum JSONToken {
  case null
  case bool(Bool)
  /// The number as it is written, so that nothing is lost: `1`, `-2.50`, `1e400`.
  case number(JSONSlice)
  case string(JSONSlice)
  case key(JSONSlice)
  case beginObject
  case endObject
  case beginArray
  case endArray
}

/// What a handler wants next.
package enum JSONStep {
  case goOn
  /// After the beginning of an object or a list: its rest and its end are not handed over. After a key: its value is
  /// not. What is passed over is held to the grammar all the same.
  case passOver
  /// No more; reading ends with ``JSONTokenizerError/Reason-swift.enum/stopped``.
  case stop
}

/// Bytes of a string or number with their escapes already resolved.
package struct JSONSlice {
  package let bytes: UnsafeRawBufferPointer

  /// A copy as text, or `nil` when the bytes are no valid UTF-8 (an overlong form, for example, which yajl lets through).
  package var text: String? {
    String(validating: bytes, as: UTF8.self)
  }

  /// Whether the bytes are exactly those of the text, compared without a copy.
  package static func == (slice: JSONSlice, text: StaticString) -> Bool {
    text.withUTF8Buffer { $0.elementsEqual(slice.bytes) }
  }
}

/// A place in text: lines and columns count from 1, columns in Unicode scalars, offsets in bytes from 0.
package struct TextPosition: Hashable, Sendable {
  package let offset: Int
  package let line: Int
  package let column: Int

  package init(offset: Int, line: Int, column: Int) {
    self.offset = offset
    self.line = line
    self.column = column
  }
}

/// Why JSON text could not be read any further, and where.
package struct JSONTokenizerError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// The text is no JSON; yajl's own words, without the text itself.
    case syntax(String)
    /// Objects and arrays are nested deeper than allowed.
    case tooDeep(limit: Int)
    /// One string or number is longer than allowed, in bytes.
    case tokenTooLong(limit: Int)
    /// The handler asked to stop.
    case stopped
    case outOfMemory
  }

  package let reason: Reason
  package let position: TextPosition
}
