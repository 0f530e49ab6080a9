import Glibc

/// What takes the pieces of an XML document, in the order of the text; each says whether to go on.
///
/// Names, attributes and text point into the parser's own memory: they are good only until the handler that was given them
/// returns. Closures that never change, so that no reference is counted for each of millions of elements.
package final class XMLHandlers {
  /// An element begins; the name is without its namespace prefix.
  let start: (XMLName, XMLAttributes) -> Bool
  let end: (XMLName) -> Bool
  /// Character data in UTF-8, perhaps one of several pieces.
  let text: (UnsafeRawBufferPointer) -> Bool

  package init(
    start: @escaping (XMLName, XMLAttributes) -> Bool, end: @escaping (XMLName) -> Bool = { _ in true },
    text: @escaping (UnsafeRawBufferPointer) -> Bool = { _ in true }
  ) {
    self.start = start
    self.end = end
    self.text = text
  }
}

/// A name in an XML document, compared and matched by a `switch` without being copied.
package struct XMLName {
  @usableFromInline let bytes: UnsafeRawBufferPointer

  init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// A copy.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  @inlinable @inline(__always)
  package static func == (name: XMLName, text: StaticString) -> Bool {
    // A few bytes: faster than a call.
    let (length, wanted) = (text.utf8CodeUnitCount, text.utf8Start)
    guard name.bytes.count == length else { return false }
    var index = 0
    while index < length, name.bytes[index] == wanted[index] { index &+= 1 }
    return index == length
  }

  @inlinable @inline(__always)
  package static func ~= (text: StaticString, name: XMLName) -> Bool { name == text }
}

/// The attributes of one element.
package struct XMLAttributes {
  /// Pairs of name and value, ended by a null pointer, as expat hands them over.
  @usableFromInline let raw: UnsafeMutablePointer<UnsafePointer<CChar>?>?

  init(raw: UnsafeMutablePointer<UnsafePointer<CChar>?>?) { self.raw = raw }

  /// The value of the attribute with exactly that name, or `nil` when there is none.
  package subscript(_ name: StaticString) -> String? { value(name).map { String(cString: $0) } }

  /// The bytes of that attribute's value, not copied; `nil` when there is none.
  package func bytes(_ name: StaticString) -> UnsafeRawBufferPointer? {
    value(name).map { UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
  }

  /// That attribute as a whole number of plain digits; `nil` when there is none, or it is written otherwise or beyond 2⁶².
  @inlinable package func digits(_ name: StaticString) -> Int? {
    guard let value = value(name), value.pointee != 0 else { return nil }
    var number = 0
    var index = 0
    while true {
      let byte = UInt8(bitPattern: value[index])
      if byte == 0 { return number }
      guard byte &- 0x30 < 10, number < 1 << 58 else { return nil }
      number = number &* 10 &+ Int(byte &- 0x30)
      index &+= 1
    }
  }

  @inlinable func value(_ name: StaticString) -> UnsafePointer<CChar>? {
    guard var pair = raw else { return nil }
    let (length, wanted) = (name.utf8CodeUnitCount, UnsafeRawPointer(name.utf8Start))
    while let key = pair.pointee {
      // The end of a shorter name differs from what is wanted there, so that nothing is read beyond it.
      var index = 0
      while index < length, UInt8(bitPattern: key[index]) == wanted.load(fromByteOffset: index, as: UInt8.self) {
        index &+= 1
      }
      if index == length, key[length] == 0 { return pair[1] }
      pair += 2
    }
    return nil
  }

  package var count: Int {
    guard let raw else { return 0 }
    var index = 0
    while raw[index] != nil { index += 2 }
    return index / 2
  }
}

/// Why an XML document could not be read any further, and where (lines and columns from 1).
package struct XMLStreamError: Error, Hashable, Sendable {
  package enum Reason: Hashable, Sendable {
    /// No well-formed XML; expat's own words.
    case syntax(String)
    /// An entity is declared or used that is none of XML's own five. None is ever expanded.
    case entity
    case tooDeep(limit: Int)
    /// A tag, comment or the like is longer than allowed, in bytes.
    case tooLong(limit: Int)
    case tooManyAttributes(limit: Int)
    /// The handler asked to stop.
    case stopped
    case outOfMemory
  }

  package let reason: Reason
  package let line: Int
  package let column: Int
}

extension XMLStreamError.Reason {
  /// The reason in words that quote nothing of the document.
  package var words: String {
    switch self {
    case .syntax(let message): message
    case .entity: "it declares or uses an entity of its own, and none is expanded"
    case .tooDeep(let limit): "elements are nested deeper than \(limit) levels"
    case .tooLong(let limit): "one tag, attribute or comment is longer than \(limit) bytes"
    case .tooManyAttributes(let limit): "one element has more than \(limit) attributes"
    case .stopped: "reading was stopped"
    case .outOfMemory: "out of memory"
    }
  }
}
