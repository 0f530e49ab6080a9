/// Whether a `run:` of the policy is the tool's own command and nothing else, so that running it twice does no more than
/// running the tool twice.
///
/// A script, a task of `make` or `npm run`, or a backup and the tool one after the other, may have done something that must
/// not be done again: whatever is not surely the tool alone, is not.
enum OwnCommand {
  /// - Parameter usual: The tool's usual command, which says what its program is called.
  static func isAlone(_ command: String, like usual: String) -> Bool {
    guard let program = program(of: command) else { return false }
    return program == OwnCommand.program(of: usual)
  }

  /// The name of the one program that a command runs: after `cd … &&`, variables that are set for it, and programs that only
  /// find another one. `nil` for anything else.
  static func program(of command: String) -> String? {
    guard var steps = words(of: command), let last = steps.popLast() else { return nil }
    // A folder to work in is the only thing that may come first.
    guard steps.allSatisfy({ $0.count == 2 && $0.first == "cd" }) else { return nil }
    var words = last[...]
    while let first = words.first, isAssignment(first) { words.removeFirst() }
    for finder in finders where words.starts(with: finder) {
      words.removeFirst(finder.count)
      while let option = words.first, option == "--" || option == "--yes" || option == "-y" || option == "--no-install"
      {
        words.removeFirst()
      }
      break
    }
    guard let program = words.first, !program.contains("$") else { return nil }
    if !program.contains("/") { return program }
    // Where tools put their own; any other path is a script of the team's.
    let places = [
      "node_modules/.bin/", "./node_modules/.bin/", "bin/rails", "./bin/rails", "/usr/bin/", "/usr/local/bin/",
    ]
    guard places.contains(where: { program.hasPrefix($0) }) else { return nil }
    return program.split(separator: "/").last.map(String.init)
  }

  /// Longer ones first.
  private static let finders: [[String]] = [
    ["pnpm", "exec"], ["yarn", "exec"], ["npm", "exec"], ["bundle", "exec"], ["poetry", "run"], ["pipenv", "run"],
    ["uv", "run"], ["python", "-m"], ["python3", "-m"], ["go", "tool"], ["npx"], ["bunx"], ["pnpx"], ["exec"],
  ]

  private static func isAssignment(_ word: String) -> Bool {
    guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return false }
    return word[..<equals].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
  }

  /// The words of each step between `&&`; `nil` where the shell would do more than run one after the other.
  private static func words(of command: String) -> [[String]]? {
    var steps: [[String]] = []
    var words: [String] = []
    var word: String?
    var rest = command[...]
    func isPlain(_ scalar: Unicode.Scalar) -> Bool {
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || "_-./:,@+=%$".contains(Character(scalar)))
    }
    while let character = rest.first {
      if character == "'" || character == "\"" {
        let inside = rest.dropFirst().prefix { $0 != character }
        guard inside.endIndex < rest.endIndex, character == "'" || !inside.contains(where: { "`\\".contains($0) }),
          character == "'" || !inside.contains("$(")
        else { return nil }
        word = (word ?? "") + inside
        rest = rest[rest.index(after: inside.endIndex)...]
      } else if character == " " || character == "\t" {
        if let ended = word { words.append(ended) }
        word = nil
        rest = rest.dropFirst()
      } else if rest.hasPrefix("&&") {
        if let ended = word { words.append(ended) }
        guard !words.isEmpty else { return nil }
        steps.append(words)
        (words, word) = ([], nil)
        rest = rest.dropFirst(2)
      } else if character.unicodeScalars.count == 1, character.unicodeScalars.allSatisfy(isPlain), !rest.hasPrefix("$(")
      {
        word = (word ?? "") + String(character)
        rest = rest.dropFirst()
      } else {
        return nil
      }
    }
    if let ended = word { words.append(ended) }
    guard !words.isEmpty else { return nil }
    return steps + [words]
  }
}
