internal import Yams

/// YAML text → nodes with places, through Yams' tree. What the language does without is a problem here.
enum YAMLReading {
  /// Levels of nesting; the language itself needs eight.
  static let maximumDepth = 32

  /// The document, and what is wrong with its form. A text with no document has no node.
  static func node(_ source: SourceText) -> (node: PolicyNode?, problems: [PolicyProblem]) {
    var reading = Reading(source: source)
    let node = reading.document()
    return (node, reading.problems)
  }
}

private struct Reading {
  let source: SourceText
  var problems: [PolicyProblem] = []
  /// Keys that Yams found twice, covered in the text so that reading can go on: the covering scalar → the key.
  private var covered: [Unicode.Scalar: String] = [:]

  init(source: SourceText) { self.source = source }

  mutating func document() -> PolicyNode? {
    var text = source.text
    // Yams stops at the first map with a repeated key; the first one is covered and reading begins again.
    for attempt in 0..<20 {
      do {
        let parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
        guard let root = try parser.singleRoot() else {
          problems.append(
            PolicyProblem(
              "empty", at: place(1, 1), "the file is empty", hint: "a policy begins with 'apiVersion: gatehouse/v1'"))
          return nil
        }
        // The parser owns the anchors, which the nodes only point to.
        return withExtendedLifetime(parser) { convert(root, depth: 0) }
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        guard let key = keys.first,
          let patched = cover(key, at: context.mark, in: text, with: UInt32(0xE000 + attempt))
        else {
          problems.append(PolicyProblem("duplicate-key", at: place(context.mark), "a key is written twice in one map"))
          return nil
        }
        text = patched
      } catch let error as YamlError {
        problems.append(explain(error))
        return nil
      } catch {
        problems.append(PolicyProblem("syntax", at: place(1, 1), "the file is not YAML"))
        return nil
      }
    }
    problems.append(PolicyProblem("duplicate-key", at: place(1, 1), "many keys are written twice"))
    return nil
  }

  private mutating func convert(_ node: Node, depth: Int) -> PolicyNode {
    let here = node.mark.map { place($0) } ?? place(1, 1)
    guard depth <= YAMLReading.maximumDepth else {
      problems.append(PolicyProblem("too-deep", at: here, "more than \(YAMLReading.maximumDepth) levels"))
      return PolicyNode(value: .list([]), place: here)
    }
    if node.anchor != nil {
      problems.append(
        PolicyProblem("alias", at: here, "anchors are not part of this language", hint: "write the value without '&…'"))
    }
    switch node {
    case .scalar(let scalar):
      checkTag(scalar.tag, quoted: scalar.style != .plain, here)
      return PolicyNode(value: .scalar(scalar.string, style(scalar.style)), place: here)
    case .sequence(let sequence):
      checkTag(sequence.tag, quoted: false, here)
      return PolicyNode(value: .list(sequence.map { convert($0, depth: depth + 1) }), place: here)
    case .mapping(let mapping):
      checkTag(mapping.tag, quoted: false, here)
      return PolicyNode(value: .map(entries(mapping, depth: depth)), place: here)
    case .alias:
      problems.append(
        PolicyProblem("alias", at: here, "aliases are not part of this language", hint: "write the value out"))
      return PolicyNode(value: .list([]), place: here)
    }
  }

  private mutating func entries(_ mapping: Node.Mapping, depth: Int) -> [PolicyNode.Entry] {
    var entries: [PolicyNode.Entry] = []
    var repeated: [(key: String, place: Place)] = []
    for (key, value) in mapping {
      let here = key.mark.map { place($0) } ?? place(1, 1)
      guard case .scalar(let scalar) = key else {
        problems.append(
          PolicyProblem(
            "key", at: here, "a key must be a single word", hint: "put text that begins with '{' or '[' in quotes"))
        continue
      }
      checkTag(scalar.tag, quoted: true, here)
      if let first = scalar.string.unicodeScalars.first, let original = covered[first] {
        repeated.append((original, here))
        continue
      }
      entries.append(.init(key: scalar.string, place: here, value: convert(value, depth: depth + 1)))
    }
    for (key, first) in repeated {
      let later = entries.first { $0.key == key }?.place ?? first
      problems.append(
        PolicyProblem(
          "duplicate-key", at: later, length: key.unicodeScalars.count,
          "the key \(Quoting.quoted(key)) is written twice in this map, first in line \(first.line)",
          hint: "keep one of them"))
    }
    return entries
  }

  private mutating func checkTag(_ tag: Tag, quoted: Bool, _ here: Place) {
    let name = tag.rawValue
    guard !name.isEmpty, !(quoted && (name == "tag:yaml.org,2002:str" || name == "!")) else { return }
    problems.append(
      PolicyProblem("tag", at: here, "tags are not part of this language", hint: "write the value without '!…'"))
  }

  private func style(_ style: Node.Scalar.Style) -> PolicyNode.Style {
    switch style {
    case .any, .plain: .plain
    case .singleQuoted, .doubleQuoted: .quoted
    case .literal, .folded: .block
    }
  }

  private func place(_ mark: Mark) -> Place { source.inside(line: mark.line, column: mark.column) }
  private func place(_ line: Int, _ column: Int) -> Place { source.inside(line: line, column: column) }

  /// Replaces the first scalar of a key by one that nobody writes.
  private mutating func cover(_ key: String, at mark: Mark, in text: String, with code: UInt32) -> String? {
    guard let mask = Unicode.Scalar(code), !key.isEmpty else { return nil }
    var scalars = Array(text.unicodeScalars)
    var index = 0
    for _ in 1..<max(1, mark.line) {
      guard let next = scalars[index...].firstIndex(of: "\n") else { return nil }
      index = next + 1
    }
    index += mark.column - 1
    if scalars.indices.contains(index), scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard scalars.indices.contains(index), scalars[index] == key.unicodeScalars.first else { return nil }
    scalars[index] = mask
    covered[mask] = key
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private func explain(_ error: YamlError) -> PolicyProblem {
    switch error {
    case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
      return explain(problem, at: place(mark))
    case .composer(_, let problem, let mark, _):
      if problem.contains("another document") {
        return PolicyProblem(
          "documents", at: place(mark), "a policy is one document, and here a second one begins",
          hint: "another environment is another file that 'extends:' this one")
      }
      return explain(problem, at: place(mark))
    case .reader(_, let offset, _, let yaml):
      let before = yaml.utf8.prefix(max(0, offset ?? 0))
      let line = before.count { $0 == 0x0a } + 1
      return PolicyProblem(
        "encoding", at: place(line, 1), "a character in or near this line cannot stand in YAML",
        hint: "remove control characters")
    default:
      return PolicyProblem("syntax", at: place(1, 1), "the file is not YAML")
    }
  }

  private func explain(_ problem: String, at here: Place) -> PolicyProblem {
    let line = source.line(here.line) ?? ""
    let rest = String(String.UnicodeScalarView(line.unicodeScalars.dropFirst(here.column - 1)))
    if line.contains(": >") || line.contains(": <") || line.contains("- >") {
      return PolicyProblem(
        "comparison", at: here, "a comparison without quotes: YAML reads '>' as the start of a folded text",
        hint: "write it in quotes, as in \">= 90%\"")
    }
    if line.prefix(while: { $0 == " " || $0 == "\t" }).contains("\t") {
      return PolicyProblem(
        "tab", at: here, "a tab stands in the indentation, where YAML wants blanks",
        hint: "replace it with two blanks a level")
    }
    if rest.hasPrefix("%") || rest.hasPrefix("@") || rest.hasPrefix("`") {
      return PolicyProblem(
        "syntax", at: here, "a value cannot begin with '\(rest.prefix(1))'", hint: "put it in quotes")
    }
    return PolicyProblem(
      "syntax", at: here, "this is not YAML: \(problem)",
      hint: "check the indentation, the quotes and the brackets before this place")
  }
}
