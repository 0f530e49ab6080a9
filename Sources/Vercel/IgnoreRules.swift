/// Which paths of a folder are left out, in the language of `.gitignore`.
///
/// Source: https://git-scm.com/docs/gitignore, "Pattern format". The last pattern that matches decides; what lies below
/// a folder that is left out is not looked at, so it cannot be taken in again. Upper and lower case are the same, as
/// they are to the vendor's client (its `ignore` package) and to Git with `core.ignoreCase`.
struct IgnoreRules: Sendable {
  private struct Rule: Sendable {
    /// Of one segment: the pattern may stand anywhere, and only a path's last segment is held against it.
    var segments: [IgnorePattern]
    var standsAnywhere: Bool
    var takesIn: Bool
    var foldersOnly: Bool
  }

  private var rules: [Rule] = []

  init(_ texts: [String] = []) { for text in texts { add(text) } }

  /// Adds the patterns of a text, one a line.
  mutating func add(_ text: String) {
    // By bytes: to Swift a line end of Windows is one character.
    for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
      if let rule = IgnoreRules.rule(Substring(line)) { rules.append(rule) }
    }
  }

  /// - Parameter path: Relative to the folder, without a slash at either end.
  func leavesOut(_ path: String, isFolder: Bool) -> Bool {
    var segments: [[Unicode.Scalar]]?
    let last = IgnorePattern.folded(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    for rule in rules.reversed() where !rule.foldersOnly || isFolder {
      let matches: Bool
      if rule.standsAnywhere {
        matches = rule.segments[0].matches(last)
      } else {
        let all = segments ?? path.split(separator: "/").map { IgnorePattern.folded($0) }
        segments = all
        matches = IgnorePattern.matches(rule.segments, all)
      }
      if matches { return !rule.takesIn }
    }
    return false
  }

  /// Whether the file or any folder above it is left out.
  func leavesOutAny(of path: String) -> Bool {
    let segments = path.split(separator: "/")
    return segments.indices.contains { index in
      leavesOut(segments[...index].joined(separator: "/"), isFolder: index < segments.count - 1)
    }
  }

  private static func rule(_ line: Substring) -> Rule? {
    var text = line
    if text.unicodeScalars.last == "\r" { text.unicodeScalars.removeLast() }
    if text.hasPrefix("#") { return nil }
    text = withoutBlanksAtEnd(text)
    // The vendor's client strips it, Git would not.
    if text.hasPrefix("./") { text = text.dropFirst(2) }
    var takesIn = false
    if text.hasPrefix("!") {
      takesIn = true
      text.removeFirst()
      if text.hasPrefix("./") { text = text.dropFirst(2) }
    }
    var foldersOnly = false
    if text.hasSuffix("/") {
      foldersOnly = true
      text.removeLast()
    }
    guard !text.isEmpty else { return nil }
    var parts = text.split(separator: "/", omittingEmptySubsequences: false)
    let standsAnywhere = parts.count == 1
    if !standsAnywhere, parts[0].isEmpty { parts.removeFirst() }
    guard parts.allSatisfy({ !$0.isEmpty }) else { return nil }
    return Rule(
      segments: parts.map { IgnorePattern($0) }, standsAnywhere: standsAnywhere, takesIn: takesIn,
      foldersOnly: foldersOnly)
  }

  /// Blanks at the end count only when a backslash quotes them, which one does that is not quoted itself.
  private static func withoutBlanksAtEnd(_ line: Substring) -> Substring {
    var text = line
    while text.hasSuffix(" ") {
      let slashes = text.dropLast().reversed().prefix { $0 == "\\" }.count
      if slashes % 2 == 1 { return text }
      text.removeLast()
    }
    return text
  }
}
