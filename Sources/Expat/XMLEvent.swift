/// A piece of an XML document, in the order of the text.
///
/// Attributes and text point into the parser's own memory: they are good only until the handler that was given the
/// event returns.
package enum XMLEvent {
  /// An element begins; the name is without its namespace prefix.
  case start(String, XMLAttributes)
  case end(String)
  /// Character data in UTF-8, perhaps one of several pieces.
  case text(UnsafeRawBufferPointer)
  /// A document type declaration, by the name of its root element. What it points to is never loaded.
  case doctype(String)
}

/// The attributes of one element.
package struct XMLAttributes {
  /// Pairs of name and value, ended by a null pointer, as expat hands them over.
  let raw: UnsafeMutablePointer<UnsafePointer<CChar>?>?

  /// The value of the attribute with exactly that name, or `nil` when there is none.
  package subscript(_ name: StaticString) -> String? {
    guard let raw else { return nil }
    var index = 0
    while let key = raw[index] {
      if matches(key, name) { return raw[index + 1].map { String(cString: $0) } }
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
