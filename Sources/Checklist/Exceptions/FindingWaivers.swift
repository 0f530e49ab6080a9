import Core
import Evidence

/// The waivers of a line of findings, to be asked about one finding after the other.
struct FindingWaivers {
  private struct Tally {
    var count = 0
    var findings: [String] = []
    var doubts: [String] = []
  }

  private let waivers: [DatedWaiver]
  private let globs: [Glob?]
  private let now: Timestamp
  private var tallies: [Int: Tally] = [:]

  init(_ waivers: [DatedWaiver], now: Timestamp) {
    self.waivers = waivers
    self.now = now
    // A pattern that is none matches nothing: the policy's own reading has refused it.
    globs = waivers.map { waiver in
      do { return try waiver.waiver.path.map { (text) throws(Glob.Fault) in try Glob(text) } } catch { return nil }
    }
  }

  /// Whether one lets the finding off; the first in the policy's order.
  ///
  /// - Parameter path: relative to the policy's folder where that is possible.
  mutating func waive(_ finding: Finding, at path: String?, called name: @autoclosure () -> String) -> Bool {
    for (index, dated) in waivers.enumerated() {
      if dated.hasEnded(at: now) { continue }
      if case .boundless = dated.breadth { continue }
      var tally = tallies[index] ?? Tally()
      defer { tallies[index] = tally }
      switch match(dated.waiver, globs[index], finding, path) {
      case .other: continue
      case .unclear(let why):
        if tally.doubts.count < 3 { tally.doubts.append("\(name()): \(why)") }
      case .same:
        tally.count += finding.count
        if tally.findings.count < ExceptionUse.shownFindings { tally.findings.append(name()) }
        return true
      }
    }
    return false
  }

  private func match(_ waiver: Waiver, _ glob: Glob?, _ finding: Finding, _ path: String?) -> AdvisoryNames.Meeting {
    var unclear: String?
    if waiver.path != nil {
      guard let glob, [path, finding.target].contains(where: { $0.map { glob.matches($0) } ?? false }) else {
        return .other
      }
    }
    if let component = waiver.component {
      switch FindingWaivers.match(component, finding.component) {
      case .other: return .other
      case .unclear(let why): unclear = why
      case .same: break
      }
    }
    if let named = waiver.finding, named != finding.rule {
      switch finding.names.meets(AdvisoryNames([named])) {
      case .other: return .other
      case .unclear(let why): unclear = why
      case .same: break
      }
    }
    return unclear.map { .unclear($0) } ?? .same
  }

  private static func match(_ text: String, _ component: Finding.Component?) -> AdvisoryNames.Meeting {
    guard let component else { return .other }
    guard let wanted = PackageURL(text) else {
      let wanted = ComponentName(text)
      guard wanted.name == component.name else { return .other }
      guard let version = wanted.version else { return .same }
      guard let own = component.version else { return .unclear("the report does not say which version it found") }
      return own == version ? .same : .other
    }
    guard let own = component.purl.flatMap({ PackageURL($0) }) else {
      return wanted.name == component.name || component.name.hasSuffix("/" + wanted.name)
        ? .unclear("the report gives no package URL: name the component plainly") : .other
    }
    switch wanted.coverage(of: own) {
    case .differs: return .other
    case .covers: return .same
    case .unclear(let why): return .unclear(why)
    }
  }

  /// What became of every waiver of the line.
  var uses: [ExceptionUse] {
    waivers.enumerated().map { index, dated in
      if dated.hasEnded(at: now) { return dated.use(.expired, at: now) }
      let tally = tallies[index] ?? Tally()
      switch dated.breadth {
      case .boundless(let why): return dated.use(.tooBroad, at: now, notes: [why])
      case .exact where tally.count == 0 && tally.doubts.isEmpty, .broad where tally.count == 0 && tally.doubts.isEmpty:
        return dated.use(.unmatched, at: now, findings: [dated.waiver.finding].compactMap { $0 })
      case .exact: break
      case .broad(let how):
        return dated.use(
          tally.count > 0 ? .inForce : .unclear, at: now, count: tally.count, findings: tally.findings,
          notes: [how] + tally.doubts)
      }
      return dated.use(
        tally.count > 0 ? .inForce : .unclear, at: now, count: tally.count, findings: tally.findings,
        notes: tally.doubts)
    }
  }
}
