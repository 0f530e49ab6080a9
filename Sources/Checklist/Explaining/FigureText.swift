import Core
import Evidence

/// Comparisons and changes in words.
package enum FigureText {
  /// `lines covered 88.7 % (18,934 of 21,340), asked ≥ 90 %`.
  package static func compared(_ comparison: Comparison) -> String {
    "\(named(comparison, figure(comparison))), asked \(asked(comparison))"
  }

  /// `88.7 % (18,934 of 21,340)`, `3`, `412.3 ms`, `side`.
  package static func figure(_ comparison: Comparison) -> String {
    switch comparison.figure {
    case .count(let count): return Figures.count(count)
    case .amount(let amount):
      guard amount.isFinite else { return "unknown" }
      return FigureText.amount(amount, unit(comparison))
    case .share(let part, let whole):
      let counted = "\(Figures.count(part)) of \(Figures.count(whole))"
      guard whole > 0 else { return "unknown" }
      guard unit(comparison) == .percent else { return counted }
      return "\(Figures.percent(Share(part, of: whole))) (\(counted))"
    case .name(let name): return DisplayText.bounded(name, to: 120)
    }
  }

  /// `≥ 90 %`, `main`.
  package static func asked(_ comparison: Comparison) -> String {
    switch comparison.asked {
    case .name(let name): DisplayText.bounded(name, to: 120)
    case .limit(let limit) where limit.unit == .duration:
      Figures.sign(limit.relation) + " " + duration(limit.value)
    case .limit(let limit): Figures.limit(limit)
    }
  }

  /// `278 more lines covered`, `2 fewer critical findings`, `p95 12.3 ms less`, `branch: main`.
  package static func words(_ change: LeastChange) -> String {
    let comparison = change.before
    switch (comparison.figure, change.after.figure) {
    case (.amount(let before), .amount(let after)):
      let by = amount((after - before).magnitude, unit(comparison), up: true)
      return "\(DisplayText.bounded(comparison.noun.one)) \(by) \(change.steps < 0 ? "less" : "more")"
    case (_, .name(let name)):
      return named(comparison, DisplayText.bounded(name, to: 120))
    default:
      let count = Int(clamping: change.steps.magnitude)
      return "\(Figures.count(count)) \(change.steps < 0 ? "fewer" : "more") "
        + DisplayText.bounded(comparison.noun.of(count))
    }
  }

  /// `lines covered 88.7 %`, `branch: main`.
  static func named(_ comparison: Comparison, _ figure: String) -> String {
    if case .name = comparison.figure { return "\(name(comparison)): \(figure)" }
    return "\(name(comparison)) \(figure)"
  }

  /// What the figure counts or measures.
  static func name(_ comparison: Comparison) -> String {
    let noun = comparison.noun
    let name =
      switch comparison.figure {
      case .count, .share: noun.many
      case .amount, .name: comparison.isKnown ? noun.one : noun.many
      }
    return DisplayText.bounded(name)
  }

  private static func unit(_ comparison: Comparison) -> Limit.Unit {
    if case .limit(let limit) = comparison.asked { limit.unit } else { .none }
  }

  private static func amount(_ amount: Double, _ unit: Limit.Unit, up: Bool = false) -> String {
    switch unit {
    case .duration: duration(amount, up: up)
    case .percent: number(amount) + " %"
    case .none, .count: number(amount)
    }
  }

  /// At most three decimals, without noughts at the end.
  static func number(_ value: Double) -> String {
    let thousandths = (value.magnitude * 1000).rounded()
    guard thousandths < 1e15 else { return "\(value)" }
    let (whole, rest) = Int(thousandths).quotientAndRemainder(dividingBy: 1000)
    var digits = String(1000 + rest).dropFirst()
    while digits.hasSuffix("0") { digits.removeLast() }
    return (value < 0 && thousandths > 0 ? "-" : "") + Figures.count(whole) + (digits.isEmpty ? "" : "." + digits)
  }

  /// To the thousandth below two minutes, to two units above; with `up`, never less than it is.
  static func duration(_ seconds: Double, up: Bool = false) -> String {
    if seconds.magnitude < 1 { return number(seconds * 1000) + " ms" }
    if seconds.magnitude < 120 { return number(seconds) + " s" }
    guard seconds.magnitude < 1e12 else { return "\(seconds) s" }
    var rest = Int(up ? seconds.magnitude.rounded(.up) : seconds.magnitude)
    let units = [("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)]
    var first = units.firstIndex { rest >= $0.1 } ?? 3
    if units[first].0 == "d", rest < 3 * 86_400 { first = 1 }
    let finest = units[min(first + 1, 3)].1
    if up { rest = (rest + finest - 1) / finest * finest }
    var words: [String] = []
    for (name, size) in units[first...].prefix(2) where rest >= size {
      words.append("\(rest / size) \(name)")
      rest %= size
    }
    return (seconds < 0 ? "-" : "") + words.joined(separator: " ")
  }
}
