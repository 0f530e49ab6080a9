import Core

/// LCOV tracefiles (geninfo(1)), of lcov 1.x and 2.x and of the many that write the like.
///
/// Everything is counted from the detail, `DA`, `BRDA` and `FNDA`/`FNA`; the totals `LF`, `LH`… are never added up, because
/// real ones differ from the detail. Keys that are not known are passed over and told.
final class LCOVReader: LineReportReader {
  private var facts = CoverageFacts()
  private var warnings = Warnings()
  private var line = 0

  private var path: String?
  private var file = FileCoverage(format: .lcov)
  private var declaredLines = 0
  private var declaredBranches = 0
  private var declaredFunctions: Int?
  private var declaredFunctionsHit: Int?
  /// Of each function's name, the lines it is defined on and how many counts came: overloads share a name.
  private var functionLines: [String: [Substring]] = [:]
  private var functionCounts: [String: Int] = [:]
  /// Functions of lcov 2.2 by the index of their group.
  private var groups: [Int: Bool] = [:]

  static let format = EvidenceFormat.lcov

  static func recognises(_ looks: TextLooks) -> Bool {
    guard let first = looks.first else { return false }
    return ["TN:", "SF:", "VER:"].contains { first.hasPrefix($0) }
  }

  func finish() throws(ReadingFault) -> Reading {
    if path != nil { throw fault("is cut short: the last record has no end_of_record") }
    guard !facts.files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no record of any file") }
    return Reading(facts: .coverage(facts), format: .lcov, warnings: warnings)
  }

  func take(_ bytes: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    line = number
    guard !bytes.isEmpty else { return }
    if bytes.contains(0) { throw fault("holds a NUL byte") }
    guard let colon = bytes.firstIndex(of: 0x3A) else {
      if bytes.elementsEqual("end_of_record".utf8) { return try endRecord() }
      if bytes.elementsEqual("EOF".utf8) || bytes.first == 0x23 { return }
      throw fault("is no LCOV record")
    }
    let key = UnsafeRawBufferPointer(rebasing: bytes[..<colon])
    let value = UnsafeRawBufferPointer(rebasing: bytes[(colon + 1)...])
    if key.elementsEqual("DA".utf8) { return try takeLine(value) }
    // The many lines are read without making text of them; for the rest that is cheap enough.
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
    case "BRDA": try takeBranch(value)
    case "FN":
      // line[,end],name
      guard let comma = value.firstIndex(of: ",") else { throw fault("is no FN record") }
      var name = value[value.index(after: comma)...]
      if let next = name.firstIndex(of: ","), Int(name[..<next]) != nil { name = name[name.index(after: next)...] }
      let start = value[..<comma]
      var lines = functionLines[String(name)] ?? []
      if !lines.contains(start), lines.count < 1000 { lines.append(start) }
      functionLines[String(name)] = lines
      noteFunction(String(name), lines.count, ran: false)
    case "FNDA":
      guard let comma = value.firstIndex(of: ",") else { throw fault("is no FNDA record") }
      let name = String(value[value.index(after: comma)...])
      // The n-th count of a name is for the n-th function of that name.
      let place = (functionCounts[name] ?? 0) + 1
      functionCounts[name] = place
      noteFunction(name, min(place, max(1, functionLines[name]?.count ?? 1)), ran: try isPositive(value[..<comma]))
    case "FNL":
      groups[try index(value.prefix { $0 != "," })] = groups[try index(value.prefix { $0 != "," })] ?? false
    case "FNA":
      let parts = value.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2 else { throw fault("is no FNA record") }
      let ran = try isPositive(parts[1])
      let group = try index(parts[0])
      groups[group] = (groups[group] ?? false) || ran
    case "LF": declaredLines = try index(value[...])
    case "BRF": declaredBranches = try index(value[...])
    case "FNF": declaredFunctions = try index(value[...])
    case "FNH": declaredFunctionsHit = try index(value[...])
    case "LH", "BRH", "MCDC", "MCF", "MCH": break
    default: warnings.add("a line of a kind that is not known")
    }
  }

  private static let keys: Set<String> = [
    "DA", "BRDA", "FN", "FNDA", "FNL", "FNA", "LF", "LH", "BRF", "BRH", "FNF", "FNH", "MCDC", "MCF", "MCH",
  ]

  /// `line,count[,checksum]`
  private func takeLine(_ value: UnsafeRawBufferPointer) throws(ReadingFault) {
    guard path != nil else { throw fault("stands outside a record") }
    var number = 0
    var index = 0
    while index < value.count, (0x30...0x39).contains(value[index]) {
      number = number * 10 + Int(value[index] - 0x30)
      index += 1
      if number > LineMap.largestLine { throw fault("is a line number beyond belief") }
    }
    guard index > 0, index < value.count, value[index] == 0x2C else { throw fault("is no DA record") }
    let count = UnsafeRawBufferPointer(rebasing: value[(index + 1)...].prefix { $0 != 0x2C })
    // llvm-cov and others count beyond 64 bits and with decimals: only whether anything was counted matters.
    var ran = false
    var digits = 0
    for (place, byte) in count.enumerated() {
      switch byte {
      case 0x31...0x39:
        ran = true
        digits += 1
      case 0x30: digits += 1
      case 0x2D where place == 0: return try takeNegative(count, line: number)
      case 0x2E, 0x2B, 0x45, 0x65:
        guard let text = String(validating: count, as: UTF8.self) else { throw fault("is no DA record") }
        file.lines.note(number, ran: try isPositive(text[...]))
        return
      default: throw fault("is no DA record")
      }
    }
    guard digits > 0 else { throw fault("is no DA record") }
    file.lines.note(number, ran: ran)
  }

  /// gcov has written negative counts after an overflow; they prove nothing.
  private func takeNegative(_ count: UnsafeRawBufferPointer, line number: Int) throws(ReadingFault) {
    guard let text = String(validating: count, as: UTF8.self), Double(text) != nil else {
      throw fault("is no DA record")
    }
    warnings.add("a negative count, taken as not run")
    file.lines.note(number, ran: false)
  }

  /// `line,block,branch,taken`, where the branch may be text with commas: the count is after the last one.
  private func takeBranch(_ value: String) throws(ReadingFault) {
    guard let last = value.lastIndex(of: ","), value[..<last].split(separator: ",").count >= 2 else {
      throw fault("is no BRDA record")
    }
    let taken = value[value.index(after: last)...]
    var hash = StableHash()
    hash.add(value[..<last].utf8)
    // `-`: the line never ran, so that the branch was not taken.
    let ran = taken == "-" ? false : try isPositive(taken)
    let known = file.branches[hash.value]?.part ?? 0
    file.branches[hash.value] = Share(max(known, ran ? 1 : 0), of: 1)
  }

  private func noteFunction(_ name: String, _ place: Int, ran: Bool) {
    var hash = StableHash()
    hash.add(field: name)
    hash.add(field: String(place))
    file.functions[hash.value] = (file.functions[hash.value] ?? false) || ran
  }

  private func endRecord() throws(ReadingFault) {
    guard let name = path else { throw fault("ends a record that did not begin") }
    for (group, ran) in groups {
      var hash = StableHash()
      hash.add(field: "group \(group)")
      file.functions[hash.value] = ran
    }
    file.lines.settle()
    if file.lines.isEmpty, declaredLines > 0 {
      throw fault("is a record that claims \(declaredLines) lines and lists none")
    }
    if file.branches.isEmpty, declaredBranches > 0 { file.branchesAreUncertain = true }
    if file.lines.share.whole != declaredLines, declaredLines > 0 { warnings.add("totals that differ from the detail") }
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
    functionLines = [:]
    functionCounts = [:]
    declaredLines = 0
    declaredBranches = 0
    declaredFunctions = nil
    declaredFunctionsHit = nil
  }

  private func index(_ text: Substring) throws(ReadingFault) -> Int {
    guard let value = Int(text), value >= 0, value < 1 << 31 else { throw fault("is no number where one should be") }
    return value
  }

  private func isPositive(_ text: Substring) throws(ReadingFault) -> Bool {
    guard let value = Double(text), !value.isNaN else { throw fault("is no count where one should be") }
    return value > 0
  }

  private func fault(_ why: String) -> ReadingFault { ReadingFault(line: line, column: 1, why: why) }
}
