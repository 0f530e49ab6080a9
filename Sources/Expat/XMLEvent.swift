import Glibc

/// A piece of an XML document, in the order of the text.
///
/// Names, attributes and text point into the parser's own memory: they are good only until the handler that was given the
/// event returns.
package enum XMLEvent {
  /// An element begins; the name is without its namespace prefix.
  case start(XMLName, XMLAttributes)
  case end(XMLName)
  /// Character data in UTF-8, perhaps one of several pieces.
  case text(UnsafeRawBufferPointer)
  /// A document type declaration, by the name of its root element. What it points to is never loaded.
  case doctype(XMLName)
}

/// A name in an XML document, compared and matched by a `switch` without being copied.
package struct XMLName {
  let bytes: UnsafeRawBufferPointer

  /// A copy.
  package var text: String { String(decoding: bytes, as: UTF8.self) }

  package static func == (name: XMLName, text: StaticString) -> Bool {
    // A few bytes: faster than a call.
    guard name.bytes.count == text.utf8CodeUnitCount else { return false }
    for index in 0..<name.bytes.count where name.bytes[index] != text.utf8Start[index] { return false }
    return true
  }

  package static func ~= (text: StaticString, name: XMLName) -> Bool { name == text }
}

/// The attributes of one element.
package struct XMLAttributes {
  /// Pairs of name and value, ended by a null pointer, as expat hands them over.
  let raw: UnsafeMutablePointer<UnsafePointer<CChar>?>?

  /// The value of the attribute with exactly that name, or `nil` when there is none.
  package subscript(_ name: StaticString) -> String? { value(name).map { String(cString: $0) } }

  /// The bytes of that attribute's value, not copied; `nil` when there is none.
  package func bytes(_ name: StaticString) -> UnsafeRawBufferPointer? {
    value(name).map { UnsafeRawBufferPointer(start: $0, count: strlen($0)) }
  }

  /// That attribute as a whole number of plain digits; `nil` when there is none, or it is written otherwise or beyond 2⁶².
  package func digits(_ name: StaticString) -> Int? {
    guard let value = value(name), value.pointee != 0 else { return nil }
    var number = 0
    var index = 0
    while true {
      let byte = UInt8(bitPattern: value[index])
      if byte == 0 { return number }
      guard (0x30...0x39).contains(byte), number < 1 << 58 else { return nil }
      number = number * 10 + Int(byte - 0x30)
      index += 1
    }
  }

  private func value(_ name: StaticString) -> UnsafePointer<CChar>? {
    guard let raw else { return nil }
    var index = 0
    while let key = raw[index] {
      if matches(key, name) { return raw[index + 1] }
      index += 2
    }
    return nil
  }

  package var count: Int {
    guard let raw else { return 0 }
    var index = 0
    while raw[index] != nil { index += 2 }
    return index / 2
  }

  private func matches(_ key: UnsafePointer<CChar>, _ name: StaticString) -> Bool {
    let length = name.utf8CodeUnitCount
    for index in 0..<length where UInt8(bitPattern: key[index]) != name.utf8Start[index] { return false }
    return key[length] == 0
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
