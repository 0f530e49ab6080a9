extension String {
  /// The name as a quoted identifier of SQL: `a"b` becomes `"a""b"`.
  package var quotedIdentifier: String { "\"" + doubling("\"") + "\"" }

  /// The text as a literal of SQL, right with `standard_conforming_strings` on or off.
  package var quotedLiteral: String {
    let doubled = doubling("'")
    return contains("\\") ? " E'" + doubled.doubling("\\") + "'" : "'" + doubled + "'"
  }

  private func doubling(_ mark: Character) -> String {
    reduce(into: "") { text, character in
      text.append(character)
      if character == mark { text.append(mark) }
    }
  }
}
