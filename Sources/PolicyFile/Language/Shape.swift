/// The one description of the language: the parser, the JSON Schema, the reference page and "did you mean" are all
/// made from it.
indirect enum Shape: Sendable {
  case text(TextKind)
  case flag
  case whole(ClosedRange<Int>)
  /// One of some words.
  case choice([Choice])
  /// A number, a flag or a text.
  case anyScalar
  case list(Shape, atLeast: Int)
  /// A list of maps, each with an `id` that is unique in it.
  case identified(Shape)
  /// One value, or a list of them.
  case oneOrMany(Shape)
  /// A map whose keys the team chooses.
  case map(key: TextKind, value: Shape)
  case object([Field])
  /// Maps told apart by the word at a key: `check: tests`.
  case byWord(key: String, [Variant])
  /// Maps told apart by which of some keys they have: `sql: …`.
  case byKey([Variant])
  /// A word in the place of a map: `scratch: local`.
  case wordOr([String], Shape)
  /// A text that stands for a map in which nothing but the text is said.
  case textOr(TextKind, [Field])
  case secret

  var isList: Bool { if case .list = self { true } else { false } }

  struct Choice: Sendable, ExpressibleByStringLiteral {
    let word: String
    /// What this version does not do when the word is chosen.
    let later: String?
    init(stringLiteral word: String) { self.init(word) }
    init(_ word: String, later: String? = nil) {
      self.word = word
      self.later = later
    }
  }

  struct Variant: Sendable {
    /// The word or the key that tells this variant from the others.
    let name: String
    let doc: String
    let fields: [Field]
    /// What this version does not do for this variant; a check says so in its own line instead.
    var later: String?
    init(_ name: String, _ doc: String, later: String? = nil, _ fields: [Field]) {
      self.name = name
      self.doc = doc
      self.later = later
      self.fields = fields
    }
  }
}

/// One key of a map.
struct Field: Sendable {
  let key: String
  let shape: Shape
  /// One sentence for the schema and the reference.
  let doc: String
  var isRequired = false
  /// What holds when the key is not there, in words of the language.
  var standard: String?
  /// What this version does not do with it.
  var later: String?
  /// Which change is a stricter one; a key that does not say stays as the included policy has it.
  var tightening: Tightening?
  /// Whether the standard binds the layers below although nobody wrote it.
  var standardBinds = true
  /// A section whose standards hold without it.
  var isStanding = false

  init(_ key: String, _ shape: Shape, _ doc: String) {
    self.key = key
    self.shape = shape
    self.doc = doc
  }

  /// Whether its value is compared as a whole, not key by key.
  var isLeaf: Bool {
    switch shape {
    case .object, .identified: false
    case .byWord, .byKey, .wordOr: tightening != nil
    case .text, .textOr, .flag, .whole, .choice, .anyScalar, .list, .oneOrMany, .map, .secret: true
    }
  }

  var isMap: Bool { if case .map = shape { true } else { false } }

  func required() -> Field { with { $0.isRequired = true } }
  func standard(_ text: String) -> Field { with { $0.standard = text } }
  /// The text is validated, and what it asks for is named as not done.
  func later(_ what: String) -> Field { with { $0.later = what } }
  /// - Parameter onceSaid: the standard only fills a gap; it is no demand of a layer that is silent.
  func tightened(_ tightening: Tightening, onceSaid: Bool = false) -> Field {
    with {
      $0.tightening = tightening
      $0.standardBinds = !onceSaid
    }
  }
  func standing() -> Field { with { $0.isStanding = true } }

  private func with(_ change: (inout Field) -> Void) -> Field {
    var field = self
    change(&field)
    return field
  }
}
