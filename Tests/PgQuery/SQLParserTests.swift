import Glibc
import PgQuery
import Testing

@Suite struct SQLParserTests {
  /// The kinds of the statements, with their lines and columns; errors by their kind.
  private func read(_ script: String) async -> [String] {
    await SQLParser.statements(of: script).map { statement in
      switch statement.tree {
      case .success(let node): "\(node.kind) \(statement.line):\(statement.column)"
      case .failure(let error): "\(error.kind) \(error.line):\(error.column)"
      }
    }
  }

  @Test func `Statements have the place of their first word, comments and characters of several bytes notwithstanding`()
    async
  {
    let script =
      "-- cabeçalho\n/* a /* nested */ comment */ SELECT 1;\n\n  SELECT 'ção'; DELETE FROM t;\n;;\nDO $$ ; $$"
    #expect(await read(script) == ["SelectStmt 2:30", "SelectStmt 4:3", "DeleteStmt 4:17", "DoStmt 6:1"])
    #expect(await read("").isEmpty)
    #expect(await read("-- nothing\n/* at all */").isEmpty)
  }

  @Test func `A wrong statement has its place, and the others have their trees`() async {
    let script = "SELECT 1;\nSELECT 'ção', FROM;\nDROP TABLE t"
    #expect(await read(script) == ["SelectStmt 1:1", "syntax 2:15", "DropStmt 3:1"])
    #expect(await read("\\i other.sql\nSELECT 1;").allSatisfy { $0.hasPrefix("syntax") })
    #expect(await read("SELECT 'never closed").first?.hasPrefix("syntax 1:8") == true)
    // The scanner alone would lose these.
    #expect(await read("SELECT 1;\n SELECT (;\nDROP TABLE t;") == ["SelectStmt 1:1", "syntax 2:10"])
    #expect(await read("SELECT ((") == ["syntax 1:10"])
  }

  @Test func `Bodies of functions, rules and blocks do not end at their semicolons`() async {
    let script = """
      CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END;
      CREATE RULE r AS ON INSERT TO t DO ALSO (DELETE FROM a; DELETE FROM b);
      CREATE FUNCTION g() RETURNS void LANGUAGE sql AS $b$ DELETE FROM x; $b$;
      """
    #expect(await read(script) == ["CreateFunctionStmt 1:1", "RuleStmt 2:1", "CreateFunctionStmt 3:1"])
  }

  @Test func `What a message would quote of the text is left out`() async throws {
    let statement = try #require(await SQLParser.statements(of: "SELECT 'Maria da Silva").first)
    guard case .failure(let error) = statement.tree else {
      Issue.record("it was read")
      return
    }
    #expect(error.message == "unterminated quoted string")
  }

  /// Texts that nest deeper than any tree of ours, and than a stack of 8 MiB.
  private static let deep: [(name: String, text: String)] = [
    ("sums", "SELECT 1" + String(repeating: "+1", count: 100_000)),
    ("casts", "SELECT 1" + String(repeating: "::a", count: 100_000)),
    ("unions", "SELECT 1" + String(repeating: " UNION SELECT 1", count: 30_000)),
    ("parentheses", "SELECT " + String(repeating: "(", count: 100_000)),
    ("differences", "SELECT 1" + String(repeating: "- -1", count: 50_000)),
    ("subqueries", String(repeating: "SELECT(", count: 50_000)),
    ("negations", "SELECT " + String(repeating: "NOT ", count: 100_000) + "true"),
    ("cases", "SELECT " + String(repeating: "CASE WHEN ", count: 30_000)),
  ]

  @Test(arguments: deep.indices)
  func `Deep texts end in an error, and not the program`(_ index: Int) async {
    let found = await read(Self.deep[index].text)
    #expect(found.count == 1, "\(Self.deep[index].name)")
    let isRefused = found.first.map { $0.hasPrefix("tooLarge") || $0.hasPrefix("syntax") } ?? false
    #expect(isRefused, "\(Self.deep[index].name): \(found.first ?? "")")
  }

  @Test func `Many rows are read, and a statement or script beyond the bounds is not`() async {
    let rows = "INSERT INTO t VALUES (1)" + String(repeating: ",(1)", count: 10_000)
    #expect(await read(rows) == ["InsertStmt 1:1"])
    let long = "SELECT '" + String(repeating: "x", count: SQLParser.longestStatement) + "';\nDROP TABLE t;"
    #expect(await read(long) == ["tooLarge 1:1", "DropStmt 2:1"])
    let huge = String(repeating: "SELECT 1;\n", count: SQLParser.largestScript / 10 + 1)
    #expect(await read(huge) == ["tooLarge 1:1"])
    #expect(await read("SELECT 1;\u{0} DROP TABLE t") == ["syntax 1:1"])
  }

  @Test func `Scripts can be parsed at the same time`() async {
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<16 {
        group.addTask {
          let statements = await SQLParser.statements(of: String(repeating: "SELECT 1;\n", count: number))
          return statements.count == number
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }

  @Test func `More scripts than a process has keys for threads leave some for others`() async {
    for _ in 0..<1_100 { #expect(await SQLParser.statements(of: "SELECT 1").count == 1) }
    var key = pthread_key_t()
    let status = pthread_key_create(&key, nil)
    #expect(status == 0)
    if status == 0 { pthread_key_delete(key) }
  }

  @Test func `Nodes are found by kind at any depth`() async throws {
    let script = "WITH d AS (DELETE FROM t RETURNING *) INSERT INTO u SELECT f(a) FROM d"
    let node = try #require(try await SQLParser.statements(of: script).first?.tree.get())
    var kinds: Set<String> = []
    node.walk { inner in
      kinds.insert(inner.kind)
      return true
    }
    #expect(kinds.isSuperset(of: ["InsertStmt", "DeleteStmt", "SelectStmt", "FuncCall", "ColumnRef"]))
  }
}
