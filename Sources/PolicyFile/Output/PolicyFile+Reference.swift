extension PolicyFile {
  /// The reference page of the language, in Markdown.
  package static func reference() -> String {
    var writing = ReferenceWriting()
    writing.page()
    return writing.out
  }
}

private struct ReferenceWriting {
  var out = ""

  mutating func page() {
    out += """
      # The policy

      <!-- Made from the description of the language in Sources/PolicyFile/Language; a test compares. -->

      A policy is one YAML document. `apiVersion` and `name` are always there; a verb that needs another section says so.

      - Durations are a number and a unit: `ms`, `s`, `m`, `h`, `d`, `w`, `y`. Shares are in percent: `10%`.
      - A comparison is always quoted: `">= 90%"`. `expect`, `limits`, `lines` say what is good; `warning`, `critical`, `when` what is bad.
      - Dates are quoted and local to `timezone`; the end is not included.
      - One string is one `sh -c` command, a list is several of them in order.
      - A secret is named, never written: `{ env: NAME }`, `{ file: path }` or `{ command: [program, argument] }`.
      - Anchors, aliases, tags and several documents are not part of the language.

      A policy may build on others with `extends`. Maps merge, lists whose elements have ids merge by id, everything else is
      replaced. What stands upon another may be stricter and never laxer; the guide on layers says what that means for each kind
      of key. Each file has its own `apiVersion` and `name`.

      What is marked *not in this version* is validated, and `check` and `deploy` are inconclusive because of it.


      """
    table("Top level", Language.policy)
    for field in Language.policy { section(field.key, field.shape) }
  }

  private mutating func section(_ path: String, _ shape: Shape) {
    switch shape {
    case .object(let fields): nested(path, fields)
    case .byWord(_, let variants), .byKey(let variants):
      for variant in variants where !variant.fields.isEmpty {
        let title = "\(path) · \(variant.name)"
        out += "### `\(title)`\n\n\(variant.doc)"
        if let later = variant.later { out += " *Not in this version: \(later).*" }
        out += "\n\n"
        rows(variant.fields)
        for field in variant.fields { section("\(title) · \(field.key)", field.shape) }
      }
    case .list(let element, _), .identified(let element), .oneOrMany(let element): section(path, element)
    case .map(_, let element): section(path, element)
    case .wordOr(_, let other): section(path, other)
    case .textOr(_, let fields): nested(path, fields)
    case .text, .flag, .whole, .choice, .anyScalar, .secret: return
    }
  }

  private mutating func nested(_ path: String, _ fields: [Field]) {
    table(path, fields)
    for field in fields { section("\(path).\(field.key)", field.shape) }
  }

  private mutating func table(_ title: String, _ fields: [Field]) {
    out += title == "Top level" ? "## \(title)\n\n" : "\(title.contains(".") ? "###" : "##") `\(title)`\n\n"
    rows(fields)
  }

  private mutating func rows(_ fields: [Field]) {
    out += "| key | value | meaning |\n|---|---|---|\n"
    for field in fields {
      var meaning = field.doc
      if let standard = field.standard { meaning += " Standard: `\(standard)`." }
      if let later = field.later { meaning += " *Not in this version: \(later).*" }
      out +=
        "| `\(field.key)`\(field.isRequired ? " (required)" : "") | \(escaped(form(field.shape))) | \(escaped(meaning)) |\n"
    }
    out += "\n"
  }

  private func form(_ shape: Shape) -> String {
    switch shape {
    case .text(let kind): "\(kind.wanted); `\(kind.mustBeQuoted ? "\"\(kind.example)\"" : kind.example)`"
    case .flag: "`true` or `false`"
    case .whole(let range): "a whole number, \(range.lowerBound) to \(range.upperBound)"
    case .choice(let choices): Quoting.alternatives(choices.map { "`\($0.word)`" })
    case .anyScalar: "a text, a number or a flag"
    case .list(let element, _): "list of: \(form(element))"
    case .identified: "list of maps, each with its own `id`"
    case .oneOrMany(let element): "one or a list of: \(form(element))"
    case .map(let key, let value): "map from \(key.wanted) to: \(form(value))"
    case .object: "map"
    case .byWord(let key, let variants): "map, by `\(key)`: \(Quoting.alternatives(variants.map { "`\($0.name)`" }))"
    case .byKey(let variants): "map with \(Quoting.alternatives(variants.map { "`\($0.name)`" }))"
    case .wordOr(let words, let other): Quoting.alternatives(words.map { "`\($0)`" }) + ", or " + form(other)
    case .textOr(let kind, let fields):
      form(.text(kind)) + ", or a map with " + fields.map { "`\($0.key)`" }.joined(separator: ", ")
    case .secret: "a secret's reference"
    }
  }

  private func escaped(_ text: String) -> String { text.replacing("|", with: "\\|") }
}
