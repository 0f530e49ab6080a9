import Core
import FoundationEssentials
import JSONText
import PgQuery
import Processes
import TestSupport
import Testing

/// pglast as the oracle: the same statements of the same kinds.
@Suite struct PglastTests {
  private static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }

  private func sqlFiles(below folder: String) throws -> [String] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder)
    return names.filter { $0.hasSuffix(".sql") }.sorted().map { folder + "/" + $0 }.filter { path in
      var isFolder = false
      return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder
    }
  }

  private func compare(_ files: [String]) async throws -> Int {
    var texts: [String] = []
    for file in files { texts.append(String(decoding: try Data(contentsOf: URL(filePath: file)), as: UTF8.self)) }
    let finished = try await SystemProcessRunner().run(
      Command(
        [BackgroundProgram.interpreter, Self.root + "/Tests/PgQuery/oracle.py"],
        environment: ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"], folder: Self.root,
        timeout: .seconds(120), input: Array(JSON.strings(texts).text(.compact).utf8), captureLimit: 16 << 20))
    try #require(finished.succeeded, "\(String(decoding: finished.errorOutput, as: UTF8.self))")
    let expected = try #require(try JSON(parsing: finished.output).array)
    #expect(expected.count == files.count)
    var statements = 0
    for (index, text) in texts.enumerated() {
      let own = await SQLParser.statements(of: text)
      let kinds = own.compactMap { statement in try? statement.tree.get().kind }
      guard let theirs = expected[index].array?.compactMap(\.string) else {
        #expect(kinds.count < own.count, "\(files[index]): pglast has an error")
        continue
      }
      #expect(kinds == theirs, "\(files[index])")
      statements += kinds.count
    }
    print("pglast and we read \(statements) statements of \(files.count) files alike")
    return statements
  }

  @Test func `pglast reads the carried samples as we do`() async throws {
    let files = try sqlFiles(below: Self.root + "/Tests/PgQuery/Samples")
    #expect(files.count >= 3)
    #expect(try await compare(files) > 50)
  }

  static let shared: String? = {
    let folder = ProcessInfo.processInfo.environment["GATEHOUSE_SHARED"] ?? root + "/../shared"
    let found = [folder, root + "/../../shared"].map { $0 + "/databases/migrations" }
      .first { FileManager.default.fileExists(atPath: $0) }
    if found == nil { print("NOT TESTED: the real migration histories are not here (set GATEHOUSE_SHARED)") }
    return found
  }()

  @Test(.enabled(if: shared != nil, "the real migration histories are not here"))
  func `pglast reads six real histories as we do`() async throws {
    let files = try sqlFiles(below: try #require(Self.shared))
    #expect(files.count > 600)
    #expect(try await compare(files) > 1_700)
  }
}
