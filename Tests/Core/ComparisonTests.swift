import Core
import Testing

@Suite struct ComparisonTests {
  static let atLeast90 = Limit(.atLeast, 90, .percent, text: ">= 90%")
  static let none = Limit(.atMost, 0, text: "<= 0")

  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let comparison: Comparison
    let judged: CheckStatus
    let margin: Double?

    init(_ what: String, _ comparison: Comparison, _ judged: CheckStatus, margin: Double?) {
      testDescription = what
      self.comparison = comparison
      self.judged = judged
      self.margin = margin
    }
  }

  static let cases: [Case] = [
    Case("a share at its limit", .share("lines", 9, of: 10, atLeast90, noun: "line"), .pass, margin: 0),
    Case("a share below it", .share("lines", 887, of: 1000, atLeast90, noun: "line"), .fail, margin: -1.3),
    Case("a share of nothing", .share("lines", 0, of: 0, atLeast90, noun: "line"), .inconclusive, margin: nil),
    Case("none of none", .none("high", 0, of: "finding"), .pass, margin: 0),
    Case("one of none", .none("high", 1, of: "finding"), .fail, margin: -1),
    Case(
      "too few to decide", .atLeast(200, "ran", 150, of: "test", otherwise: .inconclusive), .inconclusive, margin: -50),
    Case(
      "a measured time", .amount("p95", 0.412, Limit(.below, 0.5, .duration, text: "< 500ms"), noun: "p95"), .pass,
      margin: 0.088),
    Case("a figure that is not known", .amount("p95", .nan, none, noun: "p95"), .inconclusive, margin: nil),
    Case("an endless figure", .amount("p95", .infinity, none, noun: "p95"), .inconclusive, margin: nil),
    Case(
      "an age", .duration("age", .seconds(90), atMost: .seconds(60), noun: "age", otherwise: .inconclusive),
      .inconclusive, margin: -30),
    Case("the name asked for", .name("branch", "main", asked: "main", noun: "branch"), .pass, margin: nil),
    Case("another name", .name("branch", "side", asked: "main", noun: "branch"), .fail, margin: nil),
    Case(
      "exactly so many", .count("jobs", 3, Limit(.equal, 4, .count("jobs"), text: "== 4 jobs"), of: "job"), .fail,
      margin: -1),
  ]

  @Test(arguments: cases)
  func `is judged by its figure alone`(_ sample: Case) {
    #expect(sample.comparison.judged == sample.judged)
    #expect(sample.comparison.holds == (sample.judged == .pass))
    #expect(sample.comparison.margin == sample.margin)
  }

  @Test(arguments: cases)
  func `is the same after it was written down and read`(_ sample: Case) throws {
    let json = sample.comparison.json
    let read = try #require(Comparison(json: json))
    #expect(read.judged == sample.judged && read.json == json)
    #expect(json["holds"] == .bool(sample.comparison.holds))
  }

  @Test func `is bounded in what it calls its figure`() throws {
    let long = String(repeating: "x", count: 5000)
    let comparison = Comparison.none(long, 1, of: Noun(long))
    #expect(comparison.subject.count == Comparison.longest && comparison.noun.many.count == Comparison.longest)
    #expect(try #require(Comparison(json: comparison.json)) == comparison)
  }

  @Test func `what was not written by us is nothing`() {
    for json: JSON in [
      nil, [:], ["subject": "lines"],
      .object((Self.cases[0].comparison.json.members ?? []).filter { $0.key != "figure" }),
      .object(
        (Self.cases[0].comparison.json.members ?? []).map { $0.key == "limit" ? .init("limit", ["value": nil]) : $0 }),
    ] {
      #expect(Comparison(json: json) == nil)
    }
  }

  @Test func `a line fails by any figure, is open by any other, and else passes`() {
    let (good, bad) = (Comparison.none("a", 0, of: "a"), Comparison.none("b", 1, of: "b"))
    #expect(Comparison.verdict(of: []) == .pass)
    #expect(Comparison.verdict(of: [good]) == .pass)
    #expect(Comparison.verdict(of: [good, bad.leavingOpen]) == .inconclusive)
    #expect(Comparison.verdict(of: [bad.leavingOpen, bad, good]) == .fail)
  }
}

@Suite struct `A settled report` {
  static let bad = Comparison.none("b", 1, of: "b")
  static let passed = CheckReport.passed("it", title: "it", examined: [.init("n", 1)], reason: "good")
  static let failed = CheckReport.failed("it", title: "it", examined: [], reason: "bad", remedy: "mend it")
  static let open = CheckReport.inconclusive("it", title: "it", reason: "who knows", remedy: "look")

  static let reports: [CheckReport] = [
    passed, failed, open, passed.comparing([.none("a", 0, of: "a")]), failed.comparing([bad]),
    failed.comparing([.none("a", 0, of: "a")]), open.comparing([bad]), open.comparing([bad.leavingOpen]),
    failed.comparing([bad.leavingOpen]), open.comparing([.none("a", 0, of: "a")]),
  ]

  @Test(arguments: reports)
  func `keeps its verdict and has figures that bear it`(_ report: CheckReport) {
    let settled = report.settled
    #expect(settled.status == report.status)
    #expect(Comparison.verdict(of: settled.comparisons) == report.status)
    #expect(settled.settled == settled)
  }

  @Test func `never passes against its own figures`() {
    #expect(Self.passed.comparing([Self.bad]).settled.status == .inconclusive)
    #expect(Self.passed.comparing([Self.bad]).asWarning().settled.status == .inconclusive)
  }

  @Test func `that only warns says so and keeps the figures of a failure`() {
    let warning = Self.failed.comparing([Self.bad]).asWarning().settled
    #expect(warning.status == .warning && warning.json["severity"] == "warning")
    #expect(Comparison.verdict(of: warning.comparisons) == .fail)
  }

  @Test func `that people accepted has a figure, so that it can be judged again`() {
    let waived = CheckReport.waived("it", title: "it", examined: [.init("n", 1)], reason: "accepted").settled
    #expect(waived.status == .waived && waived.comparisons.count == 1)
  }

  @Test func `keeps what is not as asked when there is too much to keep`() {
    let many = Array(repeating: Comparison.none("a", 0, of: "a"), count: 500) + [Self.bad]
    let settled = Self.failed.comparing(many).settled
    #expect(settled.comparisons.count == CheckReport.keptComparisons)
    #expect(Comparison.verdict(of: settled.comparisons) == .fail)
  }
}
