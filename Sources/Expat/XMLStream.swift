internal import CExpat

/// Turns an XML document, fed in pieces, into events. Memory does not grow with the document.
///
/// A document type declaration is accepted, since JaCoCo, Cobertura and gcovr write one; nothing it names is loaded, and
/// a document that declares or uses an entity is refused. Encodings: UTF-8, UTF-16, ISO-8859-1 and US-ASCII, as expat
/// knows them. A parser may be used by one thread at a time (expat's reference, "Thread safety" is left to the caller),
/// which is why the class is not `Sendable`.
package final class XMLStream {
  private let parser: XML_Parser
  private let maximumLength: Int

  /// Whether text is handed over; what is between elements mostly is blanks that nobody wants.
  package var takesText = true {
    didSet {
      if takesText != oldValue { XML_SetCharacterDataHandler(parser, takesText ? XMLStream.textHandler : nil) }
    }
  }

  /// Who is given what is read.
  package var handlers: XMLHandlers {
    didSet {
      // The old ones may be running just now.
      earlier = oldValue
      state.pointee.handlers = .passUnretained(handlers)
    }
  }
  private var earlier: XMLHandlers?

  /// What expat's calls read and write, at a place of its own: they come for every event.
  private struct State {
    let parser: XML_Parser
    let maximumDepth: Int
    let maximumAttributes = 256
    /// Those of the stream, which holds them.
    var handlers: Unmanaged<XMLHandlers>
    var refusal: XMLStreamError?
    var depth = 0
    /// Whether anything came since this was last `false`, to notice a tag that never ends.
    var sawEvent = false
  }

  private let state: UnsafeMutablePointer<State>
  private var fed = 0
  /// How much had been fed before the last piece in which an event came.
  private var fedAtLastEvent = 0

  package init(
    _ handlers: XMLHandlers, maximumDepth: Int = 128, maximumLength: Int = 4 << 20
  ) throws(XMLStreamError) {
    guard let parser = XML_ParserCreate(nil) else {
      throw XMLStreamError(reason: .outOfMemory, line: 1, column: 1)
    }
    self.parser = parser
    self.maximumLength = maximumLength
    self.handlers = handlers
    state = .allocate(capacity: 1)
    state.initialize(
      to: State(parser: parser, maximumDepth: maximumDepth, handlers: .passUnretained(handlers)))
    install()
  }

  deinit {
    XML_ParserFree(parser)
    state.deinitialize(count: 1)
    state.deallocate()
  }

  /// Reads a piece of the document.
  ///
  /// After an error the stream is of no more use.
  package func feed(_ bytes: UnsafeRawBufferPointer) throws(XMLStreamError) {
    var rest = bytes
    while !rest.isEmpty {
      // Small pieces: expat takes the length as `int`, and what it keeps of a long tag is bounded after each.
      let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(64 << 10))
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
      try parse(piece, isFinal: false)
      if state.pointee.sawEvent {
        state.pointee.sawEvent = false
        fedAtLastEvent = fed
      }
      fed += piece.count
      if fed - fedAtLastEvent > maximumLength { throw error(.tooLong(limit: maximumLength)) }
    }
  }

  /// Says that the document is complete; one cut short is an error.
  package func finish() throws(XMLStreamError) {
    try parse(UnsafeRawBufferPointer(start: nil, count: 0), isFinal: true)
  }

  /// Where reading stands; within a handler, where the event begins.
  package var line: Int { Int(XML_GetCurrentLineNumber(parser)) }
  package var column: Int { Int(XML_GetCurrentColumnNumber(parser)) + 1 }

  private func parse(_ bytes: UnsafeRawBufferPointer, isFinal: Bool) throws(XMLStreamError) {
    let status = XML_Parse(
      parser, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), isFinal ? 1 : 0)
    if let refusal = state.pointee.refusal { throw refusal }
    guard status == XML_STATUS_OK else {
      let code = XML_GetErrorCode(parser)
      throw error(
        code == XML_ERROR_NO_MEMORY
          ? .outOfMemory : .syntax(XML_ErrorString(code).map { String(cString: $0) } ?? "no XML"))
    }
  }

  private func error(_ reason: XMLStreamError.Reason) -> XMLStreamError { XMLStream.error(reason, parser) }

  private static func error(_ reason: XMLStreamError.Reason, _ parser: XML_Parser) -> XMLStreamError {
    XMLStreamError(
      reason: reason, line: Int(XML_GetCurrentLineNumber(parser)), column: Int(XML_GetCurrentColumnNumber(parser)) + 1)
  }

  // MARK: called by expat

  /// What is noted of an event; `nil` when it is not to be handed on: after a stop, expat may still call for what it has
  /// begun.
  @inline(__always)
  private static func note(_ context: UnsafeMutableRawPointer?) -> UnsafeMutablePointer<State>? {
    guard let state = context?.assumingMemoryBound(to: State.self), state.pointee.refusal == nil else { return nil }
    state.pointee.sawEvent = true
    return state
  }

  private static let startHandler: XML_StartElementHandler = { context, name, raw in
    guard let state = XMLStream.note(context) else { return }
    let attributes = XMLAttributes(raw: raw)
    state.pointee.depth += 1
    if state.pointee.depth > state.pointee.maximumDepth {
      return XMLStream.refuse(.tooDeep(limit: state.pointee.maximumDepth), state)
    }
    if attributes.count > state.pointee.maximumAttributes {
      return XMLStream.refuse(.tooManyAttributes(limit: state.pointee.maximumAttributes), state)
    }
    let goesOn = state.pointee.handlers._withUnsafeGuaranteedRef { $0.start(XMLStream.localName(name), attributes) }
    if !goesOn { XMLStream.refuse(.stopped, state) }
  }

  private static let endHandler: XML_EndElementHandler = { context, name in
    guard let state = XMLStream.note(context) else { return }
    state.pointee.depth -= 1
    let goesOn = state.pointee.handlers._withUnsafeGuaranteedRef { $0.end(XMLStream.localName(name)) }
    if !goesOn { XMLStream.refuse(.stopped, state) }
  }

  private static let textHandler: XML_CharacterDataHandler = { context, bytes, count in
    guard let state = XMLStream.note(context) else { return }
    let text = UnsafeRawBufferPointer(start: bytes, count: Int(count))
    let goesOn = state.pointee.handlers._withUnsafeGuaranteedRef { $0.text(text) }
    if !goesOn { XMLStream.refuse(.stopped, state) }
  }

  private static func refuse(_ reason: XMLStreamError.Reason, _ state: UnsafeMutablePointer<State>) {
    if state.pointee.refusal == nil { state.pointee.refusal = error(reason, state.pointee.parser) }
    XML_StopParser(state.pointee.parser, 0)
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

  private func install() {
    XML_SetUserData(parser, state)
    XML_SetElementHandler(parser, XMLStream.startHandler, XMLStream.endHandler)
    XML_SetCharacterDataHandler(parser, XMLStream.textHandler)
    // What a document type declaration names is never loaded; to be read on, it must only be seen.
    XML_SetStartDoctypeDeclHandler(parser) { context, _, _, _, _ in _ = XMLStream.note(context) }
    XML_SetEntityDeclHandler(parser) { context, _, _, _, _, _, _, _, _ in
      context.map { XMLStream.refuse(.entity, $0.assumingMemoryBound(to: State.self)) }
    }
    XML_SetSkippedEntityHandler(parser) { context, _, _ in
      context.map { XMLStream.refuse(.entity, $0.assumingMemoryBound(to: State.self)) }
    }
    XML_SetCommentHandler(parser) { context, _ in
      context?.assumingMemoryBound(to: State.self).pointee.sawEvent = true
    }
    // No handler for external entities, and no parsing of parameter entities: expat then loads nothing.
    XML_SetParamEntityParsing(parser, XML_PARAM_ENTITY_PARSING_NEVER)
  }
}
