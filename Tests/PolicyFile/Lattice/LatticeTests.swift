import Core
import Testing

@testable import PolicyFile

/// The order on policies that L10 rests on: every key has a place in it.
@Suite struct LatticeTests {
  /// A key of the language, by its path.
  struct Key: CustomTestStringConvertible {
    let path: String
    let field: Field
    var testDescription: String { path }
  }

  static let keys = keys(Language.policy, "")

  static func keys(_ fields: [Field], _ path: String) -> [Key] {
    fields.flatMap { field in
      [Key(path: path + field.key, field: field)] + keys(field.shape, path + field.key)
    }
  }

  static func keys(_ shape: Shape, _ path: String) -> [Key] {
    switch shape {
    case .object(let fields), .textOr(_, let fields): keys(fields, path + ".")
    case .byWord(_, let variants), .byKey(let variants):
      variants.flatMap { keys($0.fields, "\(path)(\($0.name)).") }
    case .list(let element, _), .identified(let element), .oneOrMany(let element), .wordOr(_, let element),
      .map(_, let element):
      keys(element, path)
    case .text, .flag, .whole, .choice, .anyScalar, .secret: []
    }
  }

  @Test func `every key says how it tightens`() {
    #expect(Self.keys.count > 200)
    for key in Self.keys where key.field.key != "id" {
      var isWhole = key.field.isLeaf
      if case .identified = key.field.shape { isWhole = true }
      #expect(
        !isWhole || key.field.tightening != nil,
        "\(key.path) is silent: write .tightened(…) in the language, and .free only when it asks for nothing")
    }
  }

  @Test func `a standard that binds can be compared`() {
    for key in Self.keys where key.field.standardBinds && key.field.standard != nil {
      switch key.field.tightening {
      case .down, .up, .order, .fixed, .shrinks:
        if case .byKey = key.field.shape { continue }
        let node = PolicyNode(
          value: .scalar(key.field.standard ?? "", .plain), place: Place(file: "", line: 1, column: 1))
        #expect(
          Refinement.refusal(key.field, old: nil, new: node) == nil || key.field.key == "status",
          "\(key.path): its own standard is refused")
      default: continue
      }
    }
  }
}
