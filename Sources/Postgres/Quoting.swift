// By scalars, never by characters: PostgreSQL reads bytes, and a quote that is followed by a combining mark is one
// character for Swift that is not equal to a quote.
extension String {
  /// The name as a quoted identifier of SQL: `a"b` becomes `"a""b"`.
  package var quotedIdentifier: String { "\"" + doubling("\"") + "\"" }

  /// The text as a literal of SQL, right with `standard_conforming_strings` on or off.
  package var quotedLiteral: String {
    let doubled = doubling("'")
    return unicodeScalars.contains("\\") ? " E'" + doubled.doubling("\\") + "'" : "'" + doubled + "'"
  }

  private func doubling(_ mark: Unicode.Scalar) -> String {
    var text = UnicodeScalarView()
    for scalar in unicodeScalars {
      text.append(scalar)
      if scalar == mark { text.append(mark) }
    }
    return String(text)
  }
}
