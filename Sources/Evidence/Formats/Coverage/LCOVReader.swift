import Core

/// LCOV tracefiles (geninfo(1)), of lcov 1.x and 2.x and of the many that write the like.
///
/// Everything is counted from the detail, `DA`, `BRDA` and `FNDA`/`FNA`; the totals `LF`, `LH`… are never added up, because
/// real ones differ from the detail. They stand for it only where no record has any (`llvm-cov export -summary-only`). Keys
/// that are not known are passed over and told.
final class LCOVReader: LineReportReader {
  /// The functions of one name.
  private struct Named {
    /// The first line of the first, and those of the others.
    var start: Int
    var others: [Int] = []
    /// How many counts came.
    var counts = 0

    var number: Int { 1 + others.count }
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()
  private var line = 0

  private var path: String?
  private var file = FileCoverage(format: .lcov)
  private var declaredLines = 0
  private var declaredLinesHit: Int?
  private var declaredBranches = 0
  private var declaredBranchesHit: Int?
  private var declaredFunctions: Int?
  private var declaredFunctionsHit: Int?
  /// By the hash of its name: overloads share one.
  private var functionsNamed: [UInt64: Named] = [:]
  /// Functions of lcov 2.2 by the index of their group.
  private var groups: [Int: Bool] = [:]
  private var sawDetail = false
  /// Where the first record ended that gives totals alone.
  private var firstSummary: Int?

  static let format = EvidenceFormat.lcov

  static func recognises(_ looks: TextLooks) -> Bool {
    // lcov 2 allows comments before the first record.
    let told = looks.lines.lazy.map(TextLooks.trimmed).first { !$0.isEmpty && !$0.hasPrefix("#") }
    guard let first = told else { return false }
    return ["TN:", "SF:", "VER:"].contains { first.hasPrefix($0) }
  }

  func finish() throws(ReadingFault) -> Reading {
    if path != nil { throw fault("is cut short: the last record has no end_of_record") }
    guard !facts.files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no record of any file") }
    return Reading(facts: .coverage(facts), format: .lcov, warnings: warnings)
  }

  func take(_ bytes: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    line = number
    if bytes.count > 3, bytes[2] == 0x3A, bytes[0] == 0x44, bytes[1] == 0x41 {
      return try takeLine(UnsafeRawBufferPointer(rebasing: bytes[3...]))
    }
    guard !bytes.isEmpty else { return }
    if bytes.contains(0) { throw fault("holds a NUL byte") }
    guard let colon = bytes.firstIndex(of: 0x3A) else {
      // Blanks at the end are passed over by lcov too.
      let word = bytes[..<((bytes.lastIndex { $0 != 0x20 && $0 != 0x09 } ?? -1) + 1)]
      if word.elementsEqual("end_of_record".utf8) { return try endRecord() }
      if word.isEmpty || word.elementsEqual("EOF".utf8) || bytes.first == 0x23 { return }
      throw fault("is no LCOV record")
    }
    let key = UnsafeRawBufferPointer(rebasing: bytes[..<colon])
    let value = UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])
    // Of what there are many, no text is made; for the rest that is cheap enough.
    switch key.count {
    case 4 where key.elementsEqual("BRDA".utf8): return try takeBranch(value)
    case 4 where key.elementsEqual("FNDA".utf8): return try takeFunctionCount(value)
    case 2 where key.elementsEqual("FN".utf8): return try takeFunction(value)
    default: break
    }
    guard let text = String(validating: value, as: UTF8.self), let key = String(validating: key, as: UTF8.self) else {
      throw fault("is not valid UTF-8")
    }
    try take(key, text)
  }

  private func take(_ key: String, _ value: String) throws(ReadingFault) {
    switch key {
    case "TN", "VER": return
    case "SF":
      if path != nil { throw fault("begins a record within a record") }
      if value.isEmpty { throw fault("names no file") }
      path = CoverageFacts.plainPath(value)
      return
    default: break
    }
    guard path != nil else {
      if LCOVReader.keys.contains(key) { throw fault("stands outside a record") }
      warnings.add("a line of a kind that is not known")
      return
    }
    switch key {
    case "FNL":
      groups[try index(value.prefix { $0 != "," })] = groups[try index(value.prefix { $0 != "," })] ?? false
    case "FNA":
      let parts = value.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2 else { throw fault("is no FNA record") }
      let ran = try isPositive(parts[1])
      let group = try index(parts[0])
      groups[group] = (groups[group] ?? false) || ran
    case "LF": declaredLines = try index(value[...])
    case "LH": declaredLinesHit = try index(value[...])
    case "BRF": declaredBranches = try index(value[...])
    case "BRH": declaredBranchesHit = try index(value[...])
    case "FNF": declaredFunctions = try index(value[...])
    case "FNH": declaredFunctionsHit = try index(value[...])
    case "MCDC", "MCF", "MCH": break
    default: warnings.add("a line of a kind that is not known")
    }
  }

  private static let keys: Set<String> = [
    "DA", "FNL", "FNA", "LF", "LH", "BRF", "BRH", "FNF", "FNH", "MCDC", "MCF", "MCH",
  ]

  /// `line,count[,checksum]`
  private func takeLine(_ value: UnsafeRawBufferPointer) throws(ReadingFault) {
    guard path != nil else { throw fault("stands outside a record") }
    var number = 0
    var index = 0
    while index < value.count {
      let digit = value[index] &- 0x30
      guard digit < 10 else { break }
      number = number * 10 + Int(digit)
      index += 1
      if number > LineMap.largestLine { throw fault("is a line number beyond belief") }
    }
    guard index > 0, index + 1 < value.count, value[index] == 0x2C else { throw fault("is no DA record") }
    let first = index + 1
    index = first
    // llvm-cov and others count beyond 64 bits and with decimals: only whether anything was counted matters.
    var ran = false
    while index < value.count {
      let digit = value[index] &- 0x30
      guard digit < 10 else { break }
      if digit != 0 { ran = true }
      index += 1
    }
    if index > first, index == value.count || value[index] == 0x2C { return file.lines.note(number, ran: ran) }
    let count = UnsafeRawBufferPointer(rebasing: value[first...].prefix { $0 != 0x2C })
    if value.contains(0) { throw fault("holds a NUL byte") }
    guard let text = String(validating: count, as: UTF8.self), let hits = Double(text), !hits.isNaN else {
      throw fault("is no DA record")
    }
    // gcov has written negative counts after an overflow; they prove nothing.
    if hits < 0 { warnings.add("a negative count, taken as not run") }
    file.lines.note(number, ran: hits > 0)
  }

  /// `line,block,branch,taken`, where the branch may be text with commas: the count is after the last one.
  private func takeBranch(_ value: UnsafeRawBufferPointer) throws(ReadingFault) {
    guard path != nil else { throw fault("stands outside a record") }
    guard let last = value.lastIndex(of: 0x2C), value[..<last].contains(0x2C) else {
      throw fault("is no BRDA record")
    }
    let hash = try hash(value[..<last])
    let taken = value[(last + 1)...]
    // `-`: the line never ran, so that the branch was not taken.
    let ran = taken.count == 1 && taken.first == 0x2D ? false : try isPositive(taken)
    file.branches.note(hash, ran: ran)
  }

  /// `line[,end],name`
  private func takeFunction(_ value: UnsafeRawBufferPointer) throws(ReadingFault) {
    guard path != nil else { throw fault("stands outside a record") }
    guard let comma = value.firstIndex(of: 0x2C) else { throw fault("is no FN record") }
    var name = value[(comma + 1)...]
    if let next = name.firstIndex(of: 0x2C), next > comma + 1, name[..<next].allSatisfy({ $0 &- 0x30 < 10 }) {
      name = name[(next + 1)...]
    }
    // A line that is no number (gcov has written such) tells overloads apart no worse.
    let start = Int(String(decoding: value[..<comma], as: UTF8.self)) ?? 0
    let hash = try hash(name)
    var place = 1
    if var named = functionsNamed[hash] {
      if named.start != start, !named.others.contains(start), named.others.count < 1000 {
        named.others.append(start)
        functionsNamed[hash] = named
      }
      place = named.number
    } else {
      functionsNamed[hash] = Named(start: start)
    }
    noteFunction(hash, place, ran: false)
  }

  /// `count,name`; the n-th count of a name is for the n-th function of that name.
  private func takeFunctionCount(_ value: UnsafeRawBufferPointer) throws(ReadingFault) {
    guard path != nil else { throw fault("stands outside a record") }
    guard let comma = value.firstIndex(of: 0x2C) else { throw fault("is no FNDA record") }
    let hash = try hash(value[(comma + 1)...])
    var named = functionsNamed[hash] ?? Named(start: 0)
    named.counts += 1
    functionsNamed[hash] = named
    noteFunction(hash, min(named.counts, named.number), ran: try isPositive(value[..<comma]))
  }

  private func hash(_ name: Slice<UnsafeRawBufferPointer>) throws(ReadingFault) -> UInt64 {
    if name.contains(where: { $0 >= 0x80 }), String(validating: name, as: UTF8.self) == nil {
      throw fault("is not valid UTF-8")
    }
    var hash = StableHash()
    hash.add(UnsafeRawBufferPointer(rebasing: name))
    return hash.value
  }

  private func noteFunction(_ name: UInt64, _ place: Int, ran: Bool) {
    var hash = StableHash()
    hash.add(number: name)
    hash.add(number: UInt64(place))
    file.functions.note(hash.value, ran: ran)
  }

  private func endRecord() throws(ReadingFault) {
    guard let name = path else { throw fault("ends a record that did not begin") }
    for (group, ran) in groups {
      var hash = StableHash()
      hash.add(field: "group \(group)")
      file.functions.note(hash.value, ran: ran)
    }
    file.settle()
    if file.lines.isEmpty, declaredLines > 0 {
      try takeSummary()
    } else {
      if !file.lines.isEmpty { sawDetail = true }
      if file.branches.isEmpty, declaredBranches > 0 { file.branchesAreUncertain = true }
      if file.lines.share.whole != declaredLines, declaredLines > 0 {
        warnings.add("totals that differ from the detail")
      }
    }
    if let firstSummary, sawDetail {
      throw ReadingFault(
        line: firstSummary, column: 1,
        why: "ends a record that claims lines and lists none, where other records list theirs")
    }
    if file.functions.isEmpty, let found = declaredFunctions, found > 0 {
      file.declaredFunctions = Share(min(found, declaredFunctionsHit ?? 0), of: found)
    }
    if var known = facts.files[name] {
      known.merge(file)
      facts.files[name] = known
    } else {
      facts.files[name] = file
    }
    path = nil
    file = FileCoverage(format: .lcov)
    groups = [:]
    functionsNamed.removeAll(keepingCapacity: functionsNamed.count < 10_000)
    declaredLines = 0
    declaredLinesHit = nil
    declaredBranches = 0
    declaredBranchesHit = nil
    declaredFunctions = nil
    declaredFunctionsHit = nil
  }

  /// A record without any detail.
  private func takeSummary() throws(ReadingFault) {
    guard file.branches.isEmpty, file.functions.isEmpty, let hit = declaredLinesHit, hit <= declaredLines,
      declaredBranchesHit ?? 0 <= declaredBranches
    else { throw fault("is a record that claims \(declaredLines) lines and lists none") }
    firstSummary = firstSummary ?? line
    file.declaredLines = Share(hit, of: declaredLines)
    if declaredBranches > 0 { file.declaredBranches = Share(declaredBranchesHit ?? 0, of: declaredBranches) }
    warnings.add("a file of which only totals are given")
  }

  private func index(_ text: Substring) throws(ReadingFault) -> Int {
    guard let value = Int(text), value >= 0, value < 1 << 31 else { throw fault("is no number where one should be") }
    return value
  }

  private func isPositive(_ bytes: Slice<UnsafeRawBufferPointer>) throws(ReadingFault) -> Bool {
    if !bytes.isEmpty, bytes.allSatisfy({ $0 &- 0x30 < 10 }) { return bytes.contains { $0 != 0x30 } }
    return try isPositive(String(decoding: bytes, as: UTF8.self)[...])
  }

  private func isPositive(_ text: Substring) throws(ReadingFault) -> Bool {
    guard let value = Double(text), !value.isNaN else { throw fault("is no count where one should be") }
    return value > 0
  }

  private func fault(_ why: String) -> ReadingFault { ReadingFault(line: line, column: 1, why: why) }
}
