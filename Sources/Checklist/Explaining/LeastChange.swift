import Core

/// The least change of one figure that turns how it was judged, found by judging again.
package struct LeastChange: Hashable, Sendable {
  package let before: Comparison
  package let after: Comparison
  /// In steps of the figure, negative for less; 0 for a name.
  package let steps: Int

  /// The furthest a figure is moved.
  private static let furthest = 1 << 52

  /// `nil` when no change of this figure turns it: it was not known, or there is not as much as would be needed.
  package static func turning(_ comparison: Comparison) -> LeastChange? {
    switch (comparison.figure, comparison.asked) {
    case (.name, .name(let asked)):
      guard !comparison.holds else { return nil }
      return LeastChange(before: comparison, after: comparison.with(.name(asked)), steps: 0)
    case (.name, .limit), (_, .name): return nil
    case (_, .limit(let limit)):
      guard comparison.moves else { return nil }
      let changes =
        limit.relation == .equal && !comparison.holds
        ? [reaching(limit, comparison)] : [1, -1].map { search(comparison, towards: $0) }
      return changes.compactMap { $0 }.min { $0.steps.magnitude < $1.steps.magnitude }
    }
  }

  /// Judging is monotone in each direction, so the least number of steps is found by doubling, then by halving.
  private static func search(_ comparison: Comparison, towards sign: Int) -> LeastChange? {
    let most = comparison.room(towards: sign)
    func turns(_ steps: Int) -> Bool { comparison.moved(by: sign * steps).holds != comparison.holds }
    var high = 1
    while high < most, !turns(high) { high = high > most / 2 ? most : high * 2 }
    guard most >= 1, turns(high) else { return nil }
    var low = high / 2
    while low + 1 < high {
      let middle = low + (high - low) / 2
      if turns(middle) { high = middle } else { low = middle }
    }
    return LeastChange(before: comparison, after: comparison.moved(by: sign * high), steps: sign * high)
  }

  /// Only one figure is equal to another.
  private static func reaching(_ limit: Limit, _ comparison: Comparison) -> LeastChange? {
    let needed: Double
    switch comparison.figure {
    case .count(let count): needed = limit.value - Double(count)
    case .amount(let amount): needed = (limit.value - amount) / comparison.step
    case .share(let part, let whole):
      needed = limit.value * Double(whole) / (limit.unit == .percent ? 100 : 1) - Double(part)
    case .name: return nil
    }
    guard needed.isFinite, needed.magnitude <= Double(furthest) else { return nil }
    let steps = Int(needed.rounded())
    guard steps.magnitude <= comparison.room(towards: steps.signum()) else { return nil }
    let after = comparison.moved(by: steps)
    return after.holds ? LeastChange(before: comparison, after: after, steps: steps) : nil
  }

  package var json: JSON {
    .dictionary([
      ("subject", .string(before.subject)), ("steps", .integer(Int64(steps))),
      ("by", before.step > 0 ? .number(Double(steps) * before.step) : nil), ("figure", after.json["figure"]),
      ("words", .string(FigureText.words(self))),
    ])
  }

  fileprivate static func grown(_ amount: Double, by steps: Int, of step: Double) -> Double {
    // Counted in whole steps where it is one, so that 512 ms less 12 ms is exactly 500 ms.
    let inverse = (1 / step).rounded()
    let isWhole = (inverse * step - 1).magnitude < 1e-9 && inverse >= 1
    var counted = isWhole ? amount * inverse : amount / step
    if (counted - counted.rounded()).magnitude < 1e-6 { counted = counted.rounded() }
    counted += Double(steps)
    return isWhole ? counted / inverse : counted * step
  }
}

extension Comparison {
  /// Whether the figure can be moved in steps.
  fileprivate var moves: Bool {
    switch figure {
    case .share(let part, let whole): isKnown && part <= whole
    case .count, .amount, .name: isKnown && step > 0
    }
  }

  /// How many steps there are in that direction: nothing counted is less than none, no part more than the whole.
  fileprivate func room(towards sign: Int) -> Int {
    switch figure {
    case .count(let count): sign < 0 ? max(0, min(count, 1 << 52)) : max(0, min(.max - max(0, count), 1 << 52))
    case .amount: 1 << 52
    case .share(let part, let whole): sign < 0 ? part : whole - part
    case .name: 0
    }
  }

  /// The same question after so many steps, which must be no more than there is ``room(towards:)``.
  package func moved(by steps: Int) -> Comparison {
    switch figure {
    case .count(let count): with(.count(count.addingReportingOverflow(steps).partialValue))
    case .amount(let amount): with(.amount(LeastChange.grown(amount, by: steps, of: step)))
    case .share(let part, let whole): with(.share(part: part + steps, whole: whole))
    case .name: self
    }
  }
}

extension RecordedLine {
  /// What was not as asked.
  package var missed: [Comparison] { comparisons.filter { !$0.holds } }

  /// What would have made a line pass that did not: all of these together. Empty for one that passed, and where no
  /// figure could have done it.
  package var toPass: [LeastChange] {
    let changes = missed.compactMap(LeastChange.turning)
    return changes.count == missed.count ? changes : []
  }

  /// What would have kept a line from passing that did: any one of these.
  package var toTurn: [LeastChange] {
    missed.isEmpty ? comparisons.compactMap(LeastChange.turning) : []
  }
}
