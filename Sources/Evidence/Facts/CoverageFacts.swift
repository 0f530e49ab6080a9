import Core

/// So many of so many.
package struct Share: Hashable, Sendable {
  package var part: Int
  package var whole: Int

  package init(_ part: Int = 0, of whole: Int = 0) {
    self.part = part
    self.whole = whole
  }

  package static func + (left: Share, right: Share) -> Share {
    Share(left.part + right.part, of: left.whole + right.whole)
  }

  /// Per cent, or `nil` of nothing: nothing measured is unknown, not 100.
  package var percent: Double? { whole > 0 ? Double(part) * 100 / Double(whole) : nil }
}

/// What was measured of one source file.
package struct FileCoverage: Hashable, Sendable {
  package var lines = LineMap()
  package var branches = BranchMap()
  package var functions = HitMap()
  /// Statements, where the format counts them apart from lines (Go, Istanbul, Clover); a measure of its own.
  package var statements: Share?
  /// Lines and branches that are only given as a total, without which they are.
  package var declaredLines: Share?
  package var declaredBranches: Share?
  /// Functions that are only given as a total, without names.
  package var declaredFunctions: Share?
  /// Branches are there, and how many is not known.
  package var branchesAreUncertain = false
  package var format: EvidenceFormat

  package init(format: EvidenceFormat) { self.format = format }

  package var lineShare: Share { lines.isEmpty ? declaredLines ?? Share() : lines.share }

  package var branchShare: Share {
    branches.isEmpty ? declaredBranches ?? Share() : branches.share
  }

  package var functionShare: Share {
    guard functions.isEmpty, let declaredFunctions else {
      return functions.share
    }
    return declaredFunctions
  }

  /// Puts in order what was noted, and gives back memory that is not needed any more.
  package mutating func settle() {
    lines.shrink()
    branches.shrink()
    functions.shrink()
  }

  /// Joins what another report measured of the same file: what ran in one of them ran.
  package mutating func merge(_ other: FileCoverage) {
    lines.merge(other.lines)
    if format != other.format {
      // Branches and functions are named differently by each format: which are the same cannot be told.
      branchesAreUncertain = branchesAreUncertain || other.branchesAreUncertain
      if !other.branches.isEmpty {
        if branches.isEmpty { branches = other.branches } else { branchesAreUncertain = true }
      }
      if functionShare.whole == 0 {
        functions = other.functions
        declaredFunctions = other.declaredFunctions
      }
      return
    }
    branches.merge(other.branches)
    functions.merge(other.functions)
    branchesAreUncertain = branchesAreUncertain || other.branchesAreUncertain
    if let declared = other.declaredFunctions {
      let mine = declaredFunctions ?? Share()
      declaredFunctions = Share(max(mine.part, declared.part), of: max(mine.whole, declared.whole))
    }
  }
}

/// What a report says about coverage.
package struct CoverageFacts: Hashable, Sendable {
  /// By the path as the report writes it, with `/` between its parts.
  package var files: [String: FileCoverage] = [:]
  /// Folders that relative paths start from, as Cobertura writes them.
  package var sources: [String] = []

  package init() {}

  package var lines: Share { files.values.reduce(Share()) { $0 + $1.lineShare } }
  package var branches: Share { files.values.reduce(Share()) { $0 + $1.branchShare } }
  package var functions: Share { files.values.reduce(Share()) { $0 + $1.functionShare } }
  package var branchesAreUncertain: Bool { files.values.contains { $0.branchesAreUncertain } }
  package var functionsAreDeclaredOnly: Bool {
    files.values.contains { $0.functions.isEmpty && $0.declaredFunctions != nil }
  }

  /// The facts of several reports about one source tree; `root` is the tree's absolute path.
  package static func joined(_ reports: [CoverageFacts], root: String) -> CoverageFacts {
    var joined = CoverageFacts()
    for report in reports {
      for (path, file) in report.files {
        let path = report.path(path, below: root)
        if var known = joined.files[path] {
          known.merge(file)
          joined.files[path] = known
        } else {
          joined.files[path] = file
        }
      }
    }
    return joined
  }

  /// The facts without the files that a glob names.
  package func excluding(_ globs: [Glob]) -> CoverageFacts {
    guard !globs.isEmpty else { return self }
    var kept = self
    kept.files = files.filter { path, _ in !globs.contains { $0.matches(path) } }
    return kept
  }

  package var examined: [JSON.Member] {
    let (lines, branches, functions) = (lines, branches, functions)
    return [
      .init("lines", .integer(Int64(lines.whole))), .init("covered", .integer(Int64(lines.part))),
      .init("branches", .integer(Int64(branches.whole))), .init("branches-covered", .integer(Int64(branches.part))),
      .init("functions", .integer(Int64(functions.whole))), .init("functions-covered", .integer(Int64(functions.part))),
      .init("files", .integer(Int64(files.count))),
    ]
  }

  /// A path as the report writes it, told from the source tree where that is possible.
  func path(_ written: String, below root: String) -> String {
    func relative(_ path: String) -> String? {
      let root = root.hasSuffix("/") ? root : root + "/"
      return path.hasPrefix(root) ? String(path.dropFirst(root.count)) : nil
    }
    let isAbsolute = written.hasPrefix("/") || written.dropFirst().hasPrefix(":/")
    if isAbsolute { return relative(written) ?? written }
    // One folder is plain; of several, nothing says which.
    if sources.count == 1, let below = relative(sources[0].hasSuffix("/") ? sources[0] : sources[0] + "/") {
      return below + written
    }
    return written.hasPrefix("./") ? String(written.dropFirst(2)) : written
  }

  /// The path with `/` between its parts and without `file://`.
  static func plainPath(_ written: String) -> String {
    var path = written.contains("\\") ? String(written.map { $0 == "\\" ? "/" : $0 }) : written
    if path.hasPrefix("file://") { path = String(path.dropFirst(7)) }
    return path
  }
}
