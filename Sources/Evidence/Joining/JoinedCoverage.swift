import Core

/// Several coverage reports as one, by the files of the repository.
package struct JoinedCoverage: Hashable, Sendable {
  /// By the path in the repository, relative to the policy; by the written one where no file was found.
  package private(set) var facts = CoverageFacts()
  /// Some of the paths that are no file of the repository, and of those that could be several.
  package private(set) var unknown: [String] = []
  package private(set) var ambiguous: [String] = []
  package private(set) var unknownCount = 0
  package private(set) var ambiguousCount = 0
  /// Files that were left out because the policy says so.
  package private(set) var excluded = 0
  /// Whether the paths were held against the files of the repository.
  package let wasResolved: Bool

  private static let mostShown = 20

  /// - Parameters:
  ///   - reports: each with its own path relative to the policy's folder.
  ///   - root: the policy's folder, absolute.
  ///   - tree: the files of the repository; `nil` when they are not known, and then paths stay as they are written.
  package init(
    _ reports: [(facts: CoverageFacts, path: String)], root: String, tree: SourceList?, excluding globs: [Glob] = []
  ) {
    wasResolved = tree != nil
    var parts: [String: [FileCoverage]] = [:]
    for (index, report) in reports.enumerated() {
      let outcomes = tree.map {
        PathResolver(facts: report.facts, report: report.path, root: root, sources: $0).outcomes()
      }
      for (written, file) in report.facts.files.sorted(by: { $0.key < $1.key }) {
        let plain = report.facts.path(written, below: root)
        var path = plain
        switch outcomes?[written] {
        case .file(let found): path = found
        case .ambiguous:
          ambiguousCount += 1
          if ambiguous.count < JoinedCoverage.mostShown { ambiguous.append(plain) }
          path = JoinedCoverage.apart(plain, file, parts[plain], index)
        case .unknown:
          unknownCount += 1
          if unknown.count < JoinedCoverage.mostShown { unknown.append(plain) }
          path = JoinedCoverage.apart(plain, file, parts[plain], index)
        case nil: path = JoinedCoverage.apart(plain, file, parts[plain], index)
        }
        if globs.contains(where: { $0.matches(path) || $0.matches(plain) }) {
          excluded += 1
          continue
        }
        parts[path, default: []].append(file)
      }
    }
    for (path, files) in parts {
      facts.files[path] = FileCoverage.joined(files)
      facts.files[path]?.lines.settle()
    }
  }

  /// A path of JaCoCo names no module: the same one with other lines is another file, and counts by itself.
  private static func apart(_ path: String, _ file: FileCoverage, _ known: [FileCoverage]?, _ index: Int) -> String {
    guard file.format == .jacoco, let known,
      known.contains(where: { $0.format == .jacoco && !$0.lines.measuresSameLines(as: file.lines) })
    else { return path }
    return "\(path) (report \(index + 1))"
  }
}
