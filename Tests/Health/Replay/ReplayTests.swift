import Core
import Health
import Testing

@Suite struct ReplayTests {
  private func outcome(_ lines: [String], _ rules: DecidingRules = DecidingRules()) throws -> Replay.Outcome {
    var replay = Replay(rules)
    for line in lines { if let seen = try read(line) { replay.take(seen) } }
    return replay.finish()
  }

  private func line(
    _ time: Int, _ target: String, control: String? = "well", probe: String = "api", vantage: String = "runner",
    latency: Int = 120, _ controlLatency: Int = 110
  ) -> String {
    "{\"t\": \(time), \"probe\": \"\(probe)\", \"vantage\": \"\(vantage)\", \"target\": \"\(target)\", "
      + "\"control\": \(control.map { "\"\($0)\"" } ?? "null"), \"latency_ms\": \(latency), \"control_latency_ms\": \(controlLatency)}"
  }

  @Test func `a full outage is taken back at the third unwell look`() throws {
    let lines = (0..<20).map { line($0 * 30, $0 < 10 ? "well" : "unwell") }
    let outcome = try outcome(lines)
    #expect(outcome.decision == .rollback && outcome.at == 360 && outcome.rule == "consecutive")
  }

  @Test func `what is bad on both sides calls a person and takes nothing back`() throws {
    let outcome = try outcome(
      (0..<2880).map { line($0 * 30, $0 < 10 ? "well" : "unwell", control: $0 < 10 ? "well" : "unwell") })
    #expect(outcome.decision == .person && outcome.at == 360 && outcome.rule == "both-bad")
  }

  @Test func `one bad look in five is found by its rate`() throws {
    let outcome = try outcome((0..<2880).map { line($0 * 30, $0 > 100 && $0 % 5 == 0 ? "unwell" : "well") })
    #expect(outcome.decision == .rollback && outcome.rule == "error-rate")
    #expect(try #require(outcome.at) < 3000 + 40 * 60)
  }

  @Test func `one bad look in two hundred is kept`() throws {
    let outcome = try outcome((0..<2880).map { line($0 * 30, $0 % 200 == 7 ? "unwell" : "well") })
    #expect(outcome.decision == .keep && outcome.at == nil)
  }

  @Test func `a release that is slower than the one before it is found, and a slow world is not`() throws {
    let slow = try outcome((0..<2880).map { line($0 * 30, "well", latency: $0 > 50 ? 400 : 100, 100) })
    #expect(slow.decision == .rollback && slow.rule == "latency")
    #expect(try #require(slow.at) < 1500 + 25 * 60)
    let detour = try outcome((0..<2880).map { line($0 * 30, "well", latency: 320, 100) })
    #expect(detour.decision == .keep)
    let world = try outcome((0..<2880).map { line($0 * 30, "well", latency: $0 > 50 ? 900 : 100, $0 > 50 ? 880 : 100) })
    #expect(world.decision == .keep)
    #expect(try outcome((0..<2880).map { line($0 * 30, "well", latency: 12, 4) }).decision == .keep)
  }

  @Test func `answers that are slow more often than before the switch are found without a control`() throws {
    var rules = DecidingRules()
    rules.baselines = ["api": Baseline(failures: 0, total: 1440, p95: 0.2)]
    let lines = (0..<400).map { line($0 * 30, "well", control: nil, latency: $0 > 50 ? 700 : 150) }
    #expect(try outcome(lines, rules).rule == "latency")
    #expect(try outcome(lines).decision == .keep)
  }

  @Test func `what was never seen is not kept`() throws {
    #expect(try outcome([]).decision == .person)
    #expect(try outcome([line(0, "blind"), line(30, "blind")]).decision == .person)
    #expect(try outcome((0..<5).map { line($0 * 30, $0 < 2 ? "well" : "blind") }).decision == .person)
    let blind = try outcome((0..<30).map { line($0 * 30, $0 < 2 ? "well" : "blind") })
    #expect(blind.decision == .person && blind.rule == "blind" && blind.at == 330)
    var rules = DecidingRules()
    rules.critical = ["api", "web"]
    #expect(try outcome([line(0, "well")], rules).decision == .person)
    // Too few to decide by, and nobody's sleep.
    #expect(try outcome([line(0, "well"), line(30, "unwell"), line(60, "unwell")]).decision == .keep)
  }

  @Test func `three vantage points are one round, and one of them alone is not believed`() throws {
    func lines(_ bad: Int) -> [String] {
      (0..<40).flatMap { round in
        ["a", "b", "c"].enumerated().map { place, vantage in
          line(round * 30 + place, place < bad && round >= 10 ? "unwell" : "well", vantage: vantage)
        }
      }
    }
    #expect(try outcome(lines(1)).decision == .keep)
    let two = try outcome(lines(2))
    #expect(two.decision == .rollback && two.at == 362)
    // One that falls silent is not waited for.
    let silent =
      lines(0).prefix(30)
      + (10..<30).flatMap { round in
        ["a", "b"].map { line(round * 30, "unwell", vantage: $0) }
      }
    let fewer = try outcome(Array(silent))
    #expect(fewer.decision == .rollback && (fewer.at ?? 0) <= 420)
  }

  @Test func `a look that comes twice or late counts once`() throws {
    var replay = Replay(DecidingRules())
    for text in [
      line(0, "well"), line(30, "unwell"), line(30, "unwell"), line(30, "unwell"), line(10, "unwell"),
      line(60, "unwell"),
    ] {
      replay.take(try #require(try read(text)))
    }
    #expect(replay.outOfOrder == 3)
    #expect(replay.finish().decision == .keep)
  }

  @Test func `every round has its step, and the last of them takes back`() throws {
    var steps: [Replay.Step] = []
    var replay = Replay(DecidingRules())
    for time in 0..<10 {
      replay.take(try #require(try read(line(time, time < 4 ? "well" : "unwell")))) { steps.append($0) }
    }
    #expect(steps.map(\.decision) == Array(repeating: .keep, count: 6) + [.rollback])
    #expect(steps.last?.at == 6)
    #expect(replay.isOver)
  }
}

private func read(_ line: String) throws -> RecordedLook? {
  let bytes = Array(line.utf8)
  return try bytes.withUnsafeBytes { try RecordingReader.read($0) }
}

@Suite struct RecordingReaderTests {
  @Test func `both readers of a line agree`() throws {
    let plain =
      #"{"t": 12.5, "probe": "api", "vantage": "gru", "target": "unwell", "control": null, "latency_ms": 212, "control_latency_ms": null}"#
    let expected = RecordedLook(at: 12.5, probe: "api", vantage: "gru", Look(.unwell, latency: 0.212))
    #expect(try read(plain) == expected)
    // An escape, an exponent, a member that is not ours: the reader for all of JSON.
    for unusual in [
      plain.replacing("api", with: #"\u0061pi"#), plain.replacing("12.5", with: "1.25e1"),
      plain.replacing("{", with: #"{"region": {"a": [1]}, "#),
    ] {
      #expect(unusual != plain)
      #expect(try read(unusual) == expected)
    }
    #expect(
      try read(#"{"t":-0.25,"probe":"a","target":"well"}"#)
        == RecordedLook(at: -0.25, probe: "a", vantage: "runner", Look(.well)))
    #expect(try read("  \r") == nil)
  }

  @Test(arguments: [
    "[]", "7", "{", "{}", "x", #"{"t":1,"probe":"a"}"#, #"{"t":1,"target":"well"}"#, #"{"probe":"a","target":"well"}"#,
    #"{"t":"1","probe":"a","target":"well"}"#, #"{"t":null,"probe":"a","target":"well"}"#,
    #"{"t":1e999,"probe":"a","target":"well"}"#,
    #"{"t":1,"probe":"","target":"well"}"#, #"{"t":1,"probe":7,"target":"well"}"#,
    #"{"t":1,"probe":"a","target":"good"}"#,
    #"{"t":1,"probe":"a","target":null}"#, #"{"t":1,"probe":"a","target":"well","control":"bad"}"#,
    #"{"t":1,"probe":"a","target":"well","target":"unwell"}"#, #"{"t":1,"probe":"a","target":"well","latency_ms":-1}"#,
    #"{"t":1,"probe":"a","target":"well"} {}"#, #"{"t":1,"probe":"a","target":"well",}"#,
    #"{"t":01,"probe":"a","target":"well"}"#,
  ])
  func `what is no observation is refused`(_ line: String) {
    #expect(throws: RecordingReader.Fault.self) { try read(line) }
  }

  /// Whatever bytes a recording holds: an observation or a fault, and the fast reader never says otherwise than the whole one.
  @Test func `damaged lines end no process`() throws {
    let good = Array(
      #"{"t": 30.25, "probe": "api", "vantage": "a", "target": "well", "control": "blind", "latency_ms": 1.5}"#.utf8)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
      }
      let fast = try? bytes.withUnsafeBytes { try RecordingReader.read($0) }
      // A blank inside an object is not in the fast reader's way; a member of a foreign name is.
      let whole = try? ([UInt8(ascii: "{")] + Array(#""zz":[],"#.utf8) + bytes.dropFirst()).withUnsafeBytes {
        try RecordingReader.read($0)
      }
      if bytes.first == UInt8(ascii: "{") { #expect(fast == whole, "\(String(decoding: bytes, as: UTF8.self))") }
    }
  }
}
