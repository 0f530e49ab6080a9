/// A path of `encrypt-to`: one file for ever, or by `{year}`, `{quarter}`, `{month}` and `{day}` one for each period.
package struct RecipientPath: Hashable, Sendable, CustomStringConvertible {
  private enum Part: Hashable {
    case text(String)
    case placeholder(KeyPeriod.Span)
  }

  /// As the policy has it.
  package let text: String
  private let parts: [Part]

  /// A text in which ``fault(_:)`` finds something stands for itself, and names a file that hardly is there.
  package init(_ text: String) {
    self.text = text
    parts = RecipientPath.fault(text) == nil ? RecipientPath.parts(text) : [.text(text)]
  }

  package var description: String { text }

  /// The finest that its placeholders tell apart; `nil` for a path that is one file for ever.
  package var span: KeyPeriod.Span? { spans.max() }

  private var spans: [KeyPeriod.Span] {
    parts.compactMap { if case .placeholder(let span) = $0 { span } else { nil } }
  }

  /// The file of a period of its own ``span``.
  package func file(of period: KeyPeriod) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .placeholder(let span): period.digits(of: span)
      }
    }.joined()
  }

  /// The period that a file is of; `nil` for a file that this path never names.
  package func period(ofFile file: String) -> KeyPeriod? {
    guard let span else { return nil }
    var rest = file.utf8[...]
    var numbers: [KeyPeriod.Span: Int64] = [:]
    for part in parts {
      switch part {
      case .text(let text):
        guard rest.starts(with: text.utf8) else { return nil }
        rest = rest.dropFirst(text.utf8.count)
      case .placeholder(let span):
        let digits = rest.prefix(span == .year ? 4 : span == .quarter ? 1 : 2)
        guard digits.allSatisfy({ (0x30...0x39).contains($0) }),
          let number = Int64(String(decoding: digits, as: UTF8.self)),
          numbers.updateValue(number, forKey: span).map({ $0 == number }) ?? true
        else { return nil }
        rest = rest.dropFirst(digits.count)
      }
    }
    guard rest.isEmpty, let year = numbers[.year],
      let period = KeyPeriod(
        span, year: year, quarter: numbers[.quarter], month: numbers[.month], day: numbers[.day]),
      self.file(of: period) == file
    else { return nil }
    return period
  }

  /// What is wrong with its placeholders, as the end of "… is wrong: it …"; `nil` when nothing is.
  package static func fault(_ text: String) -> String? {
    var rest = text[...]
    var seen: Set<KeyPeriod.Span> = []
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[brace] == "{" else { return "has a '}' without a '{'" }
      let after = rest[rest.index(after: brace)...]
      guard let end = after.firstIndex(where: { $0 == "{" || $0 == "}" }), after[end] == "}" else {
        return "has a '{' without a '}'"
      }
      guard let span = KeyPeriod.Span(rawValue: String(after[..<end])) else {
        return "has the placeholder '{\(after[..<end])}', and there are only {year}, {quarter}, {month} and {day}"
      }
      seen.insert(span)
      rest = after[after.index(after: end)...]
    }
    // A key that comes again would have to be destroyed while it is needed.
    if !seen.isEmpty, !seen.contains(.year) { return "has no {year}, so that the same key would come again each year" }
    if seen.contains(.day), !seen.contains(.month) {
      return "has a {day} without a {month}, so that the same key would come again"
    }
    return nil
  }

  /// Of a text without a fault.
  private static func parts(_ text: String) -> [Part] {
    text.split(separator: "{", omittingEmptySubsequences: false).enumerated().flatMap { number, piece -> [Part] in
      guard number > 0, let end = piece.firstIndex(of: "}"), let span = KeyPeriod.Span(rawValue: String(piece[..<end]))
      else { return [.text(String(piece))] }
      return [.placeholder(span), .text(String(piece[piece.index(after: end)...]))]
    }
  }
}
