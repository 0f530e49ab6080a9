import Core
import Testing
import Yajl

@testable import Evidence

@Suite struct JSONProjectorTests {
  private struct Outcome {
    var parts: [String] = []
    var root: JSON?
    var fault: String?
  }

  private func project(_ text: String, _ shape: JSONShape, mostKept: Int = 1000) throws -> Outcome {
    var projector = JSONProjector(shape, mostKept: mostKept)
    var outcome = Outcome()
    let tokenizer = try JSONTokenizer()
    let bytes = Array(text.utf8)
    do {
      try bytes.withUnsafeBytes { bytes in
        try tokenizer.feed(bytes) { token in
          projector.take(token) { name, value in
            outcome.parts.append("\(name) \(value.text())")
            return true
          }
        }
      }
      try tokenizer.finish { _ in .goOn }
    } catch is JSONTokenizerError {
      outcome.fault = projector.fault ?? "syntax"
    }
    outcome.root = projector.root
    return outcome
  }

  @Test func `the members of a map come one by one, each with its name`() throws {
    let outcome = try project(
      #"{"files":{"a":{"n":1,"x":2},"b":3,"c":[1],"d":{}},"rest":1}"#,
      .object(["files": .map(.emit("file", .object(["n": .all])))]))
    #expect(
      outcome.parts == [#"file {"a":{"n":1}}"#, #"file {"b":3}"#, #"file {"c":[]}"#, #"file {"d":{}}"#])
    #expect(outcome.root?["files"]?.members?.isEmpty == true)
  }

  @Test func `a map within a map keeps its members for the one around it`() throws {
    let outcome = try project(
      #"{"unit":{"s":{"0":{"start":{"line":4,"column":2}}},"t":1}}"#,
      .map(.emit("file", .object(["s": .map(.object(["start": .object(["line": .all])]))]))))
    #expect(outcome.parts == [#"file {"unit":{"s":{"0":{"start":{"line":4}}}}}"#])
  }

  @Test func `a list where a map should be is kept as an empty one`() throws {
    let outcome = try project(#"{"a":[1,2]}"#, .object(["a": .map(.emit("x", .all))]))
    #expect(outcome.parts == [])
    #expect(outcome.root?["a"]?.array?.isEmpty == true)
  }

  @Test func `a map is bounded and holds no name twice`() throws {
    let shape = JSONShape.map(.emit("x", .skip))
    #expect(try project(#"{"a":1,"b":2,"a":3}"#, shape).fault == "a name stands twice in one object")
    #expect(try project(#"{"a":1,"b":2,"c":3}"#, shape, mostKept: 2).fault == "more is in it than can be held at once")
    let long = String(repeating: "n", count: 5000)
    #expect(try project(#"{"\#(long)":1}"#, shape).fault == "a name is longer than 4 KB")
  }

  @Test func `one thing and a list of them are told apart`() throws {
    let shape = JSONShape.either(
      object: .object(["n": .all]), array: .array(.emit("part", .object(["n": .all])), atMost: 2))
    let one = try project(#"{"n":1,"x":[{"n":2}]}"#, shape)
    #expect(one.root == ["n": 1])
    #expect(one.parts == [])
    let list = try project(#"[{"n":1,"x":0},{"n":{"a":1}},{"n":3}]"#, shape)
    #expect(list.root == [])
    #expect(list.parts == [#"part {"n":1}"#, #"part {"n":{"a":1}}"#])
    let pages = JSONShape.array(
      .either(object: .emit("one", .all), array: .array(.emit("paged", .all), atMost: 9)), atMost: 9)
    let both = try project(#"[{"n":1},[{"n":2},3],4,null]"#, pages)
    #expect(both.parts == [#"one {"n":1}"#, #"paged {"n":2}"#, "paged 3"])
    #expect(both.root == [[], 4, nil])
  }
}
