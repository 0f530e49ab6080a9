/// How a thing that is counted is called: `1 finding`, `2 findings`.
package struct Noun: Hashable, Sendable, ExpressibleByStringLiteral {
  package let one: String
  package let many: String

  /// - Parameter many: `one` with an `s` when left out.
  package init(_ one: String, _ many: String? = nil) {
    self.one = one
    self.many = many ?? one + "s"
  }

  package init(stringLiteral value: String) { self.init(value) }

  package func of(_ number: Int) -> String { number.magnitude == 1 ? one : many }
}
