import Core

/// One reader by itself, without the recognition before it, for tests that give it what it does not expect.
package enum SingleReader {
  /// The readers of reports, as the types are called without `Reader`; sorted.
  package static var names: [String] {
    (Formats.xml.map { name($0) } + Formats.json.map { name($0) } + Formats.lines.map { name($0) }).sorted()
  }

  /// Gives a reader the pieces of a report.
  ///
  /// - Parameter name: one of ``names``; another one reads nothing.
  package static func read(_ pieces: [UnsafeRawBufferPointer], as name: String) throws(EvidenceFault) {
    do throws(ReadingFault) {
      guard let reader = try reader(name) else { return }
      for piece in pieces { try reader.feed(piece) }
      _ = try reader.finish()
    } catch {
      throw EvidenceFault(
        error.kind, path: name, line: error.line, column: error.column, why: error.why, remedy: error.remedy ?? "")
    }
  }

  private static func reader(_ wanted: String) throws(ReadingFault) -> (any FormatReader)? {
    if let format = Formats.xml.first(where: { name($0) == wanted }) { return try XMLDocumentReader(only: format) }
    if let format = Formats.json.first(where: { name($0) == wanted }) {
      return JSONReportEngine(format, try JSONReportEngine.tokenizer())
    }
    return Formats.lines.first { name($0) == wanted }.map { TextDocumentReader(only: $0) }
  }

  private static func name(_ type: any Any.Type) -> String {
    let name = String(describing: type)
    return name.hasSuffix("Reader") ? String(name.dropLast("Reader".count)) : name
  }
}
