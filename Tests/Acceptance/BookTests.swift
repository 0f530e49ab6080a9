import FoundationEssentials
import TestSupport
import Testing

/// The book is `docs/`, with the README as its cover: its links lead somewhere, and every page can be come to.
@Suite struct BookTests {
  @Test func `every relative link of the book leads to something that is there`() throws {
    let pages = try Book.pages()
    #expect(pages.count >= 15)
    for page in pages {
      for link in try Book.links(of: page) {
        let path = Book.resolved(link, from: page)
        #expect(FileManager.default.fileExists(atPath: Book.root + "/" + path), "\(page) links to \(link)")
      }
    }
  }

  @Test func `every page of the book can be reached from its cover`() throws {
    var reached: Set<String> = ["README.md", "CHANGELOG.md"]
    var open = ["README.md"]
    while let page = open.popLast() {
      for link in try Book.links(of: page) {
        let path = Book.resolved(link, from: page)
        guard path.hasSuffix(".md"), reached.insert(path).inserted else { continue }
        open.append(path)
      }
    }
    #expect(try Set(Book.pages()).subtracting(reached).sorted() == [])
  }

  @Test func `decisions are numbered from one without a gap, and each says what was decided`() throws {
    let files = try Book.markdown(in: "docs/decisions").filter { !$0.hasSuffix("README.md") }.sorted()
    #expect(!files.isEmpty)
    for (index, file) in files.enumerated() {
      let number = file.split(separator: "/").last?.prefix(4) ?? ""
      #expect(Int(number) == index + 1, "\(file)")
      let text = try Book.text(of: file)
      #expect(text.hasPrefix("# \(index + 1). "), "\(file)")
      for part in ["Date: ", "Status: ", "## Context", "## Decision", "## Consequences"] {
        #expect(text.contains("\n" + part), "\(file) has no \(part)")
      }
    }
  }

  @Test(arguments: [
    ("[a](b.md) and [c](../d/e.md#f)", ["b.md", "../d/e.md"]),
    ("[site](https://example.com) [mail](mailto:a@example.com) [here](#part)", []),
    ("`[code](no.md)` then [yes](yes.md)", ["yes.md"]),
    ("```\n[block](no.md)\n```\n[yes](yes.md)", ["yes.md"]),
  ])
  func `links are found where a reader sees them`(text: String, links: [String]) {
    #expect(Book.links(in: text) == links)
  }
}

private enum Book {
  static let root = BuiltProgram.root

  static func pages() throws -> [String] {
    try ["README.md", "CHANGELOG.md"] + markdown(in: "docs")
  }

  static func markdown(in folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: root + "/" + folder).filter { $0.hasSuffix(".md") }
      .map { folder + "/" + $0 }
  }

  static func text(of page: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(filePath: root + "/" + page)), as: UTF8.self)
  }

  static func links(of page: String) throws -> [String] { links(in: try text(of: page)) }

  /// The targets of links to files, without fragments; code is not looked at.
  static func links(in text: String) -> [String] {
    var links: [String] = []
    var isCode = false
    for line in text.split(separator: "\n") {
      if line.drop(while: { $0 == " " }).hasPrefix("```") {
        isCode.toggle()
        continue
      }
      guard !isCode else { continue }
      let visible = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "" }.joined(separator: "`")
      for piece in visible.split(separator: "](", omittingEmptySubsequences: false).dropFirst() {
        let target = piece.prefix { $0 != ")" }.split(separator: "#", omittingEmptySubsequences: false).first ?? ""
        guard !target.isEmpty, !target.contains(":") else { continue }
        links.append(String(target))
      }
    }
    return links
  }

  /// Relative to the root, from a link on a page.
  static func resolved(_ link: String, from page: String) -> String {
    var parts = page.split(separator: "/").dropLast().map(String.init)
    for step in link.split(separator: "/") {
      switch step {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(String(step))
      }
    }
    return parts.joined(separator: "/")
  }
}
