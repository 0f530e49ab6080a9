import Core

/// A file of SQL taken apart into statements, as `psql` does it, so that each can be sent and named by its line.
///
/// Knows strings (plain, `E''`, dollar-quoted), quoted names, nested comments, parentheses, and the bodies of
/// `BEGIN ATOMIC` functions. It knows nothing else of the grammar: that is the server's.
struct SQLScript: Sendable {
  struct Statement: Hashable, Sendable {
    var text: String
    /// From 1: where its first word stands.
    var line: Int
    /// The first words in upper case, at most four.
    var opening: [String]
  }

  private(set) var statements: [Statement]
  /// Asked for by `-- gatehouse: no-transaction` before the first statement.
  let runsInTransaction: Bool

  /// - Throws: `migration.meta-command` for a command of psql, `migration.unfinished` for an open quote or comment,
  ///   `migration.copy` for data in the file, `migration.transaction` for statements that would end our transaction.
  init(_ text: String, path: String) throws(Problem) {
    var reader = Reader(bytes: Array(text.utf8), path: path)
    try reader.read()
    statements = reader.statements
    runsInTransaction = !reader.asksForNoTransaction
    try checkForCopy(path)
    if runsInTransaction { try dropOwnTransaction(path) }
  }

  var isEmpty: Bool { statements.isEmpty }

  /// The same, of a file that need not be right otherwise.
  static func asksForNoTransaction(_ text: String) -> Bool {
    for line in text.split(whereSeparator: \.isNewline) {
      let words = line.drop { $0 == " " || $0 == "\t" }
      if words.isEmpty { continue }
      guard words.hasPrefix("--") else { return false }
      if isDirective(words) { return true }
    }
    return false
  }

  private static func isDirective(_ line: some StringProtocol) -> Bool {
    line.drop { $0 == "-" }.split { $0 == " " || $0 == "\t" || $0 == "\r" } == ["gatehouse:", "no-transaction"]
  }

  private func checkForCopy(_ path: String) throws(Problem) {
    for statement in statements where statement.opening.first == "COPY" {
      let words = statement.text.uppercased().split { !$0.isLetter }
      guard words.contains("STDIN") || words.contains("STDOUT") else { continue }
      throw Problem(
        "migration.copy", "COPY from or to the client has no place in a migration", place: "\(path):\(statement.line)",
        remedy: "write the rows as INSERT, or load them in a command of their own")
    }
  }

  /// A file wrapped in `BEGIN; … COMMIT;` runs in our transaction instead, which also records it.
  private mutating func dropOwnTransaction(_ path: String) throws(Problem) {
    let begins = [["BEGIN"], ["BEGIN", "TRANSACTION"], ["BEGIN", "WORK"], ["START", "TRANSACTION"]]
    let ends = [["COMMIT"], ["END"], ["COMMIT", "TRANSACTION"], ["COMMIT", "WORK"], ["END", "TRANSACTION"]]
    if let first = statements.first, let last = statements.last, statements.count >= 2,
      begins.contains(first.opening), ends.contains(last.opening)
    {
      statements.removeFirst()
      statements.removeLast()
    }
    let controls: Set<String> = ["BEGIN", "COMMIT", "END", "ROLLBACK", "ABORT"]
    for statement in statements {
      let isControl = statement.opening.first.map { controls.contains($0) } ?? false
      let isSavepoint = statement.opening.starts(with: ["ROLLBACK", "TO"])
      let others = [["START", "TRANSACTION"], ["PREPARE", "TRANSACTION"]]
      guard (isControl && !isSavepoint) || others.contains(where: { statement.opening.starts(with: $0) }) else {
        continue
      }
      throw Problem(
        "migration.transaction", "a migration may not begin or end transactions in its midst",
        place: "\(path):\(statement.line)",
        remedy: "leave that to us, or write `-- gatehouse: no-transaction` on the first line and take care of halves")
    }
  }
}

extension SQLScript {
  fileprivate struct Reader {
    let bytes: [UInt8]
    let path: String
    var statements: [Statement] = []
    var asksForNoTransaction = false

    private var place = 0
    private var line = 1
    private var start: (place: Int, line: Int)?
    private var words: [String] = []
    private var parentheses = 0
    /// Depth of `BEGIN ATOMIC … END` with the `CASE … END` in it.
    private var bodies = 0
    private var lastWord = ""

    init(bytes: [UInt8], path: String) {
      self.bytes = bytes
      self.path = path
    }

    private func byte(_ offset: Int = 0) -> UInt8? { place + offset < bytes.count ? bytes[place + offset] : nil }

    private mutating func step() {
      if bytes[place] == 0x0a { line += 1 }
      place += 1
    }

    mutating func read() throws(Problem) {
      while let byte = byte() {
        switch byte {
        case 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20: step()
        case UInt8(ascii: "-") where self.byte(1) == byte: lineComment()
        case UInt8(ascii: "/") where self.byte(1) == UInt8(ascii: "*"): try blockComment()
        case UInt8(ascii: ";"):
          if parentheses > 0 || bodies > 0 { step() } else { finish(atSemicolon: true) }
        case UInt8(ascii: "\\"):
          throw Problem(
            "migration.meta-command", "a command of psql has no place in a migration", place: "\(path):\(line)",
            remedy: "write it as SQL; files are not run by psql")
        default:
          if start == nil { start = (place, line) }
          try token(byte)
        }
      }
      finish(atSemicolon: false)
    }

    private mutating func token(_ byte: UInt8) throws(Problem) {
      switch byte {
      case UInt8(ascii: "'"): try quoted(byte, escapes: false)
      case UInt8(ascii: "\""): try quoted(byte, escapes: false)
      case UInt8(ascii: "$"): try dollar()
      case UInt8(ascii: "("):
        parentheses += 1
        step()
      case UInt8(ascii: ")"):
        parentheses = max(0, parentheses - 1)
        step()
      case _ where Reader.beginsWord(byte): try word()
      default: step()
      }
    }

    private mutating func word() throws(Problem) {
      let begin = place
      while let byte = byte(), Reader.beginsWord(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "$") {
        step()
      }
      let word = String(decoding: bytes[begin..<place], as: UTF8.self).uppercased()
      if byte() == UInt8(ascii: "'"), word == "E" { return try quoted(UInt8(ascii: "'"), escapes: true) }
      if words.count < 4 { words.append(word) }
      // psql's rule: only in a CREATE of a function or procedure does BEGIN open a body.
      let makesRoutine = words.first == "CREATE" && words.contains { $0 == "FUNCTION" || $0 == "PROCEDURE" }
      if parentheses == 0, makesRoutine {
        switch word {
        case "ATOMIC" where lastWord == "BEGIN": bodies += 1
        case "CASE" where bodies > 0: bodies += 1
        case "END" where bodies > 0: bodies -= 1
        default: break
        }
      }
      lastWord = word
    }

    private mutating func quoted(_ quote: UInt8, escapes: Bool) throws(Problem) {
      let begin = line
      step()
      while let byte = byte() {
        if escapes, byte == UInt8(ascii: "\\"), self.byte(1) != nil {
          step()
          step()
          continue
        }
        step()
        guard byte == quote else { continue }
        if self.byte() != quote { return }
        step()
      }
      throw unfinished("quote", begin)
    }

    /// `$$ … $$` and `$tag$ … $tag$`; a `$1` is a token like others.
    private mutating func dollar() throws(Problem) {
      let begin = line
      var end = place + 1
      while end < bytes.count, Reader.beginsWord(bytes[end]) || (end > place + 1 && (0x30...0x39).contains(bytes[end]))
      {
        end += 1
      }
      guard end < bytes.count, bytes[end] == UInt8(ascii: "$") else { return step() }
      let tag = Array(bytes[place...end])
      for _ in tag { step() }
      while place < bytes.count {
        if bytes[place] == UInt8(ascii: "$"), place + tag.count <= bytes.count,
          bytes[place..<place + tag.count].elementsEqual(tag)
        {
          for _ in tag { step() }
          return
        }
        step()
      }
      throw unfinished("dollar quote", begin)
    }

    private mutating func lineComment() {
      let begin = place
      while let byte = byte(), byte != 0x0a { step() }
      guard statements.isEmpty, start == nil else { return }
      if SQLScript.isDirective(String(decoding: bytes[begin..<place], as: UTF8.self)) { asksForNoTransaction = true }
    }

    private mutating func blockComment() throws(Problem) {
      let begin = line
      var depth = 0
      repeat {
        guard let byte = byte() else { throw unfinished("comment", begin) }
        if byte == UInt8(ascii: "/"), self.byte(1) == UInt8(ascii: "*") {
          depth += 1
          step()
        } else if byte == UInt8(ascii: "*"), self.byte(1) == UInt8(ascii: "/") {
          depth -= 1
          step()
        }
        step()
      } while depth > 0
    }

    private mutating func finish(atSemicolon: Bool) {
      if let start {
        statements.append(
          Statement(
            text: String(decoding: bytes[start.place..<place], as: UTF8.self), line: start.line, opening: words))
      }
      if atSemicolon { step() }
      start = nil
      words = []
      lastWord = ""
      parentheses = 0
      bodies = 0
    }

    private func unfinished(_ what: String, _ line: Int) -> Problem {
      Problem(
        "migration.unfinished", "a \(what) is not closed", place: "\(path):\(line)",
        remedy: "see whether the file is whole")
    }

    private static func beginsWord(_ byte: UInt8) -> Bool {
      (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f || byte >= 0x80
    }
  }
}
