/// Where a migration tool writes down what ran. It is no part of what is compared before and after.
package struct Bookkeeping: Hashable, Sendable {
  /// All that is in them is the tool's.
  package var schemas: Set<String> = []
  /// Tables with their indexes, constraints and sequences, in whatever schema.
  package var tables: Set<String> = []

  package init(schemas: Set<String> = [], tables: Set<String> = []) {
    self.schemas = schemas
    self.tables = tables
  }

  /// Whether an object of that name belongs to it: `public.t`, `index public.t_pkey`, `column public.t.id`.
  package func holds(_ name: String) -> Bool {
    var before: Character?
    var rest = name[...]
    while !rest.isEmpty {
      let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      rest = rest.dropFirst(word.count)
      if !word.isEmpty {
        if schemas.contains(String(word)), before != ".",
          rest.first == "." || name.hasSuffix("schema \(word)") || name == word
        {
          return true
        }
        if tables.contains(where: { word == $0 || word.hasPrefix($0 + "_") }) { return true }
      }
      // A quoted name keeps its dot: `"public".t`.
      if rest.first == "\"", rest.dropFirst().first == "." { rest = rest.dropFirst() }
      before = rest.first
      rest = rest.dropFirst()
    }
    return false
  }
}
