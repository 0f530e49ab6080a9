import Core
import Health
import JSONText
import TestSupport
import Testing

@Suite struct WatchDeciderTests {
  private func decider(_ blindAfter: Int = 4) -> WatchDecider {
    var rules = DecidingRules()
    (rules.blindAfter, rules.critical) = (blindAfter, ["a", "b"])
    return WatchDecider(rules)
  }

  /// `+` well, `-` unwell, `=` unwell with the deployment before it, `?` blind; upper case letters name what is decided after each.
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
    Case(samples: "======", decisions: "..P..."), Case(samples: "==?=?=", decisions: "...P.."),
    Case(samples: "--=-", decisions: "...R"), Case(samples: "--==+-", decisions: "......"),
    Case(samples: "===+===", decisions: "..P...P"), Case(samples: "===-===", decisions: "..P...P"),
  ])
  func `decisions follow consecutive samples`(_ given: Case) {
    var decider = decider()
    var decisions = ""
    for letter in given.samples {
      let verdict: Wellness = letter == "+" ? .well : letter == "?" ? .blind : .unwell
      switch decider.observe(seen("a", verdict, control: letter == "=" ? .unwell : .well)) {
      case .continue: decisions += "."
      case .takeBack: decisions += "R"
      case .tellPerson: decisions += "P"
      }
    }
    #expect(decisions == given.decisions)
  }

  @Test func `the decision names the probe and what was found, oldest first`() {
    var decider = decider()
    for reason in ["old"] { _ = decider.observe(seen("a", .unwell, reason)) }
    _ = decider.observe(seen("a", .well))
    _ = decider.observe(seen("a", .unwell, "one"))
    _ = decider.observe(seen("b", .unwell, "other"))
    _ = decider.observe(seen("a", .unwell, "two"))
    guard case .takeBack(let reason) = decider.observe(seen("a", .unwell, "three")) else {
      Issue.record("the third in a row decides nothing")
      return
    }
    #expect(reason.probe == "a" && reason.rule == .consecutive)
    #expect(reason.reasons == ["one", "two", "three"])
    #expect(reason.words == "unwell 3 times in a row")
  }

  @Test func `three probes that are unwell once each decide nothing`() {
    var rules = DecidingRules()
    rules.critical = ["a", "b", "c"]
    var decider = WatchDecider(rules)
    for probe in ["a", "b", "c", "a", "b", "c"] { #expect(decider.observe(seen(probe, .unwell)) == .continue) }
  }

  @Test func `warnings and strangers are only noted`() {
    var decider = WatchDecider(rules("a", "w"))
    for _ in 0..<20 {
      #expect(decider.observe(seen("w", .unwell)) == .continue)
      #expect(decider.observe(seen("w", .blind)) == .continue)
      #expect(decider.observe(seen("stranger", .unwell)) == .continue)
    }
    #expect(decider.probes == [])
    #expect(decider.rules.critical == ["a"])
  }

  @Test(arguments: [(Duration.seconds(30), 10), (.seconds(100), 3), (.seconds(600), 3), (.milliseconds(10), 10)])
  func `a person hears of blindness after about five minutes`(every: Duration, samples: Int) {
    #expect(DecidingRules(rules("a", every: every)).blindAfter == samples)
  }

  @Test func `a watch that saw nothing well never ends well`() {
    var decider = decider()
    #expect(decider.doubts.map(\.words) == ["a was never looked at", "b was never looked at"])
    _ = decider.observe(seen("a", .well))
    _ = decider.observe(seen("b", .blind))
    #expect(decider.doubts.map(\.words) == ["b was never seen well"])
    _ = decider.observe(seen("b", .well))
    #expect(decider.doubts.map(\.words) == [])
    _ = decider.observe(seen("b", .unwell, "HTTP 500"))
    #expect(decider.doubts.map(\.words) == ["b was unwell 1 time at the end: HTTP 500"])
    for _ in 0..<2 { _ = decider.observe(seen("a", .blind)) }
    #expect(decider.doubts.count == 1)
    // As many as unwell ones would count, though not yet enough to tell a person before the end.
    _ = decider.observe(seen("a", .blind))
    #expect(decider.doubts.first?.words == "a could not be seen any more at the end")
    #expect(WatchDecider(rules()).doubts.map(\.words) == ["no critical probe was watched"])
  }

  @Test func `a stopped watch goes on where it was, after every sample`() throws {
    var random = SystemRandomNumberGenerator()
    for _ in 0..<200 {
      let samples = (0..<30).map { _ in
        seen(
          ["a", "b"].randomElement(using: &random) ?? "a", Wellness.allCases.randomElement(using: &random) ?? .well,
          "r",
          control: [nil, .well, .unwell, .blind].randomElement(using: &random) ?? nil,
          latency: Double.random(in: 0...1, using: &random), Double.random(in: 0...1, using: &random))
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

  /// Every number of a journal may be altered: what comes back is refused, or is a state that could have been.
  @Test func `numbers that were never written are refused`() throws {
    var decider = decider()
    for _ in 0..<2 { _ = decider.observe(seen("a", .unwell, "HTTP 500", control: .well)) }
    let text = decider.json.text(.compact)
    #expect(WatchDecider(json: try JSON(parsing: text)) == decider)
    for (old, new) in [
      ("gatehouse.watch-state/v1", "gatehouse.watch/v1"), (#""rollback-after":3"#, #""rollback-after":0"#),
      (#""alpha":0.01"#, #""alpha":1"#), (#""planned":2880"#, #""planned":0"#), (#""unwell":2"#, #""unwell":-2"#),
      (#""unwell":2"#, #""unwell":"2""#), (#""reasons":["HTTP 500","HTTP 500"]"#, #""reasons":[7]"#),
      (#""critical":["a","b"]"#, #""critical":["b"]"#), (#""tolerated":0.01"#, #""tolerated":0.5"#),
      (#""pairs":{"count":0"#, #""pairs":{"count":-1"#), (#""evidence":[0,0,0]"#, #""evidence":[0,0,-1]"#),
      (#""evidence":[0,0,0]"#, #""evidence":[0,0]"#),
    ] {
      let altered = text.replacing(old, with: new)
      #expect(altered != text, "\(old) is not there: \(text)")
      #expect(WatchDecider(json: try JSON(parsing: altered)) == nil, "\(new)")
    }
    #expect(WatchDecider(json: .null) == nil)
  }

  /// Law L5 over random streams: without three unwell in a row (blind ones not looked at) no rule of consecutive ones speaks, with
  /// them always; and blind samples alone never do it.
  @Test(arguments: 0..<20) func `only three unwell in a row take a release back`(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state >> 33
    }
    for _ in 0..<200 {
      var rules = DecidingRules()
      // The rule of rates would speak too, of so many failures.
      rules.alpha = 1e-100
      var decider = WatchDecider(rules)
      var run = 0
      for _ in 0..<60 {
        let verdict = [Wellness.well, .unwell, .blind][Int(next() % 3)]
        switch verdict {
        case .well: run = 0
        case .unwell: run += 1
        case .blind: break
        }
        let decision = decider.observe(seen("a", verdict))
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

/// A round of one vantage point.
func seen(
  _ probe: String, _ verdict: Wellness, _ reason: String = "", control: Wellness? = nil, latency: Double? = nil,
  _ controlLatency: Double? = nil
) -> Round {
  Round(
    probe: probe, at: 0,
    Look(verdict, control: control, latency: latency, controlLatency: controlLatency, reason: reason))
}
