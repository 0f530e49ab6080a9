import Core
import Glibc

/// Takes one format that is read line by line.
protocol LineReportReader: AnyObject, SendableMetatype {
  static var format: EvidenceFormat { get }
  /// Whether this is the format, by its first lines.
  static func recognises(_ looks: TextLooks) -> Bool

  init()
  /// A line without its end (`\n` or `\r\n`), numbered from 1. The bytes are good only until this returns.
  func take(_ line: UnsafeRawBufferPointer, number: Int) throws(ReadingFault)
  func finish() throws(ReadingFault) -> Reading
}

/// The first lines of a text: at most so many that it fits in a piece of it.
struct TextLooks {
  /// Without their ends, in order, blank ones among them; bytes that are no UTF-8 replaced.
  let lines: [Substring]
  /// Whether there is no more than this.
  let isAll: Bool

  /// The first line that is not blank, without blanks around it.
  var first: Substring? {
    lines.lazy.map(TextLooks.trimmed).first { !$0.isEmpty }
  }

  static func trimmed(_ line: Substring) -> Substring {
    let from = line.drop { $0.isWhitespace }
    guard let last = from.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return from[...last]
  }
}

/// Recognises a text format by its first lines and hands the lines on. Memory does not grow with the text.
final class TextDocumentReader: FormatReader {
  private static let window = 64 << 10
  static let longestLine = 4 << 20

  private var held: [UInt8]? = []
  private var reader: (any LineReportReader)?
  private var line = 0
  private var pending: [UInt8] = []

  init() {}

  /// Takes the text for this format, whatever its first lines are.
  init(only format: any LineReportReader.Type) {
    held = nil
    reader = format.init()
  }

  func feed(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    if var held {
      self.held = nil
      held.append(contentsOf: bytes)
      if held.count < TextDocumentReader.window {
        self.held = held
      } else {
        try begin(held, isAll: false)
      }
    } else {
      try split(bytes)
    }
  }

  func finish() throws(ReadingFault) -> Reading {
    if let held {
      self.held = nil
      try begin(held, isAll: true)
    }
    if !pending.isEmpty { try takePending() }
    guard let reader else { throw ReadingFault(kind: .empty, why: "holds no line") }
    do throws(ReadingFault) {
      return try reader.finish()
    } catch {
      var fault = error
      if fault.kind == .unreadable, fault.line == nil { fault.line = line }
      throw fault
    }
  }

  private func begin(_ all: [UInt8], isAll: Bool) throws(ReadingFault) {
    let head = all.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(all.dropFirst(3)) : all
    var shown = head.prefix(TextDocumentReader.window)
    let whole = isAll && shown.count == head.count
    if !whole, let end = shown.lastIndex(of: 0x0A) { shown = shown[..<end] }
    let text = String(decoding: shown, as: UTF8.self)
    let looks = TextLooks(
      lines: text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }, isAll: whole)
    let candidates = Formats.lines.filter { $0.recognises(looks) }
    guard candidates.count == 1, let format = candidates.first else {
      let isText = !head.contains { $0 < 0x20 && !JSONDocumentReader.isBlank($0) && $0 != 0x1B }
      throw Formats.unclear(
        candidates.map { $0.format },
        otherwise: isText ? "is text and no report we know" : "is binary and no report we know")
    }
    reader = format.init()
    try head.withUnsafeBufferPointer { (buffer) throws(ReadingFault) in try split(UnsafeRawBufferPointer(buffer)) }
  }

  private func split(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    var rest = bytes
    while let base = rest.baseAddress, !rest.isEmpty {
      guard let newline = memchr(base, 0x0A, rest.count) else {
        pending.append(contentsOf: rest)
        if pending.count > TextDocumentReader.longestLine {
          throw ReadingFault(line: line + 1, column: 1, why: "has a line longer than 4 MB")
        }
        return
      }
      let length = UnsafeRawPointer(newline) - base
      let head = UnsafeRawBufferPointer(rebasing: rest[..<length])
      rest = UnsafeRawBufferPointer(rebasing: rest[(length + 1)...])
      if pending.isEmpty {
        try take(head)
      } else {
        pending.append(contentsOf: head)
        try takePending()
      }
    }
  }

  private func takePending() throws(ReadingFault) {
    let whole = pending
    pending.removeAll(keepingCapacity: true)
    try whole.withUnsafeBufferPointer { (buffer) throws(ReadingFault) in try take(UnsafeRawBufferPointer(buffer)) }
  }

  private func take(_ raw: UnsafeRawBufferPointer) throws(ReadingFault) {
    line += 1
    var bytes = raw
    if bytes.last == 0x0D { bytes = UnsafeRawBufferPointer(rebasing: bytes.dropLast()) }
    do throws(ReadingFault) {
      try reader?.take(bytes, number: line)
    } catch {
      var fault = error
      if fault.line == nil {
        fault.line = line
        fault.column = 1
      }
      throw fault
    }
  }
}
