import Health
import Testing

/// Each vantage point in two letters, release and control: `+` well, `-` unwell, `?` blind, `.` not asked.
@Suite struct RoundTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var looks: String
    var quorum: Int?
    /// `R` counts, `W` well, `B` bad on both sides, `?` blind.
    var verdict: String
    var testDescription: String { "\(looks) of \(quorum.map(String.init) ?? "most")" }
  }

  @Test(arguments: [
    Case(looks: "-+", verdict: "R"), Case(looks: "-.", verdict: "R"), Case(looks: "-?", verdict: "R"),
    Case(looks: "--", verdict: "B"), Case(looks: "+-", verdict: "W"), Case(looks: "?+", verdict: "?"),
    Case(looks: "?-", verdict: "?"),
    Case(looks: "-+ ++ ++", verdict: "W"), Case(looks: "-+ -+ ++", verdict: "R"), Case(looks: "-. -. +.", verdict: "R"),
    Case(looks: "-+ -- --", verdict: "B"), Case(looks: "-+ -- ++", verdict: "W"), Case(looks: "-+ -+ --", verdict: "R"),
    Case(looks: "-+ ?+ ?+", verdict: "R"), Case(looks: "-. ++", verdict: "W"), Case(looks: "-. -.", verdict: "R"),
    Case(looks: "?? ??", verdict: "?"),
    Case(looks: "-+ ++ ++", quorum: 1, verdict: "R"), Case(looks: "-+ -+ ++", quorum: 3, verdict: "W"),
    Case(looks: "-+ ?+", quorum: 2, verdict: "R"), Case(looks: "-. ?.", quorum: 2, verdict: "?"),
    Case(looks: "-+", quorum: 2, verdict: "R"), Case(looks: "-.", quorum: 2, verdict: "?"),
    Case(looks: "-+ -- ??", quorum: 2, verdict: "B"),
  ])
  func `a round is what enough of its vantage points saw`(_ given: Case) {
    let looks = given.looks.split(separator: " ").map { pair in
      Look(RoundTests.seen(pair.first) ?? .blind, control: RoundTests.seen(pair.last), reason: "HTTP 500")
    }
    var rules = DecidingRules()
    (rules.quorum, rules.rollbackAfter, rules.blindAfter) = (given.quorum, 1, 1)
    var decider = WatchDecider(rules)
    let decided =
      switch decider.observe(Round(probe: "a", at: 0, looks[0], Array(looks.dropFirst()))) {
      case .takeBack: "R"
      case .continue: "W"
      case .tellPerson(let telling): telling.rule == .blind ? "?" : "B"
      }
    #expect(decided == given.verdict)
  }

  private static func seen(_ letter: Character?) -> Wellness? {
    switch letter {
    case "+": .well
    case "-": .unwell
    case "?": .blind
    default: nil
    }
  }
}
