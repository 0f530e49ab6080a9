/// Which files are source that a runner could measure, by their names.
enum SourceKind {
  /// Languages whose files are measured together, by the ends of their names.
  private static let families: [[String]] = [
    ["js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "astro"],
    ["java", "kt", "kts", "scala", "groovy", "clj"], ["c", "h", "cc", "cpp", "cxx", "hpp", "hh", "m", "mm"],
    ["cs", "fs", "vb", "razor"], ["py", "pyx"], ["rb", "rake"], ["go"], ["rs"], ["swift"], ["php"], ["ps1", "psm1"],
    ["dart"], ["ex", "exs"], ["lua"], ["pl", "pm"],
  ]

  private static let family: [String: Int] = Dictionary(
    uniqueKeysWithValues: families.enumerated().flatMap { index, ends in ends.map { ($0, index) } })

  private static let testFolders: Set<String> = [
    "test", "tests", "__tests__", "__mocks__", "__fixtures__", "spec", "specs", "e2e", "testdata",
  ]

  /// `nil` when it is no source in a language that we know. Declarations without code are none.
  static func family(of path: String) -> Int? {
    let name = path.split(separator: "/").last ?? ""
    guard let dot = name.lastIndex(of: "."), !name.hasSuffix(".d.ts"), !name.hasSuffix(".d.mts") else { return nil }
    return family[name[name.index(after: dot)...].lowercased()]
  }

  /// Tests and the settings of tools: source that runners mostly leave out of what they measure.
  static func isTestOrSetting(_ path: String) -> Bool {
    let parts = path.split(separator: "/")
    guard let name = parts.last else { return false }
    if parts.dropLast().contains(where: { testFolders.contains($0.lowercased()) }) { return true }
    let stem = name.prefix { $0 != "." }
    let middle = name.split(separator: ".").dropFirst().dropLast().map { $0.lowercased() }
    return middle.contains { ["test", "tests", "spec", "e2e", "cy", "stories", "config", "setup"].contains($0) }
      || ["_test", "_spec", "Test", "Tests", "TestCase", "Spec"].contains {
        stem.hasSuffix($0) && stem.count > $0.count
      }
      || stem.hasPrefix("test_") || stem == "conftest"
  }

  /// What a set of measured files says about others: whether one would be measured by the same runner.
  struct Measured {
    private var families: Set<Int> = []
    private var folders: Set<Substring> = []

    init(_ paths: some Sequence<String>) {
      for path in paths {
        if let family = SourceKind.family(of: path) { families.insert(family) }
        if let slash = path.lastIndex(of: "/") { folders.insert(path[..<slash]) }
      }
    }

    /// Of a language that is measured, or source in a folder where files are.
    func wouldHold(_ path: String) -> Bool {
      guard let family = SourceKind.family(of: path) else { return false }
      if families.contains(family) { return true }
      var folder = path[...]
      while let slash = folder.lastIndex(of: "/") {
        folder = folder[..<slash]
        if folders.contains(folder) { return true }
      }
      return false
    }
  }
}
