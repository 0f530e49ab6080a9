package import Core

extension PolicyFile {
  /// The language as JSON Schema (draft 2020-12), for editors.
  ///
  /// It says of a file all that can be said of one key at a time. Names that lead nowhere, orders, quotes and
  /// repeated ids are the parser's. A file that extends another is held only against the keys at its top.
  package static func schema() -> JSON {
    let top = SchemaWriting.object(Language.policy)
    return .dictionary([
      ("$schema", "https://json-schema.org/draft/2020-12/schema"),
      ("$id", "https://gatehouse.dev/schema/v1.json"),
      ("title", "Gatehouse policy"),
      ("type", "object"),
      ("required", ["apiVersion", "name"]),
      ("if", .dictionary([("type", "object"), ("required", ["extends"])])),
      (
        "then",
        .dictionary([
          (
            "properties", .dictionary(Language.policy.map { ($0.key, .dictionary([("description", .string($0.doc))])) })
          ),
          ("additionalProperties", false),
        ])
      ),
      ("else", top),
      ("$defs", .dictionary([("secret", SchemaWriting.reference)])),
    ])
  }
}

enum SchemaWriting {
  static func object(_ fields: [Field]) -> JSON {
    let required = fields.filter(\.isRequired).map(\.key)
    return .dictionary([
      ("type", "object"),
      ("properties", .dictionary(fields.map { ($0.key, property($0)) })),
      ("required", required.isEmpty ? nil : .strings(required)),
      ("additionalProperties", false),
    ])
  }

  private static func property(_ field: Field) -> JSON {
    var members = value(field.shape).members ?? []
    var doc = field.doc
    if let standard = field.standard { doc += " When not given: \(standard)." }
    if let later = field.later { doc += " Not in this version: \(later)." }
    members.append(.init("description", .string(doc)))
    return .object(members)
  }

  private static func value(_ shape: Shape) -> JSON {
    switch shape {
    case .text(let kind): text(kind)
    case .flag: .dictionary([("type", "boolean")])
    case .whole(let range):
      .dictionary([
        ("type", "integer"), ("minimum", .integer(Int64(range.lowerBound))),
        ("maximum", .integer(Int64(range.upperBound))),
      ])
    case .choice(let choices): .dictionary([("enum", .strings(choices.map(\.word)))])
    case .anyScalar: .dictionary([("type", ["string", "number", "boolean"])])
    case .list(let element, let least):
      .dictionary([
        ("type", "array"), ("items", value(element)), ("minItems", least > 0 ? .integer(Int64(least)) : nil),
      ])
    case .identified(let element): .dictionary([("type", "array"), ("items", value(element))])
    case .oneOrMany(let element):
      .dictionary([
        ("anyOf", [value(element), .dictionary([("type", "array"), ("items", value(element)), ("minItems", 1)])])
      ])
    case .map(let key, let element):
      .dictionary([
        ("type", "object"), ("propertyNames", text(key)), ("additionalProperties", value(element)),
      ])
    case .object(let fields): object(fields)
    case .byWord(let key, let variants): byWord(key, variants)
    case .byKey(let variants):
      .dictionary([
        ("type", "object"),
        ("oneOf", .array(variants.map { described(object($0.fields), $0) })),
      ])
    case .wordOr(let words, let other):
      .dictionary([("anyOf", [.dictionary([("enum", .strings(words))]), value(other)])])
    case .textOr(let kind, let fields): .dictionary([("anyOf", [text(kind), object(fields)])])
    case .secret: .dictionary([("$ref", "#/$defs/secret")])
    }
  }

  /// `if`/`then` for each word gives an editor one error, where `oneOf` gives one for each variant.
  private static func byWord(_ key: String, _ variants: [Shape.Variant]) -> JSON {
    .dictionary([
      ("type", "object"),
      ("required", .strings([key])),
      ("properties", .dictionary([(key, .dictionary([("enum", .strings(variants.map(\.name)))]))])),
      (
        "allOf",
        .array(
          variants.map { variant in
            .dictionary([
              (
                "if",
                .dictionary([
                  ("properties", .dictionary([(key, .dictionary([("const", .string(variant.name))]))])),
                  ("required", .strings([key])),
                ])
              ),
              ("then", described(object(variant.fields), variant)),
            ])
          })
      ),
    ])
  }

  private static func described(_ schema: JSON, _ variant: Shape.Variant) -> JSON {
    let doc = variant.doc + (variant.later.map { " Not in this version: \($0)." } ?? "")
    return .object((schema.members ?? []) + [.init("description", .string(doc))])
  }

  private static func text(_ kind: TextKind) -> JSON {
    .dictionary([
      ("type", "string"), ("pattern", .string(kind.pattern)), ("maxLength", .integer(Int64(kind.maximumLength))),
      ("examples", .strings([kind.example])),
    ])
  }

  static let reference: JSON = .dictionary([
    ("description", "Where a secret is found: an environment variable, a file, or a command that prints it."),
    (
      "oneOf",
      .array([
        object([Field("env", .text(.environmentName), "The name of an environment variable.").required()]),
        object([Field("file", .text(.path), "A file.").required()]),
        object([Field("command", .list(.text(.command), atLeast: 1), "A program and its arguments.").required()]),
      ])
    ),
  ])
}
