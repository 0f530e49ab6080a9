import Core
import Testing

@testable import Checklist

/// The same numbers in every run of the tests.
struct SeededNumbers: RandomNumberGenerator {
  var state: UInt64
  /// SplitMix64: https://prng.di.unimi.it/splitmix64.c
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

extension Comparison {
  /// One of any kind.
  static func any(_ numbers: inout SeededNumbers) -> Comparison {
    let relation = Limit.Relation.allCases.randomElement(using: &numbers) ?? .atMost
    let otherwise: Consequence = Bool.random(using: &numbers) ? .fail : .inconclusive
    switch Int.random(in: 0..<4, using: &numbers) {
    case 0:
      let limit = Double.random(in: -2...40, using: &numbers)
      return .count(
        "n", Int.random(in: 0...40, using: &numbers), Limit(relation, limit.rounded(), text: ""), of: "thing",
        otherwise: otherwise)
    case 1:
      let whole = Int.random(in: 0...2000, using: &numbers)
      return .share(
        "s", Int.random(in: 0...whole, using: &numbers), of: whole,
        Limit(relation, Double(Int.random(in: 0...110, using: &numbers)), .percent, text: ""), noun: "line",
        otherwise: otherwise)
    case 2:
      return .amount(
        "a", Double(Int.random(in: 0...900_000, using: &numbers)) / 1000,
        Limit(relation, Double(Int.random(in: 0...900_000, using: &numbers)) / 1000, .duration, text: ""), noun: "p95",
        otherwise: otherwise)
    default:
      return .name("b", ["main", "side"].randomElement(using: &numbers) ?? "", asked: "main", noun: "branch")
    }
  }
}

@Suite struct `The least change` {
  struct Case: Sendable, CustomTestStringConvertible {
    let comparison: Comparison
    let steps: Int?
    let words: String?
    init(_ comparison: Comparison, _ steps: Int?, _ words: String?) {
      self.comparison = comparison
      self.steps = steps
      self.words = words
    }
    var testDescription: String { FigureText.compared(comparison) }
  }

  static func percent(_ relation: Limit.Relation, _ value: Double) -> Limit {
    Limit(relation, value, .percent, text: "")
  }

  @Test(arguments: [
    Case(
      .share("l", 18_928, of: 21_340, percent(.atLeast, 90), noun: Noun("line covered", "lines covered")), 278,
      "278 more lines covered"),
    Case(.share("l", 19_206, of: 21_340, percent(.atLeast, 90), noun: "line"), -1, "1 fewer line"),
    Case(.share("l", 0, of: 0, percent(.atLeast, 90), noun: "line"), nil, nil),
    Case(.share("l", 1, of: 2, percent(.atLeast, 101), noun: "line"), nil, nil),
    Case(.share("l", 1, of: 3, percent(.equal, 50), noun: "line"), nil, nil),
    Case(.share("l", 1, of: 4, percent(.equal, 50), noun: "line"), 1, "1 more line"),
    Case(.none("c", 2, of: "critical finding"), -2, "2 fewer critical findings"),
    Case(.none("c", 0, of: "critical finding"), 1, "1 more critical finding"),
    Case(.atLeast(2, "a", 1, of: "approval"), 1, "1 more approval"),
    Case(.count("c", 5, Limit(.below, 5, text: ""), of: "thing"), -1, "1 fewer thing"),
    Case(.count("c", 0, Limit(.below, 0, text: ""), of: "thing"), nil, nil),
    Case(.count("c", 5, Limit(.equal, 5, text: ""), of: "thing"), 1, "1 more thing"),
    Case(.amount("p", 0.512, Limit(.atMost, 0.5, .duration, text: ""), noun: "p95"), -12, "p95 12 ms less"),
    Case(.amount("p", 0.512, Limit(.below, 0.5, .duration, text: ""), noun: "p95"), -13, "p95 13 ms less"),
    Case(.amount("p", .nan, Limit(.below, 0.5, .duration, text: ""), noun: "p95"), nil, nil),
    Case(.amount("r", 1.25, Limit(.atMost, 1, text: ""), noun: "ratio", step: 0.01), -25, "ratio 0.25 less"),
    Case(
      .duration("age", .seconds(30 * 3600 + 61), atMost: .seconds(26 * 3600), noun: "age"), -14_461_000,
      "age 4 h 2 min less"),
    Case(.name("b", "side", asked: "main", noun: "branch"), 0, "branch: main"),
    Case(.name("b", "main", asked: "main", noun: "branch"), nil, nil),
  ])
  func `is as many steps, in words`(_ sample: Case) {
    let change = LeastChange.turning(sample.comparison)
    #expect(change?.steps == sample.steps)
    #expect(change.map(FigureText.words) == sample.words)
  }

  @Test func `turns how a figure is judged, and one step less does not`() {
    var numbers = SeededNumbers(state: 7)
    var turned = 0
    for _ in 0..<3000 {
      let comparison = Comparison.any(&numbers)
      guard let change = LeastChange.turning(comparison) else { continue }
      turned += 1
      #expect(change.after.holds != comparison.holds, "\(comparison)")
      guard change.steps != 0 else { continue }
      #expect(change.after == comparison.moved(by: change.steps))
      #expect(comparison.moved(by: change.steps - change.steps.signum()).holds == comparison.holds, "\(comparison)")
    }
    #expect(turned > 2000)
  }

  /// A line of the record with these figures.
  static func line(_ comparisons: [Comparison]) throws -> RecordedLine {
    RecordedLine(
      json: .dictionary([
        ("id", "it"), ("status", .string(Comparison.verdict(of: comparisons).rawValue)),
        ("examined", ["files": 1]), ("comparisons", .array(comparisons.map(\.json))),
      ]))
  }

  @Test func `of a line makes it pass with all of it, and not with any of it left out`() throws {
    var numbers = SeededNumbers(state: 11)
    var passed = 0
    for _ in 0..<1000 {
      let comparisons = (0..<Int.random(in: 1...5, using: &numbers)).map { _ in Comparison.any(&numbers) }
      let line = try Self.line(comparisons)
      let changes = line.toPass
      guard !changes.isEmpty else { continue }
      passed += 1
      #expect(line.status != .pass)
      /// The figures with some of the changes made, each by all its steps or by one less.
      func changed(_ made: (Int) -> Comparison) -> [Comparison] {
        var next = 0
        return comparisons.map { comparison in
          guard !comparison.holds else { return comparison }
          defer { next += 1 }
          return made(next)
        }
      }
      #expect(try Replay.status(of: Self.line(changed { changes[$0].after })) == .pass)
      for left in changes.indices {
        let short = changes[left].before.moved(by: changes[left].steps - changes[left].steps.signum())
        #expect(try Replay.status(of: Self.line(changed { $0 == left ? short : changes[$0].after })) != .pass)
      }
    }
    #expect(passed > 300)
  }

  @Test func `of a line that passed keeps it from passing, each by itself`() throws {
    var numbers = SeededNumbers(state: 13)
    var turned = 0
    for _ in 0..<3000 {
      let comparisons = (0..<2).map { _ in Comparison.any(&numbers) }
      let line = try Self.line(comparisons)
      guard line.status == .pass else {
        #expect(line.toTurn.isEmpty)
        continue
      }
      for change in line.toTurn {
        turned += 1
        let others = comparisons.filter { $0 != change.before }
        #expect(try Replay.status(of: Self.line(others + [change.after])) != .pass)
        let short = change.before.moved(by: change.steps - change.steps.signum())
        #expect(try Replay.status(of: Self.line(others + [short])) == .pass)
      }
    }
    #expect(turned > 100)
  }
}
