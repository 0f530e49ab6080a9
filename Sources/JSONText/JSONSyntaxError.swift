/// Why a text is no JSON we accept, and where. Never quotes the text.
package struct JSONSyntaxError: Error, Hashable, Sendable {
  /// From 1.
  package let line: Int
  /// From 1, in Unicode scalars: where reading stopped.
  package let column: Int
  package let message: String

  package init(line: Int, column: Int, message: String) {
    self.line = line
    self.column = column
    self.message = message
  }
}

extension JSONSyntaxError: CustomStringConvertible {
  package var description: String { "line \(line), column \(column): \(message)" }
}
