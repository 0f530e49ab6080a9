import Core

/// One figure of a load test, a page test or a benchmark.
package struct BenchmarkFigure: Hashable, Sendable {
  package enum Unit: Hashable, Sendable {
    /// The value is in seconds.
    case seconds
    /// The value is from 0 to 1.
    case share
    /// A time in milliseconds, or a number: the report does not say. The value is as written.
    case unsaid
    case number
  }

  /// As a policy names it: `k6.http_req_duration.p95`.
  package var name: String
  /// What was measured where one report tells of several: an address, a command. Empty when there is only one.
  package var subject: String
  /// `nil` when the tool could not measure it.
  package var value: Double?
  package var unit: Unit

  package init(_ name: String, subject: String = "", value: Double?, unit: Unit) {
    self.name = BenchmarkFigure.nameable(name)
    self.subject = DisplayText.bounded(subject, to: Finding.longestText)
    self.value = value.flatMap { $0.isFinite ? $0 : nil }
    self.unit = unit
  }

  /// With everything that a policy cannot write in a figure's name made a dash.
  private static func nameable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(Finding.longestText).map { scalar in
          let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
          return isPlain || "_.:-".unicodeScalars.contains(scalar) ? scalar : "-"
        }))
  }
}

/// What a report says about speed.
package struct BenchmarkFacts: Hashable, Sendable {
  package static let mostFigures = 20_000

  package private(set) var figures: [BenchmarkFigure] = []
  /// Runs, requests, rounds: how often something was measured.
  package var samples = 0
  package var tools: [String] = []
  /// The tool's own limits that were missed, and runs that failed, in words.
  package private(set) var failures: [String] = []
  /// Why the report is no proof that all was measured.
  package private(set) var incomplete: [String] = []

  package init() {}

  package mutating func add(_ figure: BenchmarkFigure) {
    guard figures.count < BenchmarkFacts.mostFigures else {
      return noteIncomplete(
        "the report holds more than \(BenchmarkFacts.mostFigures) figures, and the rest was not held")
    }
    figures.append(figure)
  }

  package mutating func noteFailure(_ what: String) {
    if failures.count < 20 { failures.append(DisplayText.bounded(what, to: 200)) }
  }

  package mutating func noteIncomplete(_ why: String) {
    if incomplete.count < 20, !incomplete.contains(why) { incomplete.append(why) }
  }

  mutating func addSamples(_ count: Double?) {
    guard let count, count >= 0, count < 1e15 else { return }
    samples = min(samples + Int(count), 1 << 60)
  }

  /// The figures of several reports together.
  package static func + (left: BenchmarkFacts, right: BenchmarkFacts) -> BenchmarkFacts {
    var sum = left
    for figure in right.figures { sum.add(figure) }
    sum.samples = min(sum.samples + right.samples, 1 << 60)
    sum.tools += right.tools.filter { !left.tools.contains($0) }
    for failure in right.failures { sum.noteFailure(failure) }
    for reason in right.incomplete { sum.noteIncomplete(reason) }
    return sum
  }

  package var examined: [JSON.Member] {
    [
      .init("samples", .integer(Int64(samples))), .init("figures", .integer(Int64(figures.count))),
      .init("tools", .strings(tools)),
    ]
  }
}
