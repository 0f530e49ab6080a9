/// Why a statement has no tree.
package struct SQLParseError: Error, Hashable, Sendable {
  package enum Kind: Sendable, Hashable {
    /// The grammar of this parser does not have it: an error, or a newer server's syntax.
    case syntax
    /// Longer or deeper than is read.
    case tooLarge
    /// The parser could not work: no memory, no file descriptor, no thread.
    case unusable
  }

  package let kind: Kind
  /// The parser's words without what it quotes of the text, which may hold data.
  package let message: String
  /// From 1, in the text that was parsed; columns are characters.
  package let line: Int
  package let column: Int

  package init(_ kind: Kind, _ message: String, line: Int = 1, column: Int = 1) {
    self.kind = kind
    self.message = message
    self.line = line
    self.column = column
  }
}
