import Core

/// A place in the sources as a compiler writes it.
///
/// Read are the ways of tsc (`a.ts(12,5)`, `a.ts:12:5`), Next.js and SWC (`./a.tsx:12:5`, `,-[/vercel/path0/a.tsx:12:1]`), esbuild
/// and Vite (`a.ts:3:18:`), Rollup (`a.js (3:9)`), webpack (`./a.js 3:0-24`), Babel (`a.js: … (12:5)`), Node.js
/// (`(/vercel/path0/a.ts:3:9)`), Go, Rust, and Python (`File "a.py", line 12`).
struct SourcePlace: Hashable, Sendable {
  /// Relative to the folder that was built, where it is within it.
  var file: String
  var line: Int?
  var column: Int?

  var text: String { file + (line.map { ":\($0)" } ?? "") + (column.map { ":\($0)" } ?? "") }

  /// The first place with a line that a text of one line names, and what stands behind it.
  static func find(in text: String) -> (place: SourcePlace, rest: String)? {
    let bytes = Array(text.utf8.prefix(1000))
    if let python = python(text) { return python }
    // A line of nothing but numbers is not looked through for ever.
    var tries = 0
    for index in bytes.indices where index > 0 && tries < 40 {
      guard ": (".utf8.contains(bytes[index]), index + 1 < bytes.count,
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index + 1]
      else { continue }
      tries += 1
      let found: (numbers: Numbers, file: String)?
      switch bytes[index] {
      case UInt8(ascii: ":"):
        found = Numbers(bytes, from: index + 1, between: UInt8(ascii: ":"), needsBoth: false)
          .flatMap { numbers in path(in: bytes, before: index).map { (numbers, $0) } }
      case UInt8(ascii: "("):
        found = parenthesised(bytes, index)
      case UInt8(ascii: " "):
        found = Numbers(bytes, from: index + 1, between: UInt8(ascii: ":"), needsBoth: true)
          .flatMap { numbers in path(in: bytes, before: index).map { (numbers, $0) } }
      default: found = nil
      }
      guard let (numbers, file) = found else { continue }
      let rest = String(decoding: bytes[min(numbers.end, bytes.count)...], as: UTF8.self)
      let trimmed = rest.drop { " :)],-–>".contains($0) }
      return (SourcePlace(file: file, line: numbers.first, column: numbers.second), String(trimmed))
    }
    return nil
  }

  /// A text that is the name of a source file and nothing else, as a heading of what follows.
  static func heading(_ text: String) -> String? {
    let bytes = Array(text.utf8.prefix(400))
    guard text.hasPrefix("./") || text.hasPrefix("../") || text.hasPrefix("/"), !text.contains(" ") else { return nil }
    return path(in: bytes, before: bytes.count)
  }

  /// A file that a text of one line names in quotes behind `from`, without a line.
  static func importer(in text: String) -> String? {
    guard let from = text.firstRange(of: " from \"") else { return nil }
    let rest = text[from.upperBound...]
    guard let end = rest.firstIndex(of: "\"") else { return nil }
    let bytes = Array(rest[..<end].utf8)
    return path(in: bytes, before: bytes.count)
  }

  // MARK: -

  /// `12:5`, `12,5` or `12`, with what may stand behind it.
  private struct Numbers {
    var first: Int
    var second: Int?
    /// Where what stands behind begins.
    var end: Int

    init?(_ bytes: [UInt8], from start: Int, between separator: UInt8, needsBoth: Bool) {
      guard let (first, after) = Numbers.number(bytes, start) else { return nil }
      self.first = first
      end = after
      if after < bytes.count, bytes[after] == separator, let (second, after) = Numbers.number(bytes, after + 1) {
        self.second = second
        end = after
      }
      guard second != nil || !needsBoth else { return nil }
      // Not the beginning of a word or of a time.
      if end < bytes.count {
        let next = bytes[end]
        guard !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= next || UInt8(ascii: "a")...UInt8(ascii: "z") ~= next | 0x20),
          next != UInt8(ascii: "."), next != UInt8(ascii: "/")
        else { return nil }
      }
    }

    private static func number(_ bytes: [UInt8], _ start: Int) -> (Int, Int)? {
      var (value, index) = (0, start)
      while index < bytes.count, UInt8(ascii: "0")...UInt8(ascii: "9") ~= bytes[index], index - start < 8 {
        value = value * 10 + Int(bytes[index] - 48)
        index += 1
      }
      return index > start && index - start < 8 ? (value, index) : nil
    }
  }

  private static func parenthesised(_ bytes: [UInt8], _ index: Int) -> (numbers: Numbers, file: String)? {
    for separator in [UInt8(ascii: ","), UInt8(ascii: ":")] {
      guard var numbers = Numbers(bytes, from: index + 1, between: separator, needsBoth: true),
        numbers.end < bytes.count,
        bytes[numbers.end] == UInt8(ascii: ")")
      else { continue }
      numbers.end += 1
      let end = bytes[index - 1] == UInt8(ascii: " ") ? index - 1 : index
      if let file = path(in: bytes, before: end) { return (numbers, file) }
      // Babel names the file before its message.
      for colon in bytes[..<index].indices.lazy.filter({ bytes[$0] == UInt8(ascii: ":") }).prefix(4) {
        if let file = path(in: bytes, before: colon) { return (numbers, file) }
      }
    }
    return nil
  }

  private static func python(_ text: String) -> (place: SourcePlace, rest: String)? {
    guard let start = text.firstRange(of: "File \""), let end = text.firstRange(of: "\", line "),
      start.upperBound < end.lowerBound
    else { return nil }
    let name = Array(text[start.upperBound..<end.lowerBound].utf8)
    let digits = text[end.upperBound...].prefix { $0.isNumber }.prefix(8)
    guard let file = path(in: name, before: name.count), let line = Int(digits) else { return nil }
    return (SourcePlace(file: file, line: line), "")
  }

  private static let extensions: Set<String> = [
    "ts", "tsx", "mts", "cts", "js", "jsx", "mjs", "cjs", "vue", "svelte", "astro", "css", "scss", "sass", "less",
    "json",
    "md", "mdx", "py", "go", "rs", "rb", "php", "prisma", "graphql", "gql", "html", "toml", "yaml", "yml", "sql",
  ]
  private static let folders = ["./", "/vercel/path0/", "/vercel/path1/", "/vercel/workpath0/"]

  /// The name of a source file that ends before `end`; `nil` when none does, or when it is no source of the project.
  private static func path(in bytes: [UInt8], before end: Int) -> String? {
    var start = end
    var open = 0
    scan: while start > 0 {
      switch bytes[start - 1] {
      case UInt8(ascii: " "), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: ","),
        UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "|"):
        break scan
      // Folders of Next.js have brackets in their names; one that is not closed stands around the place.
      case UInt8(ascii: ")"), UInt8(ascii: "]"): open += 1
      case UInt8(ascii: "("), UInt8(ascii: "["):
        if open == 0 { break scan }
        open -= 1
      default: break
      }
      start -= 1
    }
    guard start < end else { return nil }
    var name = String(decoding: bytes[start..<end], as: UTF8.self)
    if name.hasPrefix("file://") { name.removeFirst(7) }
    for folder in folders where name.hasPrefix(folder) { name.removeFirst(folder.count) }
    guard name.utf8.count <= 240, !name.contains("://"), !name.contains("node_modules/"), !name.hasPrefix("node:"),
      let dot = name.lastIndex(of: "."), dot != name.startIndex,
      extensions.contains(name[name.index(after: dot)...].lowercased())
    else { return nil }
    return name
  }
}
