internal import CExpat

/// Turns an XML document, fed in pieces, into events. Memory does not grow with the document.
///
/// A document type declaration is accepted, since JaCoCo, Cobertura and gcovr write one; nothing it names is loaded, and
/// a document that declares or uses an entity is refused. Encodings: UTF-8, UTF-16, ISO-8859-1 and US-ASCII, as expat
/// knows them. A parser may be used by one thread at a time (expat's reference, "Thread safety" is left to the caller),
/// which is why the class is not `Sendable`.
package final class XMLStream {
  private let parser: XML_Parser
  private let maximumDepth: Int
  private let maximumLength: Int
  private let maximumAttributes = 256

  /// Whether text is handed over; what is between elements mostly is blanks that nobody wants.
  package var takesText = true {
    didSet {
      if takesText != oldValue { XML_SetCharacterDataHandler(parser, takesText ? XMLStream.textHandler : nil) }
    }
  }

  private var handler: ((XMLEvent) -> Bool)?
  private var refusal: XMLStreamError?
  private var depth = 0
  private var fed = 0
  /// How much had been fed when the last event came, to notice a tag that never ends.
  private var fedAtLastEvent = 0

  package init(maximumDepth: Int = 128, maximumLength: Int = 4 << 20) throws(XMLStreamError) {
    guard let parser = XML_ParserCreate(nil) else {
      throw XMLStreamError(reason: .outOfMemory, line: 1, column: 1)
    }
    self.parser = parser
    self.maximumDepth = maximumDepth
    self.maximumLength = maximumLength
    install()
  }

  deinit { XML_ParserFree(parser) }

  /// Reads a piece of the document. The handler is called for each event and returns whether to go on.
  ///
  /// After an error the stream is of no more use.
  package func feed(_ bytes: UnsafeRawBufferPointer, to handler: (XMLEvent) -> Bool) throws(XMLStreamError) {
    var rest = bytes
    while !rest.isEmpty {
      // Small pieces: expat takes the length as `int`, and what it keeps of a long tag is bounded after each.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(64 << 10))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      try parse(piece, isFinal: false, handler)
      fed += piece.count
      if fed - fedAtLastEvent > maximumLength { throw error(.tooLong(limit: maximumLength)) }
    }
  }

  /// Says that the document is complete; one cut short is an error.
  package func finish(_ handler: (XMLEvent) -> Bool) throws(XMLStreamError) {
    try parse(UnsafeRawBufferPointer(start: nil, count: 0), isFinal: true, handler)
  }

  /// Where reading stands; within a handler, where the event begins.
  package var line: Int { Int(XML_GetCurrentLineNumber(parser)) }
  package var column: Int { Int(XML_GetCurrentColumnNumber(parser)) + 1 }

  private func parse(
    _ bytes: UnsafeRawBufferPointer, isFinal: Bool, _ handler: (XMLEvent) -> Bool
  ) throws(XMLStreamError) {
    let status = withoutActuallyEscaping(handler) { escaping in
      self.handler = escaping
      defer { self.handler = nil }
      return XML_Parse(
        parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), isFinal ? 1 : 0)
    }
    if let refusal { throw refusal }
    guard status == XML_STATUS_OK else {
      let code = XML_GetErrorCode(parser)
      throw error(
        code == XML_ERROR_NO_MEMORY
          ? .outOfMemory : .syntax(XML_ErrorString(code).map { String(cString: $0) } ?? "no XML"))
    }
  }

  private func error(_ reason: XMLStreamError.Reason) -> XMLStreamError {
    XMLStreamError(reason: reason, line: line, column: column)
  }

  // MARK: called by expat

  private func take(_ event: XMLEvent) {
    // After a stop, expat may still call for what it has begun.
    guard refusal == nil else { return }
    fedAtLastEvent = fed
    switch event {
    case .start(_, let attributes):
      depth += 1
      if depth > maximumDepth { return refuse(.tooDeep(limit: maximumDepth)) }
      if attributes.count > maximumAttributes { return refuse(.tooManyAttributes(limit: maximumAttributes)) }
    case .end: depth -= 1
    case .text, .doctype: break
    }
    if let handler, !handler(event) { refuse(.stopped) }
  }

  private func refuse(_ reason: XMLStreamError.Reason) {
    if refusal == nil { refusal = error(reason) }
    XML_StopParser(parser, 0)
  }

  private static func stream(_ context: UnsafeMutableRawPointer?) -> XMLStream? {
    context.map { Unmanaged<XMLStream>.fromOpaque($0).takeUnretainedValue() }
  }

  /// The name without a namespace prefix.
  private static func localName(_ raw: UnsafePointer<CChar>?) -> XMLName {
    guard let raw else { return XMLName(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) }
    var start = raw
    var cursor = raw
    while cursor.pointee != 0 {
      if cursor.pointee == 0x3A { start = cursor + 1 }
      cursor += 1
    }
    return XMLName(bytes: UnsafeRawBufferPointer(start: start, count: cursor - start))
  }

  private static let textHandler: XML_CharacterDataHandler = { context, bytes, count in
    XMLStream.stream(context)?.take(.text(UnsafeRawBufferPointer(start: bytes, count: Int(count))))
  }

  private func install() {
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser,
      { context, name, attributes in
        XMLStream.stream(context)?.take(.start(XMLStream.localName(name), XMLAttributes(raw: attributes)))
      },
      { context, name in XMLStream.stream(context)?.take(.end(XMLStream.localName(name))) })
    XML_SetCharacterDataHandler(parser, XMLStream.textHandler)
    XML_SetStartDoctypeDeclHandler(parser) { context, name, _, _, _ in
      XMLStream.stream(context)?.take(.doctype(XMLStream.localName(name)))
    }
    XML_SetEntityDeclHandler(parser) { context, _, _, _, _, _, _, _, _ in
      XMLStream.stream(context)?.refuse(.entity)
    }
    XML_SetSkippedEntityHandler(parser) { context, _, _ in
      XMLStream.stream(context)?.refuse(.entity)
    }
    XML_SetCommentHandler(parser) { context, _ in
      XMLStream.stream(context).map { $0.fedAtLastEvent = $0.fed }
    }
    // No handler for external entities, and no parsing of parameter entities: expat then loads nothing.
    XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER)
  }
}
