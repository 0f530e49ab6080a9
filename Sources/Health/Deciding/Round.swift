import Core

/// What all vantage points saw of one probe in one moment.
package struct Round: Hashable, Sendable {
  package var probe: String
  /// Since the watch began, in seconds.
  package var at: Double
  package var first: Look
  /// Of the other vantage points.
  package var others: [Look]

  package init(probe: String, at: Double, _ first: Look, _ others: [Look] = []) {
    self.probe = probe
    self.at = at
    self.first = first
    self.others = others
  }

  var hasNoControl: Bool { first.control == nil && others.allSatisfy { $0.control == nil } }
}

/// What one vantage point saw: the release and, in the same moment, the deployment before it.
package struct Look: Hashable, Sendable {
  package var target: Wellness
  /// Of the previous deployment at its own address; `nil` where there is none to ask.
  package var control: Wellness?
  /// In seconds; `nil` when there was no answer.
  package var latency: Double?
  package var controlLatency: Double?
  /// What was found of the release, in short words.
  package var reason: String

  package init(
    _ target: Wellness, control: Wellness? = nil, latency: Double? = nil, controlLatency: Double? = nil,
    reason: String = ""
  ) {
    self.target = target
    self.control = control
    self.latency = latency
    self.controlLatency = controlLatency
    self.reason = reason
  }
}

/// What a round comes to.
enum RoundVerdict: Hashable, Sendable {
  case well
  /// The release is bad, and what was there before it is not, as far as could be seen.
  case unwell
  /// Both are bad: it is not the release.
  case bothBad
  /// Nothing was learnt.
  case blind
}

extension Round {
  /// What one vantage point saw. When our own network or a wall hid the control in that moment, a bad release tells nothing either.
  ///
  /// - Parameter isPaired: Whether the latencies of the two may be compared.
  init(_ sample: Sample, control: Sample?, at elapsed: Duration, isPaired: Bool) {
    let isHidden = control.map { $0.verdict == .blind && $0.cause != .protected && $0.cause != .noPlace } ?? false
    self.init(
      probe: sample.probe, at: elapsed.seconds,
      Look(
        isHidden && sample.verdict == .unwell ? .blind : sample.verdict, control: control?.verdict,
        latency: sample.latency?.seconds, controlLatency: isPaired ? control?.latency?.seconds : nil,
        reason: isHidden && sample.verdict == .unwell
          ? "\(sample.reason); the deployment before it could not be seen: \(control?.reason ?? "")" : sample.reason))
  }

  /// - Parameter quorum: How many vantage points must see the release bad; more than half of those that see anything, when `nil`.
  ///
  /// One whose control is bad too does not see the release bad. One that sees nothing has no say; when fewer see than the quorum asks
  /// for, all of them must agree, and each must have seen its control well: two are missing, so the one that is left must be sure.
  func verdict(quorum: Int?) -> RoundVerdict {
    if others.isEmpty {
      switch first.target {
      case .well: return .well
      case .blind: return .blind
      case .unwell:
        if first.control == .unwell { return .bothBad }
        return (quorum ?? 1) <= 1 || first.control == .well ? .unwell : .blind
      }
    }
    return verdict(of: [first] + others, quorum)
  }

  private func verdict(of looks: [Look], _ quorum: Int?) -> RoundVerdict {
    let seeing = looks.filter { $0.target != .blind }
    guard !seeing.isEmpty else { return .blind }
    let bad = seeing.filter { $0.target == .unwell && $0.control != .unwell }
    let needed = quorum ?? seeing.count / 2 + 1
    if bad.count >= needed { return .unwell }
    if seeing.contains(where: { $0.target == .well }) { return .well }
    if bad.count < seeing.count { return .bothBad }
    return bad.allSatisfy { $0.control == .well } ? .unwell : .blind
  }

  /// Whether the release was slower than its control; `nil` where nobody saw both answer. Of several, all must say so.
  var isSlower: Bool? {
    guard var slower = first.isSlower else { return others.isEmpty ? nil : Round.agreed(others) }
    for other in others { if let said = other.isSlower { slower = slower && said } }
    return slower
  }

  private static func agreed(_ looks: [Look]) -> Bool? {
    let said = looks.compactMap(\.isSlower)
    return said.isEmpty ? nil : said.allSatisfy { $0 }
  }

  /// Whether the answer was slower than a limit from every vantage point that got one, and the control's was not; `nil` where nobody
  /// got an answer, or the control was as slow.
  func isSlower(than limit: Double) -> Bool? {
    var answered = false
    for look in [first] + others {
      guard look.target == .well, let latency = look.latency else { continue }
      if latency <= limit { return false }
      if let control = look.controlLatency, control > limit { continue }
      answered = true
    }
    return answered ? true : nil
  }
}

extension Look {
  /// Twice as long, and a quarter of a second at least: less may be the way to it, since production is asked through other hosts.
  static let margin = (share: 2.0, seconds: 0.25)

  /// Of two good answers.
  fileprivate var isSlower: Bool? {
    guard target == .well, control == .well, let latency, let controlLatency else { return nil }
    return latency > max(controlLatency * Look.margin.share, controlLatency + Look.margin.seconds)
  }
}
