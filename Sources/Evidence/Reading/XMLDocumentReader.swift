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
      stream = try XMLStream()
    } catch {
      throw ReadingFault(why: error.reason.words)
    }
    stream.takesText = false
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
        depth += 1
        if reader == nil { reader = try recognise(name.text, attributes) }
        if textDepth == 0, textElements.contains(where: { name == $0 }) {
          textDepth = depth
          stream.takesText = true
        }
        try reader?.start(name, attributes)
      case .end(let name):
        try reader?.end(name)
        if depth == textDepth {
          textDepth = 0
          stream.takesText = false
        }
        depth -= 1
      case .text(let bytes): try reader?.text(bytes)
      case .doctype: break
      }
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
