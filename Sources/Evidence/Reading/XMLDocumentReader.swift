import Expat

/// Takes the elements of one XML format.
protocol XMLReportReader: AnyObject, SendableMetatype {
  static var format: EvidenceFormat { get }
  /// Whether this is the format, by the root element: its name as written, with its prefix, and its attributes.
  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool

  /// The elements whose text, and that of what is in them, comes to ``text(_:)``.
  static var textElements: [StaticString] { get }

  init(root: XMLAttributes)
  /// Names are without their prefix.
  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault)
  func end(_ name: XMLName) throws(ReadingFault)
  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault)
  func finish() throws(ReadingFault) -> Reading
}

/// Recognises an XML format by its root element and hands the elements on.
final class XMLDocumentReader: FormatReader {
  private let stream: XMLStream
  private var reader: (any XMLReportReader)?
  private var textElements: [StaticString] = []
  private var depth = 0
  /// The depth of the element whose text is wanted; 0 when there is none.
  private var textDepth = 0
  private var fault: ReadingFault?
  private let formats: [any XMLReportReader.Type]
  private let isRecognised: Bool

  /// - Parameter only: the one format that the document is taken for, whatever its root element is.
  init(only: (any XMLReportReader.Type)? = nil) throws(ReadingFault) {
    formats = only.map { [$0] } ?? Formats.xml
    isRecognised = only != nil
    do {
      stream = try XMLStream(XMLHandlers { _, _ in false })
    } catch {
      throw ReadingFault(why: error.reason.words)
    }
    stream.takesText = false
    stream.handlers = XMLHandlers { [unowned(unsafe) self] in begin($0, $1) }
  }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    try run { (stream) throws(XMLStreamError) in try stream.feed(bytes) }
  }

  func finish() throws(ReadingFault) -> Reading {
    try run { (stream) throws(XMLStreamError) in try stream.finish() }
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

  /// The root element decides who is given the rest.
  private func begin(_ name: XMLName, _ attributes: XMLAttributes) -> Bool {
    do throws(ReadingFault) {
      let reader = try recognise(name.text, attributes)
      self.reader = reader
      stream.handlers = handlers(for: reader)
      return start(reader, name, attributes)
    } catch {
      fault = error
      return false
    }
  }

  /// The stream is this object's own, so that it is there whenever one of these is called.
  private func handlers(for reader: some XMLReportReader) -> XMLHandlers {
    XMLHandlers(
      start: { [unowned(unsafe) self] in start(reader, $0, $1) },
      end: { [unowned(unsafe) self] in end(reader, $0) },
      text: { [unowned(unsafe) self] bytes in
        handle { () throws(ReadingFault) in try reader.text(bytes) }
      })
  }

  @inline(__always)
  private func start(_ reader: some XMLReportReader, _ name: XMLName, _ attributes: XMLAttributes) -> Bool {
    depth += 1
    if textDepth == 0 {
      for element in textElements where name == element {
        textDepth = depth
        stream.takesText = true
      }
    }
    return handle { () throws(ReadingFault) in try reader.start(name, attributes) }
  }

  @inline(__always)
  private func end(_ reader: some XMLReportReader, _ name: XMLName) -> Bool {
    let goesOn = handle { () throws(ReadingFault) in try reader.end(name) }
    if depth == textDepth {
      textDepth = 0
      stream.takesText = false
    }
    depth -= 1
    return goesOn
  }

  @inline(__always)
  private func handle(_ body: () throws(ReadingFault) -> Void) -> Bool {
    do throws(ReadingFault) {
      try body()
      return true
    } catch {
      fault = error
      return false
    }
  }

  private func recognise(_ root: String, _ attributes: XMLAttributes) throws(ReadingFault) -> any XMLReportReader {
    let candidates = formats.filter { isRecognised || $0.recognises(root: root, attributes) }
    if candidates.count == 1, let format = candidates.first {
      textElements = format.textElements
      return format.init(root: attributes)
    }
    throw Formats.unclear(
      candidates.map { $0.format },
      otherwise: root.lowercased() == "html"
        ? "is a web page, perhaps a login or an error page, and no report"
        : "is XML with the root <\(DisplayText.bounded(root, to: 40))>, which is no report we know")
  }
}
