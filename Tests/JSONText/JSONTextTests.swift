import Core
import JSONText
import Testing

@Suite struct JSONTextTests {
  @Test func `a document is read with the order of its keys`() throws {
    let value = try JSON(parsing: #"{"b": [1, -2.5, 1e2, true, false, null], "a": {"x": "é\u00e9\n\ud83d\ude00"}}"#)
    #expect(
      value
        == .object([
          .init("b", .array([.integer(1), .number(-2.5), .number(100), .bool(true), .bool(false), .null])),
          .init("a", .object([.init("x", .string("éé\n😀"))])),
        ]))
  }

  @Test(arguments: [
    ("9223372036854775807", JSON.integer(.max)), ("-9223372036854775808", .integer(.min)),
    ("9223372036854775808", .number(9_223_372_036_854_775_808)), ("0", .integer(0)), ("1.0", .number(1)),
  ])
  func `whole numbers within 64 bits are exact`(text: String, expected: JSON) throws {
    #expect(try JSON(parsing: text) == expected)
  }

  @Test(arguments: [
    ("", 1, "premature"), ("   ", 1, "premature"), ("{", 1, "premature"), ("[1,]", 1, "unallowed"),
    ("{\"a\":1,}", 1, "object key"), ("01", 1, "trailing"), ("{} x", 1, "trailing"), ("{} {}", 1, "trailing"),
    ("{\n \"a\": 1,\n \"a\": 2}", 3, "twice"), ("[1e999]", 1, "too large"), ("nul", 1, "invalid string"),
    ("[\n\n\"\u{1}\"]", 3, "invalid character"), ("{\"a\" 1}", 1, "separated"), ("'a'", 1, "invalid char"),
  ])
  func `what is no JSON is refused with its line`(text: String, line: Int, words: String) {
    let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
    #expect(error?.line == line)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func `a key that stands twice is found in large objects too`() {
    let keys = (0..<40).map { "\"k\($0)\": 1" } + ["\"k3\": 2"]
    let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: "{" + keys.joined(separator: ",") + "}") }
    #expect(error?.message == "a key stands twice in one object")
  }

  @Test(
    arguments: [[0x22, 0xFF, 0x22], [0x22, 0xC0, 0xAF, 0x22], [0x22, 0xC3], [0xEF, 0xBB, 0x31], [0x00]] as [[UInt8]])
  func `bytes that are no text are refused`(bytes: [UInt8]) {
    #expect(throws: JSONSyntaxError.self) { try JSON(parsing: bytes) }
  }

  @Test func `a byte order mark is skipped`() throws {
    #expect(try JSON(parsing: [0xEF, 0xBB, 0xBF, 0x5B, 0x5D]) == .array([]))
  }

  @Test func `depth is bounded`() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSON(parsing: nested(128)) }
    let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: nested(100_000)) }
    #expect(error == JSONSyntaxError(line: 1, column: 130, message: "nested deeper than 128 levels"))
  }

  @Test func `what was written is read again`() throws {
    let value: JSON = ["a": ["\u{0}\u{7f}\"\\/", nil, 1.5, -3, true], "ключ": [:], "": []]
    for layout in [JSON.Layout.compact, .indented] {
      #expect(try JSON(parsing: value.text(layout)) == value)
    }
  }
}

@Suite struct JSONPathTests {
  let document: JSON = ["a": ["b": [1, 2, 3]], "c d": "x", "list": [["s": "up"], ["s": "down"], ["t": 1]]]

  @Test(arguments: [
    ("$.a.b[0]", "[1]"), ("$.a.b[-1]", "[3]"), ("$['c d']", "[\"x\"]"), ("$[\"c d\"]", "[\"x\"]"),
    ("$.list[*].s", "[\"up\",\"down\"]"), ("$.a.*", "[[1,2,3]]"), ("$.a.b[9]", "[]"), ("$.nothing", "[]"),
    ("$.a.b.c", "[]"),
  ])
  func `a path leads to its values`(path: String, expected: String) throws {
    #expect(try JSON.array(document.values(at: path)).text() == expected)
  }

  @Test func `the dollar alone is the document`() throws {
    #expect(try document.values(at: "$") == [document])
  }

  @Test(arguments: ["", "a", "$a", "$.", "$[", "$[1", "$['a", "$..a", "$[a]", "$.a b", "$[1:2]"])
  func `what is no path is refused`(path: String) {
    #expect(throws: JSONPath.Fault.self) { try JSONPath(path) }
  }
}
