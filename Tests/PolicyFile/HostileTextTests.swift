import Core
import PolicyFile
import Testing

/// SplitMix64: the same mutations in every run.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

@Suite struct HostileTextTests {
  /// Every problem's place must be inside the text.
  private func judge(_ bytes: [UInt8]) -> Bool {
    guard case .failure(let problems) = PolicyFile.load(path: "a.yml", files: { _ in bytes }) else { return true }
    let lines = String(decoding: bytes, as: UTF8.self).unicodeScalars.split(omittingEmptySubsequences: false) {
      $0 == "\n"
    }
    _ = problems.rendered()
    return !problems.problems.isEmpty
      && problems.problems.allSatisfy { problem in
        (1...max(1, lines.count)).contains(problem.place.line) && problem.place.column >= 1
          && problem.place.column <= (lines.isEmpty ? 1 : lines[problem.place.line - 1].count + 1)
      }
  }

  @Test(arguments: 0..<8) func `no change of the example crashes, and every place is inside the file`(seed: Int) throws
  {
    let original = Array(try Samples.text(Samples.neonpro).utf8)
    var random = Seeded(state: UInt64(seed) &* 7919 &+ 1)
    let pieces = [
      "{", "}", "[", "]", ":", "\"", "'", "&a ", "*a ", "!!x ", "|", ">", "- ", "\n", "\t", "%", "---\n", "#", "\u{0}",
      "é", "é", "999999999999999999999", "? ", ", ",
    ]
    for _ in 0..<12 {
      var bytes = original
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        let length = min(Int.random(in: 0...30, using: &random), bytes.count - place)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes.removeSubrange(place..<(place + length))
        case 1:
          bytes.insert(contentsOf: Array(pieces[Int.random(in: 0..<pieces.count, using: &random)].utf8), at: place)
        case 2: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        default:
          bytes.insert(contentsOf: bytes[place..<(place + length)], at: Int.random(in: 0..<bytes.count, using: &random))
        }
      }
      #expect(judge(bytes), "\(String(decoding: bytes, as: UTF8.self))")
    }
  }

  @Test func `every beginning of the example is judged`() throws {
    let original = Array(try Samples.text(Samples.neonpro).utf8)
    for length in stride(from: 0, to: original.count, by: 211) { #expect(judge(Array(original[..<length]))) }
  }

  @Test func `a bomb of aliases is refused before it is read`() {
    var text = "a0: &a0 [x, x]\n"
    for level in 1..<40 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    #expect(Samples.problems(Samples.policy(text)).map(\.code) == ["policy.alias"])
    #expect(Samples.problems(Samples.policy(text + "? *a39\n: x\n")).map(\.code) == ["policy.alias"])
  }

  @Test(arguments: ["[", "{a: ", "- ", "? "]) func `deep nesting is refused`(piece: String) {
    for depth in [40, 900, 20_000] {
      #expect(judge(Array(Samples.policy("checklist: " + String(repeating: piece, count: depth)).utf8)))
    }
    let closed = Samples.policy(
      "checklist: " + String(repeating: "[", count: 40) + String(repeating: "]", count: 40) + "\n")
    #expect(Samples.problems(closed).map(\.code).contains("policy.too-deep"))
  }

  @Test func `the caret of a very long line is still shown, and control characters do not reach the terminal`() {
    let text = Samples.policy("evidence: { \(String(repeating: " ", count: 5000))bogus: \"\u{202E}\u{200B}\" }\n")
    let shown = Samples.describe(PolicyFile.load(text: text))
    #expect(shown.contains("^^^^^"))
    #expect(!shown.unicodeScalars.contains("\u{202E}"))
    #expect(shown.split(separator: "\n").allSatisfy { $0.count < 400 })
  }

  @Test func `a byte order mark and Windows line ends are read`() throws {
    let text = "\u{FEFF}" + "apiVersion: gatehouse/v1\r\nname: clinic\r\nevidence:\r\n  max-age: 2h\r\n"
    #expect(try Samples.loaded(text).policy.evidence.maxAge == .seconds(7200))
  }

  @Test func `every repeated key is told`() {
    let problems = Samples.problems(
      Samples.policy("name: b\nevidence: { max-age: 1h, \"max-age\": 2h }\nrelease: {}\nrelease: {}\n"))
    #expect(problems.map(\.code) == ["policy.duplicate-key", "policy.duplicate-key", "policy.duplicate-key"])
    #expect(problems.map(\.place.line) == [3, 4, 6])
  }
}
