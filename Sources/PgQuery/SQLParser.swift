internal import Core
internal import CPgQuery
internal import JSONText
internal import Glibc

/// PostgreSQL's own grammar: text → statements.
///
/// The library keeps its memory for each thread, so that all of it is called on one (``DeepStack``). While it parses it
/// points the process's standard error at a pipe (`pg_query_raw_parse`): what another thread says to standard error in these
/// milliseconds is lost, and a process started in them inherits the pipe.
/// It does not look at the depth of its own stack: `1+1+…` overflows one of 8 MiB at 100,000 terms. We measured at most
/// 128 bytes of stack for a byte of text, and give four times of that.
package enum SQLParser {
  /// The major version of PostgreSQL whose grammar this is.
  package static let serverMajor = PG_VERSION_NUM / 10_000

  /// Bytes of a script, of a statement, and of a tree as JSON, and levels of its objects and lists.
  package static let largestScript = 4 << 20
  package static let longestStatement = 512 << 10
  static let largestTree = 48 << 20
  static let deepestTree = 1_000
  package static let mostStatements = 20_000

  private static let thread = DeepStack(bytes: longestStatement * 512)

  /// All statements of a script, in order; a script that cannot even be split is one statement without a tree.
  ///
  /// A script of which a part is wrong is split by the scanner, so that the other statements have their trees.
  package static func statements(of script: String) async -> [SQLStatement] {
    let bytes = Array(script.utf8)
    guard bytes.count <= largestScript else {
      return [whole(SQLParseError(.tooLarge, "it is longer than \(largestScript >> 20) MiB"))]
    }
    guard !bytes.contains(0) else { return [whole(SQLParseError(.syntax, "it holds a zero byte"))] }
    return await thread.run { parsed(bytes) }
      ?? [whole(SQLParseError(.unusable, "no thread could be started"))]
  }

  private static func whole(_ error: SQLParseError) -> SQLStatement {
    SQLStatement(line: error.line, column: error.column, tree: .failure(error))
  }

  private static func parsed(_ bytes: [UInt8]) -> [SQLStatement] {
    let positions = ScriptPositions(bytes)
    if bytes.count <= longestStatement, case .success(let statements) = parse(0..<bytes.count, of: positions) {
      return statements
    }
    let parts: [Range<Int>]
    switch split(bytes) {
    case .success(let found): parts = covering(found, positions)
    case .failure(let error): return [whole(error)]
    }
    guard parts.count <= mostStatements else {
      return [whole(SQLParseError(.tooLarge, "it has more than \(mostStatements) statements"))]
    }
    return parts.flatMap { part -> [SQLStatement] in
      let place = positions.position(of: positions.firstWord(from: part.lowerBound))
      guard part.count <= longestStatement else {
        let error = SQLParseError(
          .tooLarge, "a statement is longer than \(longestStatement >> 10) KiB", line: place.line, column: place.column)
        return [whole(error)]
      }
      switch parse(part, of: positions) {
      case .success(let statements): return statements
      case .failure(let error):
        return [SQLStatement(line: place.line, column: place.column, tree: .failure(error))]
      }
    }
  }

  private static func parse(
    _ part: Range<Int>, of positions: ScriptPositions
  ) -> Result<[SQLStatement], SQLParseError> {
    let start = positions.position(of: part.lowerBound)
    func failure(_ kind: SQLParseError.Kind, _ message: String) -> Result<[SQLStatement], SQLParseError> {
      .failure(SQLParseError(kind, message, line: start.line, column: start.column))
    }
    let result = withCText(positions.bytes[part]) { pg_query_parse($0) }
    defer { pg_query_free_parse_result(result) }
    if let error = result.error {
      return .failure(read(error.pointee, from: part.lowerBound, positions))
    }
    guard let text = result.parse_tree else { return failure(.unusable, "the parser gave neither a tree nor an error") }
    let tree = UnsafeRawBufferPointer(start: text, count: strlen(text))
    guard tree.count <= largestTree else { return failure(.tooLarge, "its tree is larger than we read") }
    let document: JSON
    do throws(JSONSyntaxError) {
      document = try JSON(parsing: Array(tree), maximumDepth: deepestTree)
    } catch {
      return failure(.tooLarge, "its tree is deeper than we read")
    }
    guard let found = document["stmts"]?.array, found.count <= mostStatements else {
      return failure(
        .tooLarge, "its tree is not of the form that we read, or of more than \(mostStatements) statements")
    }
    var statements: [SQLStatement] = []
    for one in found {
      guard let node = SQLNode(one["stmt"]) else {
        return failure(.unusable, "its tree is not of the form that we read")
      }
      let offset = part.lowerBound + Int(clamping: one["stmt_location"]?.integer ?? 0)
      let place = positions.position(of: positions.firstWord(from: offset))
      statements.append(SQLStatement(line: place.line, column: place.column, tree: .success(node)))
    }
    return .success(statements)
  }

  private static func split(_ bytes: [UInt8]) -> Result<[Range<Int>], SQLParseError> {
    let result = withCText(bytes[...]) { pg_query_split_with_scanner($0) }
    defer { pg_query_free_split_result(result) }
    if let error = result.error { return .failure(read(error.pointee, from: 0, ScriptPositions(bytes))) }
    var parts: [Range<Int>] = []
    for index in 0..<Int(max(0, result.n_stmts)) {
      guard let part = result.stmts?[index]?.pointee else { continue }
      let begin = min(max(0, Int(part.stmt_location)), bytes.count)
      parts.append(begin..<min(begin + max(0, Int(part.stmt_len)), bytes.count))
    }
    return .success(parts)
  }

  /// The parts with what the scanner left between and after them, so that nothing of the script goes unread: it drops what
  /// an open parenthesis is in.
  private static func covering(_ parts: [Range<Int>], _ positions: ScriptPositions) -> [Range<Int>] {
    var all: [Range<Int>] = []
    var end = 0
    for part in parts + [positions.bytes.count..<positions.bytes.count] {
      if part.lowerBound > end, positions.firstWord(from: end) < part.lowerBound { all.append(end..<part.lowerBound) }
      if !part.isEmpty { all.append(part) }
      end = max(end, part.upperBound)
    }
    return all
  }

  private static func withCText<Value>(_ bytes: ArraySlice<UInt8>, _ body: (UnsafePointer<CChar>) -> Value) -> Value {
    let text = Array(bytes) + [0]
    return text.withUnsafeBytes { buffer in
      buffer.withMemoryRebound(to: CChar.self) { characters in
        // A buffer of at least one element has an address.
        guard let address = characters.baseAddress else { return withUnsafePointer(to: 0) { body($0) } }
        return body(address)
      }
    }
  }

  /// The cursor counts characters from 1; 0 says that there is no place.
  private static func read(_ error: PgQueryError, from begin: Int, _ positions: ScriptPositions) -> SQLParseError {
    let words = error.message.map { String(cString: $0) } ?? "it cannot be parsed"
    let message = words.range(of: " at or near ").map { String(words[..<$0]) } ?? words
    let place = positions.position(
      of: positions.offset(after: max(0, Int(error.cursorpos) - 1), from: begin))
    let isMemory = message.hasPrefix("memory exhausted") || message.hasPrefix("out of memory")
    return SQLParseError(
      isMemory ? .tooLarge : .syntax, String(message.prefix(120)), line: place.line, column: place.column)
  }
}

extension String {
  fileprivate func range(of text: String) -> Index? {
    let (own, wanted) = (Array(utf8), Array(text.utf8))
    guard own.count >= wanted.count else { return nil }
    for start in 0...(own.count - wanted.count) where own[start..<start + wanted.count].elementsEqual(wanted) {
      return utf8.index(utf8.startIndex, offsetBy: start)
    }
    return nil
  }
}
