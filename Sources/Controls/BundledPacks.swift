/// The packs that come with the program: the files of `templates/controls/`, so that the binary alone has them.
package enum BundledPacks {
  package static let ids = texts.map(\.id)

  package static func bytes(of id: String) -> [UInt8]? {
    texts.first { $0.id == id }.map { Array($0.text.utf8) }
  }

  /// The path of a pack in this project, as messages name it.
  package static func file(of id: String) -> String { "templates/controls/\(id).yml" }
}
