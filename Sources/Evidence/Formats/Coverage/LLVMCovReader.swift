import Core

/// The JSON of `llvm-cov export` (https://llvm.org/docs/CommandGuide/llvm-cov.html#llvm-cov-export), versions 2 and 3.
///
/// llvm-cov counts a line once for each function around it, so that the summaries are its own way of counting; which
/// lines ran is worked out from the segments as it does itself. Where a summary says that less is missing than the
/// segments show, the segments count.
final class LLVMCovReader: JSONReportReader {
  static let format = EvidenceFormat.llvmCov
  static let shape = JSONShape.object([
    "type": .all, "version": .all,
    "data": .array(
      .object([
        "files": .array(
          .emit(
            "file",
            .object([
              "filename": .all, "segments": .array(.array(.all, atMost: 6), atMost: .max), "summary": .all,
            ])), atMost: .max),
        "totals": .all,
      ]), atMost: 8),
  ])

  static func recognises(_ looks: JSONLooks) -> Bool {
    if let type = looks["type"] { return type.text == "llvm.coverage.json.export" }
    // The type is written last when the keys are sorted.
    let first = looks["data"]?.first?["files"]?.first
    return first?["filename"]?.text != nil && (first?.has("segments") == true || first?.has("summary") == true)
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()
  private var noted = 0

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    guard let name = value["filename"]?.string, !name.isEmpty else {
      throw ReadingFault(why: "has a file without a name")
    }
    var file = FileCoverage(format: .llvmCov)
    file.counting = .declared
    if let segments = value["segments"] {
      guard let list = segments.array else { throw ReadingFault(why: "has segments that are no list") }
      file.lines = try LLVMSegments.lines(list, noted: &noted)
    }
    file.declaredLines = try share("lines", value["summary"])
    file.declaredFunctions = try share("functions", value["summary"])
    file.declaredBranches = try share("branches", value["summary"])
    file.settle()
    let listed = file.lines.share
    if let claimed = file.declaredLines, listed.whole > 0, claimed.missed < listed.missed {
      warnings.add("a summary that is better than its segments")
      file.declaredLines = nil
    }
    let path = CoverageFacts.plainPath(name)
    guard facts.files[path] == nil else { throw ReadingFault(why: "has one file twice") }
    facts.files[path] = file
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    guard root["type"]?.string == "llvm.coverage.json.export" else {
      throw ReadingFault(kind: .unrecognised, why: "looks like an llvm-cov export and names no such type")
    }
    guard let version = root["version"]?.string, ["2.", "3."].contains(where: { version.hasPrefix($0) }) else {
      throw ReadingFault(kind: .unrecognised, why: "is an llvm-cov export of a version that is not read")
    }
    guard let data = root["data"]?.array, data.count == 1, let only = data.first else {
      throw ReadingFault(why: "holds not one export but none or several")
    }
    guard !facts.files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no file") }
    if facts.files.values.allSatisfy({ $0.declaredLines != nil }) {
      try refuse("lines", only["totals"], facts.lines)
    }
    try refuse("functions", only["totals"], facts.functions)
    try refuse("branches", only["totals"], facts.branches)
    return Reading(facts: .coverage(facts), format: .llvmCov, warnings: warnings)
  }

  private func refuse(_ what: String, _ totals: JSON?, _ listed: Share) throws(ReadingFault) {
    try CoverageNumbers.refuse(what, claimed: try share(what, totals), betterThan: listed)
  }

  /// `nil` of nothing: llvm-cov writes 0 % there.
  private func share(_ what: String, _ summary: JSON?) throws(ReadingFault) -> Share? {
    guard let numbers = summary?[what], numbers.members != nil else { return nil }
    guard let share = CoverageNumbers.share(numbers["covered"], of: numbers["count"]) else {
      throw ReadingFault(why: "has a number of \(what) that cannot be")
    }
    return share.whole > 0 ? share : nil
  }
}

/// Lines out of segments, as LLVM does it: `LineCoverageStats` in llvm/lib/ProfileData/Coverage/CoverageMapping.cpp.
private enum LLVMSegments {
  private struct Segment {
    let line: Int
    let hasRun: Bool
    let hasCount: Bool
    let isEntry: Bool
    let isGap: Bool

    var startsRegion: Bool { !isGap && hasCount && isEntry }
  }

  static func lines(_ list: [JSON], noted: inout Int) throws(ReadingFault) -> LineMap {
    var segments: [Segment] = []
    segments.reserveCapacity(list.count)
    for json in list {
      guard let line = CoverageNumbers.line(json[0]), let hasRun = CoverageNumbers.ran(json[2]),
        let hasCount = flag(json[3]), let isEntry = flag(json[4]), line >= segments.last?.line ?? 1
      else { throw ReadingFault(why: "has a segment that cannot be read") }
      // Version 2.0.0 has no gaps.
      let isGap = json[5].flatMap(flag) ?? false
      segments.append(Segment(line: line, hasRun: hasRun, hasCount: hasCount, isEntry: isEntry, isGap: isGap))
    }
    var map = LineMap()
    var next = 0
    var wrapped: Segment?
    var number = segments.first?.line ?? 1
    while next < segments.count {
      let first = next
      while next < segments.count, segments[next].line == number { next += 1 }
      let own = segments[first..<next]
      let starting = own.filter(\.startsRegion)
      let isSkipped = own.first.map { !$0.hasCount && $0.isEntry } ?? false
      if !isSkipped && (wrapped?.hasCount ?? false || !starting.isEmpty) {
        map.note(number, ran: wrapped?.hasRun ?? false || starting.contains(where: \.hasRun))
      }
      noted += 1
      guard noted <= CoverageNumbers.mostLines else { throw ReadingFault(why: "has more lines than can be held") }
      wrapped = own.last ?? wrapped
      number += 1
    }
    return map
  }

  private static func flag(_ json: JSON?) -> Bool? { json?.bool ?? json?.integer.map { $0 != 0 } }
}
