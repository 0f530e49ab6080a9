import Core
import Health
import TestSupport
import Testing

@Suite struct WatchDeciderTests {
  private func decider(_ blindAfter: Int = 4) -> WatchDecider {
    WatchDecider(rollbackAfter: 3, blindAfter: blindAfter, critical: ["a", "b"])
  }

  /// `+` well, `-` unwell, `?` blind; upper case letters name what is decided after each sample.
  struct Case: Sendable, CustomTestStringConvertible {
    var samples: String
    var decisions: String
    var testDescription: String { samples }
  }

  @Test(arguments: [
    Case(samples: "---", decisions: "..R"), Case(samples: "--+--", decisions: "....."),
    Case(samples: "--+---", decisions: ".....R"), Case(samples: "-?-?-", decisions: "....R"),
    Case(samples: "????", decisions: "...P"), Case(samples: "????????", decisions: "...P...."),
    Case(samples: "????+????", decisions: "...P....P"), Case(samples: "????-????", decisions: "...P....P"),
    Case(samples: "--????-", decisions: ".....PR"), Case(samples: "???+???", decisions: "......."),
    Case(samples: "++++", decisions: "...."), Case(samples: "--", decisions: ".."),
  ])
  func `decisions follow consecutive samples`(_ given: Case) {
    var decider = decider()
    var decisions = ""
    for letter in given.samples {
      let verdict: Wellness = letter == "+" ? .well : letter == "-" ? .unwell : .blind
      switch decider.observe(sampled("a", verdict)) {
      case .continue: decisions += "."
      case .takeBack: decisions += "R"
      case .tellPerson: decisions += "P"
      }
    }
    #expect(decisions == given.decisions)
  }

  @Test func `the decision names the probe and what was found, oldest first`() {
    var decider = decider()
    for reason in ["old"] { _ = decider.observe(sampled("a", .unwell, reason)) }
    _ = decider.observe(sampled("a", .well))
    _ = decider.observe(sampled("a", .unwell, "one"))
    _ = decider.observe(sampled("b", .unwell, "other"))
    _ = decider.observe(sampled("a", .unwell, "two"))
    #expect(decider.observe(sampled("a", .unwell, "three")) == .takeBack(probe: "a", reasons: ["one", "two", "three"]))
  }

  @Test func `three probes that are unwell once each decide nothing`() {
    var decider = WatchDecider(rollbackAfter: 3, blindAfter: 4, critical: ["a", "b", "c"])
    for probe in ["a", "b", "c", "a", "b", "c"] { #expect(decider.observe(sampled(probe, .unwell)) == .continue) }
  }

  @Test func `warnings and strangers are only noted`() {
    var decider = WatchDecider(rules("a", "w"))
    for _ in 0..<20 {
      #expect(decider.observe(sampled("w", .unwell)) == .continue)
      #expect(decider.observe(sampled("w", .blind)) == .continue)
      #expect(decider.observe(sampled("stranger", .unwell)) == .continue)
    }
    #expect(decider.critical == ["a"])
  }

  @Test(arguments: [(Duration.seconds(30), 10), (.seconds(100), 3), (.seconds(600), 3), (.milliseconds(10), 10)])
  func `a person hears of blindness after about five minutes`(every: Duration, samples: Int) {
    #expect(WatchDecider(rules("a", every: every)).blindAfter == samples)
  }

  @Test func `a watch that saw nothing well never ends well`() {
    var decider = decider()
    #expect(decider.doubts == ["a was never looked at", "b was never looked at"])
    _ = decider.observe(sampled("a", .well))
    _ = decider.observe(sampled("b", .blind))
    #expect(decider.doubts == ["b was never seen well"])
    _ = decider.observe(sampled("b", .well))
    #expect(decider.doubts == [])
    _ = decider.observe(sampled("b", .unwell, "HTTP 500"))
    #expect(decider.doubts == ["b was unwell 1 time at the end: HTTP 500"])
    for _ in 0..<2 { _ = decider.observe(sampled("a", .blind)) }
    #expect(decider.doubts.count == 1)
    // As many as unwell ones would count, though not yet enough to tell a person before the end.
    _ = decider.observe(sampled("a", .blind))
    #expect(decider.doubts.first == "a could not be seen any more at the end")
    #expect(WatchDecider(rollbackAfter: 3, blindAfter: 4, critical: []).doubts == ["no critical probe was watched"])
  }

  @Test func `a stopped watch goes on where it was, after every sample`() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let samples = (0..<30).map { _ in
        sampled(
          ["a", "b"].randomElement(using: &random) ?? "a", Wellness.allCases.randomElement(using: &random) ?? .well, "r"
        )
      }
      var whole = decider()
      var interrupted = decider()
      for sample in samples {
        let stored = interrupted.json
        interrupted = try #require(WatchDecider(json: stored))
        #expect(interrupted.observe(sample) == whole.observe(sample))
        #expect(interrupted == whole)
      }
    }
  }

  @Test(arguments: [
    JSON.null, .object([]), ["schema": "gatehouse.watch/v2"],
    ["schema": "gatehouse.watch/v1", "rollback-after": 0, "blind-after": 3, "critical": [], "strikes": [:]],
    [
      "schema": "gatehouse.watch/v1", "rollback-after": 3, "blind-after": 3, "critical": ["a"],
      "strikes": ["b": ["well": 1, "unwell": 0, "blind": 0, "told": false, "reasons": []]],
    ],
    [
      "schema": "gatehouse.watch/v1", "rollback-after": 3, "blind-after": 3, "critical": ["a"],
      "strikes": ["a": ["well": 1, "unwell": -5, "blind": 0, "told": false, "reasons": []]],
    ],
  ])
  func `numbers that were never written are refused`(_ json: JSON) {
    #expect(WatchDecider(json: json) == nil)
  }

  /// Law L5 over random streams: without three unwell in a row (blind ones not looked at) nothing is taken back, with
  /// them always; and blind samples alone never do it.
  @Test(arguments: 0..<20) func `only three unwell in a row take a release back`(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    for _ in 0..<200 {
      var decider = decider()
      var run = 0
      for _ in 0..<60 {
        let verdict = [Wellness.well, .unwell, .blind][Int(next() % 3)]
        switch verdict {
        case .well: run = 0
        case .unwell: run += 1
        case .blind: break
        }
        let decision = decider.observe(sampled("a", verdict))
        if case .takeBack = decision {
          #expect(run >= 3)
          #expect(verdict == .unwell)
        } else {
          #expect(run < 3 || verdict != .unwell)
        }
      }
    }
  }
}
