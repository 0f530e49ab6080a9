/// Finds the files of the repository that one report is about, whatever its way of writing paths: absolute ones of
/// another machine, packages (JaCoCo), import paths (Go), relative to a folder of a monorepo.
///
/// A path that could be several files is none of them: what is wrongly joined could make a verdict better.
struct PathResolver {
  enum Outcome: Hashable { case file(String), ambiguous, unknown }

  let facts: CoverageFacts
  /// The report's own path, relative to the policy's folder.
  let report: String
  let root: String
  let sources: SourceList

  private struct Candidate {
    let path: String
    /// What is taken away at the beginning of the written path, and what is put there instead.
    let removed: [Substring]
    let added: [Substring]
    /// Found where the report says, not only by its end.
    let isDirect: Bool

    init(_ path: String, for written: String, isDirect: Bool) {
      let (old, new) = (written.split(separator: "/"), path.split(separator: "/"))
      var same = 0
      while same < min(old.count, new.count), old[old.count - 1 - same] == new[new.count - 1 - same] { same += 1 }
      self.path = path
      removed = Array(old.dropLast(same))
      added = Array(new.dropLast(same))
      self.isDirect = isDirect
    }

    var way: [Substring] { removed + ["\n"] + added }
  }

  /// By the path as the report writes it.
  func outcomes() -> [String: Outcome] {
    var candidates = facts.files.reduce(into: [:]) { $0[$1.key] = self.candidates($1.key, $1.value.module) }
    let prefix = foreignPrefix(candidates.values)
    for (written, found) in candidates {
      candidates[written] = found.filter { $0.isDirect || $0.removed.isEmpty || $0.removed == prefix }
    }
    // How often each way of turning a written path into one of the repository works out, over the whole report.
    var votes: [[Substring]: Int] = [:]
    for found in candidates.values { for way in Set(found.map(\.way)) { votes[way, default: 0] += 1 } }
    var outcomes: [String: Outcome] = [:]
    for (written, found) in candidates {
      outcomes[written] = PathResolver.choose(found, votes: found.map { votes[$0.way] ?? 0 })
    }
    // Two files of one report are two files.
    var users: [String: Int] = [:]
    for case .file(let path) in outcomes.values { users[path, default: 0] += 1 }
    for (written, outcome) in outcomes {
      if case .file(let path) = outcome, (users[path] ?? 0) > 1, facts.path(written, below: root) != path {
        outcomes[written] = .ambiguous
      }
    }
    return outcomes
  }

  private func candidates(_ written: String, _ module: String?) -> [Candidate] {
    let path = facts.path(written, below: root)
    if PathResolver.isAbsolute(written), !PathResolver.isAbsolute(path) {
      // Below the policy's folder: it is that file or none.
      return sources.files.contains(path) ? [Candidate(path, for: written, isDirect: true)] : []
    }
    var direct: [String] = []
    func add(_ path: String?) {
      if let path, sources.files.contains(path), !direct.contains(path) { direct.append(path) }
    }
    if !PathResolver.isAbsolute(written) {
      add(path)
      for folder in facts.sources { add(PathResolver.joined(facts.path(folder, below: root), written)) }
      for folder in folders(around: report) { add(PathResolver.joined(folder, written)) }
      add(goFile(written))
    }
    if !direct.isEmpty { return direct.map { Candidate($0, for: written, isDirect: true) } }
    var bare = PathResolver.joined("", written) ?? written
    if let module, bare.hasPrefix(module + "/") { bare = String(bare.dropFirst(module.utf8.count + 1)) }
    let alike = sources.ending(like: bare)
    return (alike.count > 1 ? narrowed(alike, module) : alike).map { Candidate($0, for: bare, isDirect: false) }
  }

  /// The folder of another machine that the repository was in: what most files have before their own path, the shorter of
  /// two that are as frequent. A package of `node_modules` ends like our own files and is none of them.
  private func foreignPrefix(_ candidates: some Sequence<[Candidate]>) -> [Substring] {
    var votes: [[Substring]: Int] = [:]
    for found in candidates {
      for prefix in Set(found.filter { !$0.isDirect && !$0.removed.isEmpty }.map(\.removed)) {
        votes[prefix, default: 0] += 1
      }
    }
    let ranked = votes.sorted { left, right in
      (right.value, left.key.count) < (left.value, right.key.count)
    }
    guard let best = ranked.first else { return [] }
    // Of two that are alike, nothing says which.
    if ranked.count > 1, ranked[1].value == best.value, ranked[1].key.count == best.key.count { return [] }
    return best.key
  }

  /// Of files that end alike, those of the module that the report names, else those beside the report.
  private func narrowed(_ alike: [String], _ module: String?) -> [String] {
    if let name = module?.split(separator: "/").last {
      let own = alike.filter { $0.split(separator: "/").dropLast().contains(name) }
      if !own.isEmpty { return own }
    }
    for folder in folders(around: report).dropLast() {
      let beside = alike.filter { $0.hasPrefix(folder + "/") }
      if !beside.isEmpty { return beside }
    }
    return alike
  }

  private func goFile(_ written: String) -> String? {
    let module = sources.goModules.keys.filter { written.hasPrefix($0 + "/") }.max { $0.utf8.count < $1.utf8.count }
    guard let module, let folder = sources.goModules[module] else { return nil }
    return PathResolver.joined(folder, String(written.dropFirst(module.count + 1)))
  }

  /// The folders around a file, the nearest first, the policy's own (empty) last.
  private func folders(around path: String) -> [String] {
    var parts = path.split(separator: "/").dropLast()
    guard parts.first != "..", !PathResolver.isAbsolute(path) else { return [""] }
    var folders: [String] = []
    while !parts.isEmpty {
      folders.append(parts.joined(separator: "/"))
      parts = parts.dropLast()
    }
    return folders + [""]
  }

  /// One candidate, or the one that is reached the way most files of the report are.
  private static func choose(_ found: [Candidate], votes: [Int]) -> Outcome {
    guard let first = found.first else { return .unknown }
    guard found.count > 1 else { return .file(first.path) }
    let most = votes.max() ?? 0
    let best = zip(found, votes).filter { $0.1 == most }
    return best.count == 1 ? .file(best[0].0.path) : .ambiguous
  }

  static func isAbsolute(_ path: String) -> Bool { path.hasPrefix("/") || path.dropFirst().hasPrefix(":/") }

  /// Both as one path without `.` and `..` within it; `nil` for nothing, and when one is absolute and the other not.
  static func joined(_ folder: String, _ path: String) -> String? {
    guard !isAbsolute(path), !isAbsolute(folder) else { return nil }
    var parts: [Substring] = []
    for part in (folder + "/" + path).split(separator: "/") where part != "." {
      if part == "..", parts.last.map({ $0 != ".." }) ?? false { parts.removeLast() } else { parts.append(part) }
    }
    return parts.isEmpty ? nil : parts.joined(separator: "/")
  }
}
