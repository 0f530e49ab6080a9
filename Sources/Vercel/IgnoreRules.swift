/// Which paths of a folder are left out, in the language of `.gitignore`.
///
/// Source: https://git-scm.com/docs/gitignore, "Pattern format". The last pattern that matches decides; what lies below
/// a folder that is left out is not looked at, so it cannot be taken in again.
struct IgnoreRules: Sendable {
  private struct Rule: Sendable {
    var segments: [[Unicode.Scalar]]
    var takesIn: Bool
    var foldersOnly: Bool
  }

  private var rules: [Rule] = []

  init(_ texts: [String] = []) { for text in texts { add(text) } }

  /// Adds the patterns of a text, one a line.
  mutating func add(_ text: String) {
    for line in text.split(whereSeparator: \.isNewline) {
      if let rule = IgnoreRules.rule(String(line)) { rules.append(rule) }
    }
  }

  /// - Parameter path: Relative to the folder, without a slash at either end.
  func leavesOut(_ path: String, isFolder: Bool) -> Bool {
    let segments = path.split(separator: "/").map { Array($0.unicodeScalars) }
    for rule in rules.reversed() where !rule.foldersOnly || isFolder {
      if IgnoreRules.matches(rule.segments, segments) { return !rule.takesIn }
    }
    return false
  }

  private static func rule(_ line: String) -> Rule? {
    var text = Substring(line)
    if text.hasPrefix("#") { return nil }
    // Blanks at the end count only when quoted by a backslash.
    while text.hasSuffix(" "), !text.hasSuffix("\\ ") { text.removeLast() }
    var takesIn = false
    if text.hasPrefix("!") {
      takesIn = true
      text.removeFirst()
    }
    // The vendor's client strips it, Git would not.
    if text.hasPrefix("./") { text = text.dropFirst(2) }
    var foldersOnly = false
    if text.hasSuffix("/") {
      foldersOnly = true
      text.removeLast()
    }
    guard !text.isEmpty else { return nil }
    var segments = text.split(separator: "/", omittingEmptySubsequences: false).map { Array($0.unicodeScalars) }
    if segments.count == 1 {
      segments.insert(["*", "*"], at: 0)
    } else if segments[0].isEmpty {
      segments.removeFirst()
    }
    guard segments.allSatisfy({ !$0.isEmpty }) else { return nil }
    return Rule(segments: segments, takesIn: takesIn, foldersOnly: foldersOnly)
  }

  /// `**` stands for any number of segments, at the end for at least one.
  ///
  /// Goes back to the last `**` only, as for `*` inside a segment, so that no pattern costs more than the product of
  /// both lengths.
  private static func matches(_ pattern: [[Unicode.Scalar]], _ path: [[Unicode.Scalar]]) -> Bool {
    var p = 0
    var s = 0
    var star: (pattern: Int, path: Int)?
    while s < path.count {
      if p < pattern.count, pattern[p] == ["*", "*"] {
        if p == pattern.count - 1 { return true }
        star = (p, s)
        p += 1
      } else if p < pattern.count, matchesSegment(pattern[p], path[s]) {
        p += 1
        s += 1
      } else if let back = star {
        star = (back.pattern, back.path + 1)
        p = back.pattern + 1
        s = back.path + 1
      } else {
        return false
      }
    }
    return p == pattern.count
  }

  private static func matchesSegment(_ pattern: [Unicode.Scalar], _ text: [Unicode.Scalar]) -> Bool {
    var p = 0
    var s = 0
    var star: (pattern: Int, text: Int)?
    while s < text.count {
      if p < pattern.count, pattern[p] == "*" {
        star = (p, s)
        p += 1
        continue
      }
      if let width = step(pattern, p, text[s]) {
        p += width
        s += 1
        continue
      }
      guard let back = star else { return false }
      star = (back.pattern, back.text + 1)
      p = back.pattern + 1
      s = back.text + 1
    }
    while p < pattern.count, pattern[p] == "*" { p += 1 }
    return p == pattern.count
  }

  /// How many scalars of the pattern match this one; `nil` when they do not.
  private static func step(_ pattern: [Unicode.Scalar], _ p: Int, _ scalar: Unicode.Scalar) -> Int? {
    guard p < pattern.count else { return nil }
    switch pattern[p] {
    case "?": return 1
    case "\\": return p + 1 < pattern.count && pattern[p + 1] == scalar ? 2 : nil
    case "[":
      // One that is not closed matches nothing, as in Git.
      guard let (width, holds) = bracket(pattern, p, scalar), holds else { return nil }
      return width
    default: return pattern[p] == scalar ? 1 : nil
    }
  }

  /// A bracket expression: its width, and whether it holds the scalar. `nil` when it is not closed.
  private static func bracket(
    _ pattern: [Unicode.Scalar], _ start: Int, _ scalar: Unicode.Scalar
  ) -> (width: Int, holds: Bool)? {
    var index = start + 1
    var negated = false
    if index < pattern.count, pattern[index] == "!" || pattern[index] == "^" {
      negated = true
      index += 1
    }
    var holds = false
    let first = index
    while index < pattern.count {
      if pattern[index] == "]", index > first { return (index - start + 1, holds != negated) }
      if pattern[index] == "\\", index + 1 < pattern.count { index += 1 }
      if index + 2 < pattern.count, pattern[index + 1] == "-", pattern[index + 2] != "]" {
        let upper = pattern[index + 2]
        if pattern[index] <= scalar, scalar <= upper { holds = true }
        index += 3
      } else {
        if pattern[index] == scalar { holds = true }
        index += 1
      }
    }
    return nil
  }
}

extension IgnoreRules {
  /// What the vendor's client leaves out by itself (vercel/vercel, `packages/client/src/utils`).
  static let vendor = """
    .hg
    .git
    .gitmodules
    .svn
    .cache
    .next
    .now
    .vercel
    .npmignore
    .dockerignore
    .gitignore
    .*.swp
    .DS_Store
    .wafpicke-*
    .lock-wscript
    .env.local
    .env.*.local
    .venv
    .yarn/cache
    .pnp*
    npm-debug.log
    config.gypi
    node_modules
    __pycache__
    venv
    CVS
    """

  /// What no pattern of a team takes in again: our own state and evidence, and files of secrets.
  static let ours = """
    .gatehouse
    gatehouse-evidence.json
    *.dump.zst
    *.dump.zst.part
    .env
    .env.*
    """
}
