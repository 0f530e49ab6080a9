import Core

/// What a revision of Alembic says of its place: `revision`, `down_revision`, `depends_on`, `branch_labels`, as literals.
///
/// The file is Python and is not run; whatever is no literal of text, `None` or a list of texts cannot be read.
struct AlembicRevision: Sendable {
  let id: String
  let parents: [String]
  let dependencies: [String]
  let labels: [String]
  let hasDowngrade: Bool

  init(_ file: MigrationFile) throws(Problem) {
    let lines = try file.text().split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
    guard let id = try AlembicRevision.value("revision", lines, file.path)?.first else {
      throw Problem(
        "migration.revision", "a file of Alembic's names no revision", place: file.path,
        why: "`revision` is not set in it",
        remedy: "move it elsewhere: Alembic refuses it as well")
    }
    self.id = id
    parents = try AlembicRevision.value("down_revision", lines, file.path) ?? []
    dependencies = try AlembicRevision.value("depends_on", lines, file.path) ?? []
    labels = try AlembicRevision.value("branch_labels", lines, file.path) ?? []
    // A merge does nothing in either direction.
    hasDowngrade = AlembicRevision.does("downgrade", lines) || !AlembicRevision.does("upgrade", lines)
  }

  /// `name = …` or `name: type = …` at the beginning of a line, until its brackets are closed.
  private static func value(_ name: String, _ lines: [String], _ path: String) throws(Problem) -> [String]? {
    for (index, line) in lines.enumerated() {
      guard line.hasPrefix(name) else { continue }
      var rest = line.dropFirst(name.count).drop { $0 == " " || $0 == "\t" }
      guard rest.first == "=" || rest.first == ":" else { continue }
      guard let mark = rest.firstIndex(of: "=") else { continue }
      rest = rest[rest.index(after: mark)...]
      var reader = Literal()
      var next = index
      reader.read(rest)
      while reader.isOpen, next + 1 < lines.count, next < index + 200 {
        next += 1
        reader.read(lines[next][...])
      }
      guard !reader.isOpen, reader.isPlain else {
        throw Problem(
          "migration.revision", "a revision of Alembic cannot be read", place: "\(path):\(index + 1)",
          why: "`\(name)` is no plain text, list of texts or None", remedy: "write it as Alembic's template does")
      }
      return reader.texts
    }
    return nil
  }

  /// Texts in quotes, one after the other or next to each other, in any brackets.
  private struct Literal {
    var texts: [String] = []
    var isPlain = true
    private var depth = 0

    var isOpen: Bool { depth > 0 }

    mutating func read(_ line: Substring) {
      var rest = line
      while let character = rest.popFirst() {
        switch character {
        case "#": return
        case "(", "[", "{": depth += 1
        case ")", "]", "}": depth -= 1
        case "'", "\"":
          guard let end = rest.firstIndex(of: character) else {
            isPlain = false
            return
          }
          let text = rest[..<end]
          if text.contains("\\") || text.isEmpty { isPlain = false }
          texts.append(String(text))
          rest = rest[rest.index(after: end)...]
        case " ", "\t", ",", "\r": break
        case "N" where rest.hasPrefix("one"): rest = rest.dropFirst(3)
        default: isPlain = false
        }
      }
    }
  }

  /// Whether a function's body is more than `pass`, comments and a text that describes it.
  private static func does(_ function: String, _ lines: [String]) -> Bool {
    guard let start = lines.firstIndex(where: { $0.hasPrefix("def \(function)(") }) else { return false }
    for line in lines[(start + 1)...] {
      let text = line.drop { $0 == " " || $0 == "\t" }
      if text.isEmpty || text.first == "#" { continue }
      guard text.count < line.count else { return false }
      if text.hasPrefix("raise ") { return false }
      if text == "pass" || text == "..." || text.hasPrefix("\"") || text.hasPrefix("'") { continue }
      return true
    }
    return false
  }
}
