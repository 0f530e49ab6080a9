/// What a licence statement asks, after the grammar of SPDX expressions (SPDX 3.0.1, annex B).
///
/// Identifiers are written as SPDX lists them now; deprecated ones are replaced by what SPDX says they mean.
package indirect enum LicenceExpression: Hashable, Sendable {
  case licence(Licence)
  /// Whoever uses it chooses one of these.
  case any([LicenceExpression])
  /// Every one of these holds.
  case all([LicenceExpression])

  package struct Licence: Hashable, Sendable {
    /// An identifier, or `LicenseRef-…`; without the `+`.
    package var id: String
    /// `+`: this version or a later one.
    package var orLater = false
    package var exception: String?

    package init(_ id: String, orLater: Bool = false, exception: String? = nil) {
      self.id = id
      self.orLater = orLater
      self.exception = exception
    }

    /// As an expression writes it.
    package var text: String { id + (orLater ? "+" : "") + (exception.map { " WITH \($0)" } ?? "") }

    /// Whether SPDX lists all of it.
    package var isListed: Bool {
      SPDXList.licence(id) != nil && exception.map { SPDXList.exception($0) != nil } ?? true
    }

    /// The names by which a policy may mean it, without the exception: whoever may use a later version may use this one.
    package var names: [String] {
      if orLater { return [id + "+", id] }
      let end = "-or-later"
      return id.hasSuffix(end) ? [id, String(id.dropLast(end.count)) + "-only"] : [id]
    }
  }

  package static let longest = 4096
  private static let greatestDepth = 32

  /// `nil` when the text is no expression, or one beyond belief.
  package init?(_ text: String) {
    guard text.utf8.count <= LicenceExpression.longest else { return nil }
    var parser = Parser(tokens: LicenceExpression.tokens(text)[...])
    guard let expression = parser.any(depth: 0), parser.tokens.isEmpty else { return nil }
    self = expression
  }

  /// Every licence in it, in order.
  package var licences: [Licence] {
    switch self {
    case .licence(let licence): [licence]
    case .any(let parts), .all(let parts): parts.flatMap(\.licences)
    }
  }

  private static func tokens(_ text: String) -> [Substring] {
    var tokens: [Substring] = []
    var rest = text[...]
    while let first = rest.first {
      if first == "(" || first == ")" {
        tokens.append(rest.prefix(1))
        rest = rest.dropFirst()
      } else if first.isWhitespace {
        rest = rest.dropFirst()
      } else {
        let word = rest.prefix { !$0.isWhitespace && $0 != "(" && $0 != ")" }
        tokens.append(word)
        rest = rest[word.endIndex...]
      }
    }
    return tokens
  }

  private struct Parser {
    var tokens: ArraySlice<Substring>

    /// OR binds least, then AND, then WITH.
    mutating func any(depth: Int) -> LicenceExpression? {
      guard depth <= LicenceExpression.greatestDepth, let first = all(depth: depth) else { return nil }
      var parts = [first]
      while takes("or") {
        guard let next = all(depth: depth) else { return nil }
        parts.append(next)
      }
      return parts.count == 1 ? first : .any(parts)
    }

    private mutating func all(depth: Int) -> LicenceExpression? {
      guard let first = one(depth: depth) else { return nil }
      var parts = [first]
      while takes("and") {
        guard let next = one(depth: depth) else { return nil }
        parts.append(next)
      }
      return parts.count == 1 ? first : .all(parts)
    }

    private mutating func one(depth: Int) -> LicenceExpression? {
      guard let token = tokens.popFirst() else { return nil }
      if token == "(" {
        guard let inner = any(depth: depth + 1), tokens.popFirst() == ")" else { return nil }
        return inner
      }
      guard var licence = LicenceNames.licence(token) else { return nil }
      if takes("with") {
        guard licence.exception == nil, let exception = tokens.popFirst(), LicenceNames.isWord(exception) else {
          return nil
        }
        licence.exception = SPDXList.exception(exception) ?? String(exception)
      }
      return .licence(licence)
    }

    private mutating func takes(_ operation: String) -> Bool {
      guard let first = tokens.first, first.lowercased() == operation else { return false }
      tokens.removeFirst()
      return true
    }
  }
}
