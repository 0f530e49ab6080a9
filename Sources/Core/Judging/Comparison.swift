/// One figure as it was examined, beside what was asked of it.
///
/// The comparisons of a line are what its verdict follows from (see ``verdict(of:)``): they are kept with it, so that it
/// can be judged again from the record alone, and so that a person can be told what would have changed it.
package struct Comparison: Hashable, Sendable {
  package enum Figure: Hashable, Sendable {
    /// Whole things.
    case count(Int)
    /// Anything measured, in the limit's own unit: seconds for a duration, 90 for 90 %. NaN is *not known*.
    case amount(Double)
    /// So many of so many. Of nothing, it is not known.
    case share(part: Int, whole: Int)
    /// A name that must be the one that was asked for.
    case name(String)
  }

  package enum Asked: Hashable, Sendable {
    case limit(Limit)
    case name(String)
  }

  /// What the line comes to when the figure is not as asked.
  package enum Consequence: String, Sendable { case fail, inconclusive }

  /// For machines, and the same in every run, such as `lines`, `critical` or `k6.http_req_duration.p95`.
  package let subject: String
  /// For people; of a share the counted part, such as `line covered`.
  package let noun: Noun
  package let figure: Figure
  package let asked: Asked
  package let otherwise: Consequence
  /// The least step in which the figure moves: 1 for counts and shares, 0 for names.
  package let step: Double
  /// Another figure in every run, as an age is: no news when two runs are compared.
  package let isVolatile: Bool

  /// Characters of a subject and of a noun.
  package static let longest = 200

  init(
    _ subject: String, _ noun: Noun, _ figure: Figure, _ asked: Asked, otherwise: Consequence, step: Double,
    isVolatile: Bool = false
  ) {
    // Some are made of what reports call their figures.
    self.subject = String(subject.prefix(Comparison.longest))
    self.noun = Noun(String(noun.one.prefix(Comparison.longest)), String(noun.many.prefix(Comparison.longest)))
    self.figure = figure
    self.asked = asked
    self.otherwise = otherwise
    self.step = step
    self.isVolatile = isVolatile
  }

  // MARK: - How a check states one

  /// `3 critical findings, asked <= 0`.
  package static func count(
    _ subject: String, _ figure: Int, _ limit: Limit, of noun: Noun, otherwise: Consequence = .fail
  ) -> Comparison {
    Comparison(subject, noun, .count(figure), .limit(limit), otherwise: otherwise, step: 1)
  }

  /// There must be none of these.
  package static func none(
    _ subject: String, _ figure: Int, of noun: Noun, otherwise: Consequence = .fail
  ) -> Comparison {
    count(subject, figure, Limit(.atMost, 0, text: "<= 0"), of: noun, otherwise: otherwise)
  }

  /// There must be so many of these.
  package static func atLeast(
    _ least: Int, _ subject: String, _ figure: Int, of noun: Noun, otherwise: Consequence = .fail
  ) -> Comparison {
    count(subject, figure, Limit(.atLeast, Double(least), text: ">= \(least)"), of: noun, otherwise: otherwise)
  }

  /// `18,934 of 21,340 lines covered, asked >= 90%`.
  package static func share(
    _ subject: String, _ part: Int, of whole: Int, _ limit: Limit, noun: Noun, otherwise: Consequence = .fail
  ) -> Comparison {
    Comparison(subject, noun, .share(part: part, whole: whole), .limit(limit), otherwise: otherwise, step: 1)
  }

  /// Something measured, in the limit's own unit.
  ///
  /// - Parameter step: the least step that makes a difference to people, in the same unit.
  package static func amount(
    _ subject: String, _ figure: Double, _ limit: Limit, noun: Noun, step: Double = 0.001,
    otherwise: Consequence = .fail, isVolatile: Bool = false
  ) -> Comparison {
    Comparison(
      subject, noun, .amount(figure), .limit(limit), otherwise: otherwise, step: step, isVolatile: isVolatile)
  }

  /// An age, or how long something took.
  package static func duration(
    _ subject: String, _ figure: Duration, atMost limit: Duration, noun: Noun, otherwise: Consequence = .fail,
    isVolatile: Bool = true
  ) -> Comparison {
    amount(
      subject, figure.seconds, Limit(.atMost, limit.seconds, .duration, text: "<= \(limit.seconds)s"), noun: noun,
      otherwise: otherwise, isVolatile: isVolatile)
  }

  /// A name that must be the one asked for. The caller bounds both.
  package static func name(
    _ subject: String, _ figure: String, asked: String, noun: Noun, otherwise: Consequence = .fail
  ) -> Comparison {
    Comparison(subject, noun, .name(figure), .name(asked), otherwise: otherwise, step: 0)
  }

  // MARK: - What it says

  /// Whether the figure is as asked; what is not known never is.
  package var holds: Bool { judged == .pass }

  /// `pass`, or what the line comes to because of this one.
  package var judged: CheckStatus {
    let isAsAsked: Bool
    switch (figure, asked) {
    case (.count(let count), .limit(let limit)): isAsAsked = limit.holds(for: Double(count))
    case (.amount(let amount), .limit(let limit)):
      guard amount.isFinite else { return .inconclusive }
      isAsAsked = limit.holds(for: amount)
    case (.share(let part, let whole), .limit(let limit)):
      guard whole > 0, part >= 0 else { return .inconclusive }
      isAsAsked = limit.holds(part: part, of: whole)
    case (.name(let name), .name(let asked)): isAsAsked = name == asked
    case (.name, .limit), (_, .name): return .inconclusive
    }
    if isAsAsked { return .pass }
    return otherwise == .fail ? .fail : .inconclusive
  }

  /// How far inside the limit, in its own unit; negative outside. `nil` for names and for what is not known.
  package var margin: Double? {
    guard case .limit(let limit) = asked else { return nil }
    let value: Double
    switch figure {
    case .count(let count): value = Double(count)
    case .amount(let amount): value = amount
    case .share(let part, let whole):
      guard whole > 0 else { return nil }
      value = Double(part) / Double(whole) * (limit.unit == .percent ? 100 : 1)
    case .name: return nil
    }
    let margin =
      switch limit.relation {
      case .atMost, .below: limit.value - value
      case .atLeast, .above: value - limit.value
      case .equal: -(value - limit.value).magnitude
      }
    // What binary fractions leave behind is no news.
    let rounded = (margin * 1e6).rounded() / 1e6
    return rounded.isFinite ? rounded : nil
  }

  /// What a line comes to by its figures alone: any that fails it, else any that leaves it open, else a pass.
  package static func verdict(of comparisons: some Sequence<Comparison>) -> CheckStatus {
    var verdict = CheckStatus.pass
    for comparison in comparisons {
      switch comparison.judged {
      case .fail: return .fail
      case .inconclusive: verdict = .inconclusive
      case .pass, .waived, .warning: break
      }
    }
    return verdict
  }

  /// The same question with another figure.
  package func with(_ figure: Figure) -> Comparison {
    Comparison(subject, noun, figure, asked, otherwise: otherwise, step: step, isVolatile: isVolatile)
  }

  /// The same question, of which nobody could say how it stands.
  package var unknown: Comparison { with(.amount(.nan)) }

  /// Whether there is a figure at all.
  package var isKnown: Bool {
    switch figure {
    case .count, .name: true
    case .amount(let amount): amount.isFinite
    case .share(let part, let whole): whole > 0 && part >= 0
    }
  }

  /// The same, of which it is only said that it leaves the line open.
  package var leavingOpen: Comparison {
    Comparison(subject, noun, figure, asked, otherwise: .inconclusive, step: step, isVolatile: isVolatile)
  }
}
