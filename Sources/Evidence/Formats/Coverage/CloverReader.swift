import Core
import Expat

/// Clover XML (https://openclover.org/doc/manual/latest/ant--clover-report.html) of OpenClover, PHPUnit and Istanbul.
///
/// Clover measures statements, conditionals (two of each condition) and methods, and no lines: `lines` is judged by
/// statements. Several statements may stand on one line, so that the metrics of a file are its own way of counting; they
/// may never say that less is missing than the lines show.
final class CloverReader: XMLReportReader {
  static let textElements: [StaticString] = []
  static let format = EvidenceFormat.clover

  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool {
    // Cobertura has the same root, with other attributes.
    root == "coverage" && (attributes["clover"] != nil || attributes["generated"] != nil)
      && attributes["line-rate"] == nil && attributes["lines-valid"] == nil
  }

  private struct Metrics {
    var statements: Share?
    var conditionals: Share?
    var methods: Share?
  }

  private struct File {
    var path: String
    var coverage = FileCoverage(format: .clover)
    var statements = LineMap()
    var metrics: Metrics?
    var listed = 0
    /// How many conditions were seen on each line.
    var conditions: [Int: Int] = [:]
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()
  private var time: Timestamp?
  private var elements: [String] = []
  private var file: File?
  private var total: Metrics?
  private var sawProject = false
  private var noted = 0
  private var repeats = 0

  init(root attributes: XMLAttributes) {
    if let stamp = attributes["generated"].flatMap({ Double($0) }), stamp > 946_684_800, stamp < 1e14 {
      // Milliseconds in OpenClover and Istanbul, seconds in PHPUnit.
      time = Timestamp(milliseconds: Int64(stamp > 1e11 ? stamp : stamp * 1000))
    }
  }

  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault) {
    elements.append(name.text)
    // What covers the tests themselves is no coverage of the project.
    guard !elements.contains("testproject") else { return }
    switch name {
    case "project": sawProject = true
    case "file":
      guard let path = attributes["path"] ?? attributes["name"], !path.isEmpty else {
        throw ReadingFault(why: "has a file without a name")
      }
      file = File(path: CoverageFacts.plainPath(path))
    case "metrics": try takeMetrics(attributes)
    case "line": try takeLine(attributes)
    default: break
    }
  }

  func end(_ name: XMLName) throws(ReadingFault) {
    if !elements.isEmpty { elements.removeLast() }
    if name == "file", let ended = file {
      file = nil
      try endFile(ended)
    }
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {}

  func finish() throws(ReadingFault) -> Reading {
    guard sawProject else {
      throw ReadingFault(kind: .unrecognised, why: "has the root <coverage> and is neither Cobertura nor Clover")
    }
    try CoverageNumbers.refuse("statements", claimed: total?.statements, betterThan: facts.statements)
    try CoverageNumbers.refuse("conditionals", claimed: total?.conditionals, betterThan: facts.branches)
    try CoverageNumbers.refuse("methods", claimed: total?.methods, betterThan: facts.functions)
    if let claimed = total?.statements, claimed.whole > facts.statements.whole {
      warnings.add("totals of more statements than are listed")
    }
    return Reading(facts: .coverage(facts), format: .clover, time: time, warnings: warnings)
  }

  // MARK: -

  private func takeMetrics(_ attributes: XMLAttributes) throws(ReadingFault) {
    let around = elements.dropLast().last
    // Those of a class or a package are counted in those of a file; PHPUnit has written ones that cannot be.
    guard around == "file" || around == "project" else { return }
    var metrics = Metrics()
    metrics.statements = try total("statements", attributes["coveredstatements"], attributes["statements"])
    metrics.conditionals = try total("conditionals", attributes["coveredconditionals"], attributes["conditionals"])
    metrics.methods = try total("methods", attributes["coveredmethods"], attributes["methods"])
    if around == "file" { file?.metrics = metrics } else { total = metrics }
  }

  private func total(_ what: String, _ part: String?, _ whole: String?) throws(ReadingFault) -> Share? {
    guard part != nil || whole != nil else { return nil }
    guard let share = CoverageNumbers.share(part ?? "0", of: whole ?? "0") else {
      throw ReadingFault(why: "has a number of \(what) that cannot be")
    }
    return share
  }

  private func takeLine(_ attributes: XMLAttributes) throws(ReadingFault) {
    guard file != nil else { return }
    guard let number = attributes["num"].flatMap({ Int($0) }), (0...LineMap.largestLine).contains(number) else {
      throw ReadingFault(why: "has a line without a number")
    }
    noted += 1
    guard noted <= CoverageNumbers.mostLines else { throw ReadingFault(why: "has more lines than can be held") }
    file?.listed += 1
    switch attributes["type"] ?? "stmt" {
    case "stmt":
      let ran = try ran(attributes["count"])
      file?.statements.note(number, ran: ran)
      file?.coverage.lines.note(number, ran: ran)
    case "method":
      let ran = try ran(attributes["count"])
      file?.coverage.lines.note(number, ran: ran)
      var hash = StableHash()
      hash.add(field: String(number))
      hash.add(field: attributes["signature"] ?? attributes["name"])
      file?.coverage.functions.note(hash.value, ran: ran)
    case "cond": try takeCondition(number, attributes)
    default: warnings.add("a line of a type that is not known")
    }
  }

  private func takeCondition(_ number: Int, _ attributes: XMLAttributes) throws(ReadingFault) {
    let sides: Share
    if let count = attributes["count"] {
      // Istanbul: the line itself with its count, the branches that ran (`true`) and those that did not (`false`).
      let ran = try ran(count)
      file?.statements.note(number, ran: ran)
      file?.coverage.lines.note(number, ran: ran)
      guard let hit = Int(attributes["truecount"] ?? ""), let missed = Int(attributes["falsecount"] ?? ""), hit >= 0,
        missed >= 0, hit < 1 << 20, missed < 1 << 20
      else { throw ReadingFault(why: "has a condition without counts") }
      sides = Share(hit, of: hit + missed)
    } else {
      let (yes, no) = (try ran(attributes["truecount"]), try ran(attributes["falsecount"]))
      file?.coverage.lines.note(number, ran: yes || no)
      sides = Share((yes ? 1 : 0) + (no ? 1 : 0), of: 2)
    }
    // Of several conditions on one line each counts.
    var hash = StableHash()
    hash.add(field: "\(number) \(file?.conditions[number] ?? 0)")
    file?.conditions[number, default: 0] += 1
    file?.coverage.branches.note(hash.value, sides)
  }

  private func ran(_ text: String?) throws(ReadingFault) -> Bool {
    guard let ran = CoverageNumbers.ran(text) else { throw ReadingFault(why: "has a line without a count") }
    return ran
  }

  private func endFile(_ ended: File) throws(ReadingFault) {
    var (coverage, statements) = (ended.coverage, ended.statements)
    coverage.settle()
    statements.settle()
    coverage.counting = .statements
    coverage.declaredStatements = try believed(
      "statements", ended.metrics?.statements, statements.share, isListed: ended.listed > 0,
      anyRan: coverage.lines.share.part > 0)
    let branches = try believed(
      "conditionals", ended.metrics?.conditionals, coverage.branchShare, isListed: !coverage.branches.isEmpty,
      anyRan: coverage.lines.share.part > 0)
    if branches != coverage.branchShare {
      coverage.branches = BranchMap()
      coverage.declaredBranches = branches
    }
    let functions = try believed(
      "methods", ended.metrics?.methods, coverage.functionShare, isListed: !coverage.functions.isEmpty,
      anyRan: coverage.lines.share.part > 0)
    if functions != coverage.functionShare {
      coverage.functions = HitMap()
      coverage.declaredFunctions = functions
    }
    guard facts.files[ended.path] != nil else {
      facts.files[ended.path] = coverage
      return
    }
    repeats += 1
    guard repeats <= CoverageNumbers.mostRepeats else { throw CoverageNumbers.tooOften }
    facts.files[ended.path]?.merge(coverage)
  }

  /// The metrics, unless they say more than the lines can bear.
  private func believed(
    _ what: String, _ claimed: Share?, _ listed: Share, isListed: Bool, anyRan: Bool
  ) throws(ReadingFault) -> Share? {
    guard let claimed else { return listed.whole > 0 ? listed : nil }
    guard isListed else { return claimed.whole > 0 ? claimed : nil }
    let isTooGood = claimed.missed < listed.missed || claimed.part > 0 && !anyRan
    let isTooMany = claimed.isBetter(than: listed) && claimed.whole > 2 * listed.whole + 2
    if isTooGood || isTooMany { throw CoverageNumbers.contradiction(what, claimed: claimed, listed: listed) }
    return claimed.whole > 0 || listed.whole == 0 ? (claimed.whole > 0 ? claimed : nil) : listed
  }
}
