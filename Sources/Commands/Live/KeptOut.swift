import Glibc

/// Which folders within a project's folder hold data of ours, as patterns in the language of `.gitignore`.
enum KeptOut {
  static func patterns(for places: [String], below project: String) -> [String] {
    var patterns: [String] = []
    // A folder may be named by way of a link, and so may the project: what counts is where the files lie.
    for (project, resolve) in [(plain(project), plain), (real(project), real)] {
      for place in places.map(resolve) {
        guard place.hasPrefix(project == "/" ? "/" : project + "/") else { continue }
        let relative = place.dropFirst(project == "/" ? 0 : project.count)
        let pattern = escaped(relative)
        if !patterns.contains(pattern) { patterns.append(pattern) }
      }
    }
    return patterns
  }

  private static func real(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return plain(path) }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  /// Without `.`, `..` and doubled slashes.
  private static func plain(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Every character that means something in a pattern, taken literally.
  private static func escaped(_ path: Substring) -> String {
    path.reduce(into: "") { text, character in
      if "\\*?[]!# ".contains(character) { text += "\\" }
      text.append(character)
    }
  }
}
