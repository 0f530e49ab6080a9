import Core

/// What a report says about coverage.
package struct CoverageFacts: Hashable, Sendable {
  /// By the path as the report writes it, with `/` between its parts.
  package var files: [String: FileCoverage] = [:]
  /// Folders that relative paths start from, as Cobertura writes them.
  package var sources: [String] = []

  package init() {}

  package var lines: Share { share(of: .lines) }
  package var branches: Share { share(of: .branches) }
  package var functions: Share { share(of: .functions) }
  package var statements: Share { share(of: .statements) }
  package var branchesAreUncertain: Bool { files.values.contains { $0.branchesAreUncertain } }
  /// Totals of functions without any function are not believed of LCOV: bun's differ from what it prints.
  package var functionsAreDeclaredOnly: Bool {
    files.values.contains { $0.format == .lcov && $0.functions.isEmpty && $0.declaredFunctions != nil }
  }

  package func share(of measure: CoverageMeasure) -> Share {
    files.values.reduce(Share()) { $0 + $1.share(of: measure) }
  }

  /// The facts of several reports about one source tree; `root` is the tree's absolute path.
  package static func joined(_ reports: [CoverageFacts], root: String) -> CoverageFacts {
    JoinedCoverage(reports.map { ($0, "") }, root: root, tree: nil).facts
  }

  /// The facts without the files that a glob names.
  package func excluding(_ globs: [Glob]) -> CoverageFacts {
    guard !globs.isEmpty else { return self }
    var kept = self
    kept.files = files.filter { path, _ in !globs.contains { $0.matches(path) } }
    return kept
  }

  package var examined: [JSON.Member] {
    let (lines, branches, functions, statements) = (lines, branches, functions, statements)
    return [
      .init("lines", .integer(Int64(lines.whole))), .init("covered", .integer(Int64(lines.part))),
      .init("branches", .integer(Int64(branches.whole))), .init("branches-covered", .integer(Int64(branches.part))),
      .init("functions", .integer(Int64(functions.whole))), .init("functions-covered", .integer(Int64(functions.part))),
      .init("statements", .integer(Int64(statements.whole))),
      .init("statements-covered", .integer(Int64(statements.part))), .init("files", .integer(Int64(files.count))),
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
