/// The files of the commit that is judged, to tell the paths of reports apart by.
package struct SourceList: Hashable, Sendable {
  /// Relative to the policy's folder; `../` leads out of it.
  package let files: Set<String>
  /// Folders by the path of the Go module that its `go.mod` names; the policy's own folder is empty.
  package let goModules: [String: String]
  let byName: [Substring: [String]]

  package init(_ files: some Sequence<String>, goModules: [String: String] = [:]) {
    self.files = Set(files)
    self.goModules = goModules
    byName = Dictionary(grouping: self.files.sorted()) { SourceList.name(of: $0) }
  }

  static func name(of path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
  }

  /// The files of which one path ends as the other does, whole names compared.
  func ending(like written: String) -> [String] {
    (byName[SourceList.name(of: written)] ?? []).filter { file in
      file == written || file.hasSuffix("/" + written) || written.hasSuffix("/" + file)
    }
  }
}
