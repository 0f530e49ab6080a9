import FoundationEssentials
import TestSupport
import Testing

/// The table of fifty dangers names the tests that show it: each of them must be there.
@Suite struct `The table of dangers` {
  /// The file and the title of a test, as in `DamageTests: cut anywhere is refused and not listed`.
  private struct Named: Hashable {
    var file: String
    var title: String
  }

  private static func rows() throws -> [(number: String, cells: [String])] {
    let page = try #require(FileManager.default.contents(atPath: BuiltProgram.root + "/docs/reference/snapshots.md"))
    return String(decoding: page, as: UTF8.self).split(separator: "\n").compactMap { line in
      let cells = line.split(separator: "|").map { $0.drop { $0 == " " } }.map(String.init)
      guard line.hasPrefix("| D"), let number = cells.first?.split(separator: " ").first else { return nil }
      return (String(number), cells)
    }
  }

  private static func tests(in cell: String) -> [Named] {
    // Every second part stands between backticks.
    cell.split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.compactMap {
      guard let colon = $0.element.firstRange(of: ": ") else { return nil }
      return Named(
        file: String($0.element[..<colon.lowerBound]), title: String($0.element[colon.upperBound...]))
    }
  }

  @Test func `has fifty rows, and each names tests that are there`() throws {
    let rows = try Self.rows()
    #expect(rows.map(\.number) == (1...50).map { "D\($0)" })
    let folder = BuiltProgram.root + "/Tests"
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix("Tests.swift") }
    for row in rows {
      let named = Self.tests(in: row.cells.last ?? "")
      #expect(row.cells.count == 4 && !named.isEmpty, "\(row.number) names no test")
      for test in named {
        let paths = files.filter { $0.hasSuffix("/\(test.file).swift") }
        let texts = paths.compactMap { FileManager.default.contents(atPath: folder + "/" + $0) }
        let isThere = texts.contains { String(decoding: $0, as: UTF8.self).contains("func `\(test.title)`") }
        #expect(isThere, "\(row.number): \(test.file) has no test of the title: \(test.title)")
      }
    }
  }
}
