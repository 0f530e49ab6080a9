import Core

/// Istanbul's `coverage-summary.json`: totals of each file, and of all of them.
///
/// A percentage is a number or the word `Unknown`; of nothing it is 100. Only the counts are believed, and the totals of
/// all files only where no file is listed.
final class IstanbulSummaryReader: JSONReportReader {
  static let format = EvidenceFormat.istanbulSummary
  static let shape = JSONShape.map(
    .emit(
      "entry",
      .object(["lines": .all, "statements": .all, "functions": .all, "branches": .all])))
  /// What stands for the file when there is only a total.
  static let allFiles = "(all files)"

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.members.first?.value else { return false }
    return ["lines", "statements"].allSatisfy { first[$0]?.has("total", "covered", "pct") == true }
  }

  private var facts = CoverageFacts()
  private var total: FileCoverage?
  private var warnings = Warnings()

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let member = value.members?.first else { throw ReadingFault(why: "has a file without a name") }
    var file = FileCoverage(format: .istanbulSummary)
    file.declaredLines = try share("lines", member.value)
    file.declaredStatements = try share("statements", member.value)
    file.declaredFunctions = try share("functions", member.value)
    file.declaredBranches = try share("branches", member.value)
    if member.key == "total" {
      total = file
      return
    }
    let path = CoverageFacts.plainPath(member.key)
    guard facts.files[path] == nil else { throw ReadingFault(why: "has one file twice") }
    facts.files[path] = file
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard let total else { throw ReadingFault(why: "has no total") }
    if facts.files.isEmpty {
      guard total.lineShare.whole > 0 else { throw ReadingFault(kind: .empty, why: "holds no file") }
      facts.files[IstanbulSummaryReader.allFiles] = total
    }
    for measure in CoverageMeasure.allCases {
      try CoverageNumbers.refuse(
        measure.rawValue, claimed: total.share(of: measure), betterThan: facts.share(of: measure))
    }
    return Reading(facts: .coverage(facts), format: .istanbulSummary, warnings: warnings)
  }

  /// `nil` of nothing.
  private func share(_ measure: String, _ entry: JSON) throws(ReadingFault) -> Share? {
    guard let numbers = entry[measure], numbers.members != nil else {
      throw ReadingFault(why: "has an entry without \(measure)")
    }
    guard let share = CoverageNumbers.share(numbers["covered"], of: numbers["total"]) else {
      throw ReadingFault(why: "has a number of \(measure) that cannot be")
    }
    guard let percent = share.percent else { return nil }
    switch numbers["pct"] {
    case .integer, .number:
      guard let claimed = numbers["pct"]?.double, claimed <= percent + 0.01 else {
        throw ReadingFault(
          why: "contradicts itself: it claims more than the \(share.part) of \(share.whole) \(measure) that it counts")
      }
    case .string: warnings.add("a percentage that is not known")
    default: throw ReadingFault(why: "has an entry without a percentage")
    }
    return share
  }
}
