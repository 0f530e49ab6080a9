import Core

/// coverage.py's JSON report (https://coverage.readthedocs.io/en/latest/commands/cmd_json.html), formats 1 to 3.
///
/// Its lines are statements by the line they begin on. With branches its own percentage mixes both; here lines are lines.
final class CoveragePyReader: JSONReportReader {
  static let format = EvidenceFormat.coveragePy
  static let shape = JSONShape.object([
    "meta": .all, "totals": .all,
    "files": .map(
      .emit(
        "file",
        .object([
          "executed_lines": .all, "missing_lines": .all, "executed_branches": .all, "missing_branches": .all,
          "summary": .all, "functions": .map(.object(["summary": .all])),
        ]))),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool { looks["meta"]?.has("version", "branch_coverage") == true }

  private var facts = CoverageFacts()

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let member = value.members?.first, !member.key.isEmpty else {
      throw ReadingFault(why: "has a file without a name")
    }
    let entry = member.value
    var file = FileCoverage(format: .coveragePy)
    try note(entry["executed_lines"], ran: true, &file)
    try note(entry["missing_lines"], ran: false, &file)
    file.lines.settle()
    guard let lines = CoverageNumbers.share(entry["summary"]?["covered_lines"], of: entry["summary"]?["num_statements"])
    else { throw ReadingFault(why: "has a file without a summary") }
    try CoverageNumbers.refuse("lines", claimed: lines, betterThan: file.lines.share)
    guard !file.lines.isEmpty || lines.whole == 0 else {
      throw ReadingFault(why: "has a file that claims \(lines.whole) lines and lists none")
    }
    try noteBranches(entry, &file)
    for function in entry["functions"]?.members ?? [] where !function.key.isEmpty {
      guard
        let share = CoverageNumbers.share(
          function.value["summary"]?["covered_lines"], of: function.value["summary"]?["num_statements"])
      else { throw ReadingFault(why: "has a function without a summary") }
      guard share.whole > 0 else { continue }
      var hash = StableHash()
      hash.add(field: function.key)
      file.functions.note(hash.value, ran: share.part > 0)
    }
    file.settle()
    let path = CoverageFacts.plainPath(member.key)
    guard facts.files[path] == nil else { throw ReadingFault(why: "has one file twice") }
    facts.files[path] = file
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["files"]?.members != nil, let totals = root["totals"], totals.members != nil else {
      throw ReadingFault(why: "has no files or no totals")
    }
    guard !facts.files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no file") }
    let (lines, branches) = (facts.lines, facts.branches)
    try CoverageNumbers.refuse(
      "lines", claimed: CoverageNumbers.share(totals["covered_lines"], of: totals["num_statements"]), betterThan: lines)
    try CoverageNumbers.refuse(
      "branches", claimed: CoverageNumbers.share(totals["covered_branches"], of: totals["num_branches"]),
      betterThan: branches)
    // Of nothing it writes 100.
    if let own = (lines + branches).percent, let claimed = totals["percent_covered"]?.double, claimed > own + 0.01 {
      throw ReadingFault(why: "contradicts itself: it claims \(claimed) %, and what it lists is \(own) %")
    }
    return Reading(facts: .coverage(facts), format: .coveragePy)
  }

  private func note(_ lines: JSON?, ran: Bool, _ file: inout FileCoverage) throws(ReadingFault) {
    guard let lines = lines?.array else { throw ReadingFault(why: "has a file without lists of lines") }
    for line in lines {
      guard let number = CoverageNumbers.line(line) else { throw ReadingFault(why: "has a line that cannot be") }
      file.lines.note(number, ran: ran)
    }
  }

  /// Lists since 6.5; before it only totals.
  private func noteBranches(_ entry: JSON, _ file: inout FileCoverage) throws(ReadingFault) {
    for (name, ran) in [("missing_branches", false), ("executed_branches", true)] {
      for branch in entry[name]?.array ?? [] {
        guard let from = branch[0]?.integer, let to = branch[1]?.integer else {
          throw ReadingFault(why: "has a branch that cannot be read")
        }
        var hash = StableHash()
        hash.add(field: "\(from) \(to)")
        file.branches.note(hash.value, ran: ran)
      }
    }
    guard let whole = entry["summary"]?["num_branches"] else { return }
    guard let claimed = CoverageNumbers.share(entry["summary"]?["covered_branches"], of: whole) else {
      throw ReadingFault(why: "has a number of branches that cannot be")
    }
    if file.branches.isEmpty {
      file.declaredBranches = claimed.whole > 0 ? claimed : nil
    } else {
      try CoverageNumbers.refuse("branches", claimed: claimed, betterThan: file.branchShare)
    }
  }
}
