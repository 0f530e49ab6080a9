/// The text of one file, checked before a parser sees it.
struct SourceText: Sendable {
  /// Bytes; a policy is a page or two.
  static let maximumSize = 1 << 20

  let file: String
  let text: String
  private let lines: [Substring.UnicodeScalarView]

  /// Refuses what is too large, is no UTF-8, or uses the parts of YAML that this language does without.
  init(file: String, bytes: [UInt8]) throws(PolicyProblem) {
    func place(_ line: Int, _ column: Int) -> Place { Place(file: file, line: line, column: column) }
    guard bytes.count <= SourceText.maximumSize else {
      throw PolicyProblem(
        "too-large", at: place(1, 1), "the file has \(bytes.count) bytes; a policy may have \(SourceText.maximumSize)")
    }
    if bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff]) {
      throw PolicyProblem("encoding", at: place(1, 1), "the file is UTF-16", hint: "save it as UTF-8")
    }
    let body = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? bytes[3...] : bytes[...]
    guard let text = String(validating: body, as: UTF8.self) else {
      let (line, column) = SourceText.firstInvalid(body)
      throw PolicyProblem("encoding", at: place(line, column), "the file is not UTF-8", hint: "save it as UTF-8")
    }
    self.file = file
    self.text = text
    lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }.map(
      Substring.UnicodeScalarView.init)
    if let (line, column, name) = aliasedAnchor() {
      throw PolicyProblem(
        "alias", at: place(line, column), length: name.count + 1,
        "anchors and aliases are not part of this language: '*\(name)' repeats '&\(name)'", hint: "write the value out")
    }
  }

  /// The line of that number (from 1), or `nil` when the file has fewer.
  func line(_ number: Int) -> String? {
    guard lines.indices.contains(number - 1) else { return nil }
    var line = lines[number - 1]
    if line.last == "\r" { line.removeLast() }
    return String(line)
  }

  var allLines: [String] { lines.indices.compactMap { line($0 + 1) } }

  /// The place, moved into the file when a parser points behind its end.
  func inside(line: Int, column: Int) -> Place {
    let number = min(max(1, line), max(1, lines.count))
    let width = lines.isEmpty ? 0 : lines[number - 1].count
    return Place(file: file, line: number, column: min(max(1, column), width + 1))
  }

  /// Looks for a name that is both anchored and aliased, before the parser would repeat it: a few aliases of aliases
  /// make billions of nodes. Words of a shell command (`a && b`) do not qualify: nothing repeats them.
  private func aliasedAnchor() -> (Int, Int, String)? {
    var anchors: Set<String> = []
    var aliases: [(Int, Int, String)] = []
    for (number, line) in lines.enumerated() {
      let scalars = Array(line)
      for (column, scalar) in scalars.enumerated() where scalar == "&" || scalar == "*" {
        let name = scalars[(column + 1)...].prefix { SourceText.isNameScalar($0) }
        guard !name.isEmpty else { continue }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: name)
        if scalar == "&" {
          anchors.insert(String(view))
        } else {
          aliases.append((number + 1, column + 1, String(view)))
        }
      }
    }
    return aliases.first { anchors.contains($0.2) }
  }

  /// libyaml reads letters, digits, `_` and `-` as an anchor's name.
  private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9", "_", "-": true
    default: false
    }
  }

  private static func firstInvalid(_ bytes: ArraySlice<UInt8>) -> (line: Int, column: Int) {
    var line = 1
    for part in bytes.split(separator: 0x0a, omittingEmptySubsequences: false) {
      if String(validating: part, as: UTF8.self) == nil {
        var column = 1
        let decoded = String(decoding: part, as: UTF8.self)
        for scalar in decoded.unicodeScalars {
          if scalar == "\u{FFFD}" { return (line, column) }
          column += 1
        }
        return (line, 1)
      }
      line += 1
    }
    return (1, 1)
  }
}
