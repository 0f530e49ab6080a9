import Core

/// SimpleCov's `.resultset.json`: what each command measured, joined by line. Filters and `:nocov:` are not applied in it.
final class SimpleCovResultsetReader: JSONReportReader {
  static let format = EvidenceFormat.simplecov
  static let shape = JSONShape.map(.object(["coverage": .map(.emit("file", .all)), "timestamp": .all]))

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let command = looks.members.first?.value, let coverage = command["coverage"], coverage.isObject else {
      return false
    }
    guard let file = coverage.members.first?.value else { return command["timestamp"]?.isNumber == true }
    return file.isList || file["lines"]?.isList == true
  }

  private var tally = SimpleCovTally()

  func take(_ part: String, _ value: JSON) throws(ReadingFault) { try tally.take(value) }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    var oldest: Timestamp?
    for command in root.members ?? [] {
      if let seconds = command.value["timestamp"]?.integer, seconds > 946_684_800, seconds < 100_000_000_000 {
        let time = Timestamp(seconds: seconds)
        oldest = oldest.map { min($0, time) } ?? time
      }
    }
    return try tally.reading(time: oldest)
  }
}

/// SimpleCov's `coverage.json` (the JSON formatter): what was measured, with totals.
final class SimpleCovReportReader: JSONReportReader {
  static let format = EvidenceFormat.simplecov
  static let shape = JSONShape.object([
    "meta": .all, "total": .all,
    "coverage": .map(
      .emit(
        "file",
        .object([
          "lines": .all, "branches": .all, "methods": .all, "covered_lines": .all, "total_lines": .all,
          "covered_branches": .all, "total_branches": .all,
        ]))),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool { looks["meta"]?.has("simplecov_version") == true }

  private var tally = SimpleCovTally()

  func take(_ part: String, _ value: JSON) throws(ReadingFault) { try tally.take(value) }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["coverage"]?.members != nil else { throw ReadingFault(why: "has no coverage") }
    for (name, listed) in [("lines", tally.facts.lines), ("branches", tally.facts.branches)] {
      let total = root["total"]?[name]
      try CoverageNumbers.refuse(
        name, claimed: CoverageNumbers.share(total?["covered"], of: total?["total"]), betterThan: listed)
    }
    var reading = try tally.reading(time: root["meta"]?["timestamp"]?.string.flatMap { Timestamp($0) })
    if let commit = root["meta"]?["commit"]?.string, commit.utf8.count == 40,
      commit.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    {
      reading.commits = [commit]
    }
    return reading
  }
}

/// SimpleCov's `.last_run.json`: percentages of nothing that could be looked at.
final class SimpleCovLastRunReader: JSONReportReader {
  static let format = EvidenceFormat.simplecov
  static let shape = JSONShape.object(["result": .all])

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard looks.members.count == 1, let result = looks["result"] else { return false }
    return result["line"]?.isNumber == true || result["covered_percent"]?.isNumber == true
  }

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {}

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    throw ReadingFault(
      why: "gives only percentages of SimpleCov's last run, and not what was measured",
      remedy: "give coverage/.resultset.json, or the coverage.json of SimpleCov's JSON formatter")
  }
}

/// Files of SimpleCov, joined as they come.
private struct SimpleCovTally {
  private(set) var facts = CoverageFacts()

  mutating func take(_ value: JSON) throws(ReadingFault) {
    guard let member = value.members?.first, !member.key.isEmpty else {
      throw ReadingFault(why: "has a file without a name")
    }
    // Before 0.18 the list of lines stood alone.
    guard let lines = member.value.array ?? member.value["lines"]?.array else {
      throw ReadingFault(why: "has a file without a list of lines")
    }
    var file = FileCoverage(format: .simplecov)
    for (index, count) in lines.enumerated() {
      // Lines that are nothing to run, and those that are to be passed over.
      if count == .null || count.string == "ignored" { continue }
      guard let ran = CoverageNumbers.ran(count) else {
        throw ReadingFault(why: "has a line with a count that is none")
      }
      file.lines.note(index + 1, ran: ran)
    }
    try noteBranches(member.value["branches"], &file)
    try noteMethods(member.value["methods"], &file)
    try refuse("lines", member.value, file.lines.share)
    try refuse("branches", member.value, file.branchShare)
    file.settle()
    let path = CoverageFacts.plainPath(member.key)
    if facts.files[path] == nil { facts.files[path] = file } else { facts.files[path]?.merge(file) }
  }

  func reading(time: Timestamp?) throws(ReadingFault) -> Reading {
    guard !facts.files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no file") }
    return Reading(facts: .coverage(facts), format: .simplecov, time: time)
  }

  /// Conditions with their arms by name in the result set, a list of arms in the report.
  private func noteBranches(_ branches: JSON?, _ file: inout FileCoverage) throws(ReadingFault) {
    for condition in branches?.members ?? [] {
      for arm in condition.value.members ?? [] {
        try note(arm.value, ["\(condition.key)", arm.key], &file)
      }
    }
    for (index, arm) in (branches?.array ?? []).enumerated() {
      let place = arm["start_line"]?.integer.map { "\($0)" }
      try note(arm["coverage"], [arm["type"]?.string, place, "\(index)"], &file)
    }
  }

  private func note(_ count: JSON?, _ name: [String?], _ file: inout FileCoverage) throws(ReadingFault) {
    if count?.string == "ignored" { return }
    guard let ran = CoverageNumbers.ran(count) else { throw ReadingFault(why: "has a branch without a count") }
    var hash = StableHash()
    for part in name { hash.add(field: part) }
    file.branches.note(hash.value, ran: ran)
  }

  private func noteMethods(_ methods: JSON?, _ file: inout FileCoverage) throws(ReadingFault) {
    var counts = (methods?.members ?? []).map { (name: $0.key, count: $0.value) }
    for (index, method) in (methods?.array ?? []).enumerated() {
      counts.append(("\(method["name"]?.string ?? "") \(index)", method["coverage"] ?? .null))
    }
    for (name, count) in counts where count.string != "ignored" {
      guard let ran = CoverageNumbers.ran(count) else { throw ReadingFault(why: "has a method without a count") }
      var hash = StableHash()
      hash.add(field: name)
      file.functions.note(hash.value, ran: ran)
    }
  }

  private func refuse(_ what: String, _ entry: JSON, _ listed: Share) throws(ReadingFault) {
    try CoverageNumbers.refuse(
      what, claimed: CoverageNumbers.share(entry["covered_\(what)"], of: entry["total_\(what)"]), betterThan: listed)
  }
}
