import Core
import OpenSSL

/// `sqitch.plan`: the changes in the order in which they are deployed, each with the id that Sqitch computes for it.
/// Source: sqitch, `lib/App/Sqitch/Plan.pm` and `Plan/Change.pm`; `sqitchchanges(5)`.
struct SqitchPlan: Sendable {
  struct Change: Sendable {
    var name: String
    /// SHA-1 over project, name, parent, planner, date, dependencies and note.
    var id: String
    /// The tag after which a change of the same name comes again; its scripts are named after it.
    var reworkedAt: [String] = []
    fileprivate var tags: [String] = []

    /// As people say it: `name`, or `name@tag` of one that was reworked.
    var shown: String { reworkedAt.first.map { "\(name)@\($0)" } ?? name }
  }

  private(set) var project = ""
  private(set) var changes: [Change] = []
  private var uri: String?

  init(_ file: MigrationFile) throws(Problem) {
    var isHeader = true
    let lines = try file.text().unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, raw) in lines.enumerated() {
      var line = String(raw)
      if line.unicodeScalars.last == "\r" { line.unicodeScalars.removeLast() }
      var note = ""
      if let mark = line.firstIndex(of: "#") {
        note = String(line[line.index(after: mark)...])
        line = String(line[..<mark])
      }
      let words = line.split { $0 == " " || $0 == "\t" }.map(String.init)
      guard let first = words.first else {
        // The first line without anything ends the header.
        if note.isEmpty { isHeader = isHeader && project.isEmpty }
        continue
      }
      if isHeader || first.hasPrefix("%") {
        try pragma(line, file, index + 1)
        continue
      }
      if first.hasPrefix("@") {
        guard !changes.isEmpty else { throw SqitchPlan.odd(file, index + 1, "a tag stands before any change") }
        changes[changes.count - 1].tags.append(String(first.dropFirst()))
        continue
      }
      try change(line, note, file, index + 1)
    }
    guard !project.isEmpty else { throw SqitchPlan.odd(file, 1, "it has no %project") }
  }

  private mutating func pragma(_ line: String, _ file: MigrationFile, _ number: Int) throws(Problem) {
    let parts = line.split(separator: "=", maxSplits: 1).map(SqitchPlan.trimmed)
    guard let name = parts.first, name.hasPrefix("%") else {
      throw SqitchPlan.odd(file, number, "an empty line must come before the changes")
    }
    if name == "%project", parts.count == 2 { project = parts[1] }
    if name == "%uri", parts.count == 2 { uri = parts[1] }
  }

  /// `name [dependencies] 2026-01-01T12:00:00Z Planner <mail>`.
  private mutating func change(_ line: String, _ note: String, _ file: MigrationFile, _ number: Int) throws(Problem) {
    var rest = SqitchPlan.trimmed(line)[...]
    if rest.first == "-" { throw SqitchPlan.odd(file, number, "changes that revert are not read") }
    if rest.first == "+" { rest = SqitchPlan.trimmed(rest.dropFirst())[...] }
    let name = String(rest.prefix { !SqitchPlan.isBlank($0) })
    rest = rest.dropFirst(name.count).drop(while: SqitchPlan.isBlank)
    var requires: [String] = []
    var conflicts: [String] = []
    if rest.first == "[" {
      guard let end = rest.firstIndex(of: "]") else { throw SqitchPlan.odd(file, number, "`[` is not closed") }
      for word in rest[rest.index(after: rest.startIndex)..<end].split(whereSeparator: SqitchPlan.isBlank) {
        if word.first == "!" {
          conflicts.append(dependency(word.dropFirst()))
        } else {
          requires.append(dependency(word))
        }
      }
      rest = rest[rest.index(after: end)...].drop(while: SqitchPlan.isBlank)
    }
    let date = String(rest.prefix { !SqitchPlan.isBlank($0) })
    rest = rest.dropFirst(date.count).drop(while: SqitchPlan.isBlank)
    guard date.utf8.count == 20, Timestamp(date) != nil, let open = rest.lastIndex(of: "<"), rest.last == ">" else {
      throw SqitchPlan.odd(file, number, "a change is written `name [dependencies] time planner <mail>`")
    }
    let planner = rest[..<open].dropLast()
    let mail = rest[rest.index(after: open)...].dropLast()
    var info = ["project \(project)"]
    if let uri { info.append("uri \(uri)") }
    info.append("change \(name)")
    if let parent = changes.last { info.append("parent \(parent.id)") }
    info.append("planner \(planner) <\(mail)>")
    info.append("date \(date)")
    if !requires.isEmpty { info.append("requires\n  + " + requires.joined(separator: "\n  + ")) }
    if !conflicts.isEmpty { info.append("conflicts\n  - " + conflicts.joined(separator: "\n  - ")) }
    let plain = SqitchPlan.unescaped(SqitchPlan.trimmed(note))
    if !plain.isEmpty { info += ["", plain] }
    let content = Array(info.joined(separator: "\n").utf8)
    let id = Digest.hex(Digest.sha1(Array("change \(content.count)\0".utf8) + content))
    if let earlier = changes.lastIndex(where: { $0.name == name }) {
      let tags = changes[earlier...].reversed().flatMap { $0.tags }
      guard !tags.isEmpty else {
        throw SqitchPlan.odd(file, number, "\(name) stands in it twice without a tag between")
      }
      changes[earlier].reworkedAt = tags
    }
    guard changes.count < MigrationFile.mostFiles else {
      throw SqitchPlan.odd(file, number, "it has more than \(MigrationFile.mostFiles) changes")
    }
    changes.append(Change(name: name, id: id))
  }

  /// Without the project where it is this one.
  private func dependency(_ word: Substring) -> String {
    let prefix = project + ":"
    return word.hasPrefix(prefix) ? String(word.dropFirst(prefix.count)) : String(word)
  }

  private static func isBlank(_ character: Character) -> Bool { character == " " || character == "\t" }

  private static func trimmed(_ text: some StringProtocol) -> String {
    var rest = text[...]
    while let first = rest.first, first.isWhitespace { rest = rest.dropFirst() }
    while let last = rest.last, last.isWhitespace { rest = rest.dropLast() }
    return String(rest)
  }

  private static func unescaped(_ note: String) -> String {
    var text = ""
    var rest = note[...]
    while let character = rest.popFirst() {
      guard character == "\\", let next = rest.first, let plain = ["n": "\n", "r": "\r", "\\": "\\"][next] else {
        text.append(character)
        continue
      }
      text += plain
      rest.removeFirst()
    }
    return text
  }

  private static func odd(_ file: MigrationFile, _ line: Int, _ why: String) -> Problem {
    Problem(
      "migration.plan-file", "Sqitch's plan cannot be read", place: "\(file.path):\(line)", why: why,
      remedy: "see `sqitch plan`, which names what is wrong")
  }
}
