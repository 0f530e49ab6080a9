import Expat

/// Takes the elements of one XML format.
protocol XMLElementReader: AnyObject {
  func start(_ name: String, _ attributes: XMLAttributes) throws(ReadingFault)
  func end(_ name: String) throws(ReadingFault)
  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault)
  func finish() throws(ReadingFault) -> Reading
}

/// Recognises an XML format by its root element and hands the elements on.
final class XMLDocumentReader: FormatReader {
  private let stream: XMLStream
  private var reader: (any XMLElementReader)?
  private var fault: ReadingFault?

  init() throws(ReadingFault) {
    do {
      stream = try XMLStream()
    } catch {
      throw ReadingFault(why: error.reason.words)
    }
  }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    try run { (stream) throws(XMLStreamError) in try stream.feed(bytes) { self.take($0) } }
  }

  func finish() throws(ReadingFault) -> Reading {
    try run { (stream) throws(XMLStreamError) in try stream.finish { self.take($0) } }
    guard let reader else { throw ReadingFault(kind: .empty, why: "holds no element") }
    return try reader.finish()
  }

  private func run(_ body: (XMLStream) throws(XMLStreamError) -> Void) throws(ReadingFault) {
    do {
      try body(stream)
    } catch {
      var fault = self.fault ?? ReadingFault(why: "is no readable XML: \(error.reason.words)")
      fault.line = error.line
      fault.column = error.column
      throw fault
    }
  }

  private func take(_ event: XMLEvent) -> Bool {
    do throws(ReadingFault) {
      switch event {
      case .start(let name, let attributes):
        if reader == nil { reader = try recognise(name, attributes) }
        try reader?.start(name, attributes)
      case .end(let name): try reader?.end(name)
      case .text(let bytes): try reader?.text(bytes)
      case .doctype: break
      }
      return true
    } catch {
      fault = error
      return false
    }
  }

  private func recognise(_ root: String, _ attributes: XMLAttributes) throws(ReadingFault) -> any XMLElementReader {
    switch root {
    case "testsuites", "testsuite": return JUnitReader()
    case "coverage":
      let isClover = attributes["clover"] != nil || attributes["generated"] != nil
      let isCobertura = attributes["line-rate"] != nil || attributes["lines-valid"] != nil
      if isClover, isCobertura {
        throw ReadingFault(kind: .unrecognised, why: "looks like Cobertura and like Clover at once")
      }
      if isClover { throw XMLDocumentReader.unread("Clover coverage") }
      return CoberturaReader(root: attributes)
    case "report": throw XMLDocumentReader.unread("a JaCoCo report")
    case "checkstyle": throw XMLDocumentReader.unread("a Checkstyle report")
    case "html", "HTML":
      throw ReadingFault(kind: .unrecognised, why: "is a web page, perhaps a login or an error page, and no report")
    default:
      throw ReadingFault(
        kind: .unrecognised,
        why: "is XML with the root <\(DisplayText.bounded(root, to: 40))>, which is no report we know")
    }
  }

  private static func unread(_ what: String) -> ReadingFault {
    ReadingFault(kind: .unrecognised, why: "is \(what), which this version does not read")
  }
}
