import Core
import JSONText
import Yajl

/// Takes one JSON format.
///
/// A format with one document is projected to ``shape`` as it streams by: what the shape emits comes to ``take(_:_:)`` at
/// once and is forgotten, the rest comes to ``finish(_:)``.
protocol JSONReportReader: AnyObject, SendableMetatype {
  static var format: EvidenceFormat { get }
  /// Which parts are wanted.
  static var shape: JSONShape { get }
  /// Whether this is the format, by what the beginning of the document looks like.
  static func recognises(_ looks: JSONLooks) -> Bool

  init()
  func take(_ part: String, _ value: JSON) throws(ReadingFault)
  func finish(_ root: JSON) throws(ReadingFault) -> Reading
}

/// Recognises a JSON format by the beginning of the document and hands its parts on.
final class JSONDocumentReader: FormatReader {
  /// How much of a document is looked at before it counts as not recognised.
  private static let window = 4 << 20

  private enum State {
    case looking
    case reading(JSONReportEngine)
    /// One JSON value after the other, each on its line.
    case lines(any FormatReader)
  }

  private var state = State.looking
  private var held: [UInt8] = []
  /// Looked at again when so much is held.
  private var next = 1
  private var wasWholeSeen = false

  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    switch state {
    case .reading(let engine): try engine.feed(bytes)
    case .lines(let reader): try reader.feed(bytes)
    case .looking:
      held.append(contentsOf: bytes)
      guard held.count >= next else { return }
      next = held.count * 2
      try look(isAll: false)
    }
  }

  func finish() throws(ReadingFault) -> Reading {
    if case .looking = state { try look(isAll: true) }
    switch state {
    case .reading(let engine): return try engine.finish(checkingOthers: !wasWholeSeen)
    case .lines(let reader): return try reader.finish()
    case .looking: throw ReadingFault(kind: .unrecognised, why: "is JSON and no report we know")
    }
  }

  private func look(isAll: Bool) throws(ReadingFault) {
    let (sniffer, end) = try sniff()
    guard let looks = sniffer.looks else {
      if isAll { throw ReadingFault(why: "is no readable JSON: it ends before its first value does") }
      return
    }
    if let end, let more = held[end.offset...].firstIndex(where: { !JSONDocumentReader.isBlank($0) }) {
      if looks.isList, held[more] == UInt8(ascii: "[") {
        throw ReadingFault(
          line: end.line, column: end.column,
          why: "holds several lists one after the other, as `gh api --paginate` writes them without `--slurp`")
      }
      guard held[end.offset..<more].contains(0x0A) || held[more] == UInt8(ascii: "{") else {
        throw ReadingFault(
          line: end.line, column: end.column, why: "is no readable JSON: something stands after its end")
      }
      return try readLines()
    }
    let candidates = Formats.json.filter { $0.recognises(looks) }
    if candidates.count == 1, let format = candidates.first {
      wasWholeSeen = isAll
      let engine = JSONReportEngine(format, try JSONReportEngine.tokenizer())
      state = .reading(engine)
      try replay { (bytes) throws(ReadingFault) in try engine.feed(bytes) }
    } else if isAll || candidates.count > 1 || held.count >= JSONDocumentReader.window || end != nil {
      throw JSONDocumentReader.unrecognised(looks, candidates.map { $0.format })
    }
  }

  private func readLines() throws(ReadingFault) {
    let reader = TextDocumentReader()
    state = .lines(reader)
    try replay { (bytes) throws(ReadingFault) in try reader.feed(bytes) }
  }

  private func replay(_ body: (UnsafeRawBufferPointer) throws(ReadingFault) -> Void) throws(ReadingFault) {
    let bytes = held
    held = []
    try bytes.withUnsafeBufferPointer { (buffer) throws(ReadingFault) in try body(UnsafeRawBufferPointer(buffer)) }
  }

  /// What is held, looked at from its beginning; with where its first value ends, when it does.
  private func sniff() throws(ReadingFault) -> (JSONSniffer, TextPosition?) {
    let tokenizer = try JSONReportEngine.tokenizer()
    var sniffer = JSONSniffer()
    do throws(JSONTokenizerError) {
      try held.withUnsafeBufferPointer { (buffer) throws(JSONTokenizerError) in
        try tokenizer.feed(UnsafeRawBufferPointer(buffer)) { sniffer.take($0) ? .goOn : .stop }
      }
    } catch {
      guard error.reason == .stopped else { throw JSONReportEngine.explain(error, nil) }
      return (sniffer, error.position)
    }
    return (sniffer, nil)
  }

  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  static func unrecognised(_ looks: JSONLooks, _ candidates: [EvidenceFormat]) -> ReadingFault {
    if candidates.isEmpty, looks.has("error") || looks.has("message") && looks.members.count <= 6 {
      return ReadingFault(kind: .unrecognised, why: "looks like an error that a tool reported: \(looks.words)")
    }
    return Formats.unclear(candidates, otherwise: "is JSON and no report we know: \(looks.words)")
  }
}

/// Feeds a JSON document's wanted parts to the reader of its format.
final class JSONReportEngine: FormatReader {
  private let reader: any JSONReportReader
  private let format: EvidenceFormat
  private let tokenizer: JSONTokenizer
  private var projector: JSONProjector?

  init(_ format: any JSONReportReader.Type, _ tokenizer: JSONTokenizer) {
    reader = format.init()
    self.format = format.format
    self.tokenizer = tokenizer
    projector = JSONProjector(format.shape)
  }

  static func tokenizer() throws(ReadingFault) -> JSONTokenizer {
    do {
      return try JSONTokenizer()
    } catch {
      throw ReadingFault(why: error.reason.words)
    }
  }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    try project { (handler) throws(JSONTokenizerError) in try tokenizer.feed(bytes, to: handler) }
  }

  func finish() throws(ReadingFault) -> Reading { try finish(checkingOthers: false) }

  /// - Parameter others: whether the names at the top, all of them known now, must not be those of another format.
  func finish(checkingOthers others: Bool) throws(ReadingFault) -> Reading {
    try project { (handler) throws(JSONTokenizerError) in try tokenizer.finish(handler) }
    guard let projector, let root = projector.root else {
      throw ReadingFault(why: "is no readable JSON: it holds no value")
    }
    if others {
      let looks = JSONLooks.object(projector.topKeys.map { .init(key: $0, value: .unseen) })
      let more = Formats.json.filter { $0.format != format && $0.recognises(looks) }.map { $0.format }
      guard more.isEmpty else { throw Formats.unclear([format] + more, otherwise: "") }
    }
    return try reader.finish(root)
  }

  /// Runs the tokenizer over the projector, which is taken out of the object meanwhile: every token changes it.
  private func project(
    _ run: ((JSONToken) -> JSONStep) throws(JSONTokenizerError) -> Void
  ) throws(ReadingFault) {
    guard var projector = self.projector else { return }
    self.projector = nil
    defer { self.projector = projector }
    let reader = reader
    var fault: ReadingFault?
    do throws(JSONTokenizerError) {
      try run { token in
        projector.take(token) { part, value in
          do throws(ReadingFault) {
            try reader.take(part, value)
            return true
          } catch {
            fault = error
            return false
          }
        }
      }
    } catch {
      var explained = JSONReportEngine.explain(error, projector.fault)
      if let fault {
        explained.kind = fault.kind
        explained.why = fault.why
        explained.remedy = fault.remedy
      }
      throw explained
    }
  }

  static func explain(_ error: JSONTokenizerError, _ why: String?) -> ReadingFault {
    ReadingFault(
      line: error.position.line, column: error.position.column,
      why: "is no readable JSON: \(why ?? error.reason.words)")
  }
}
