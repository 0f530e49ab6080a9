import Core
import Expat

/// Cobertura XML (coverage-04.dtd) as it is really written by coverage.py, gcovr, coverlet, phpunit, slather and others.
///
/// Counted are distinct lines of a file below `class/lines`, and those below `methods` where a class has no others. The
/// rates at the root only ever count against the report: a rate that is better than the lines show refuses it.
final class CoberturaReader: XMLReportReader {
  static let format = EvidenceFormat.cobertura
  static let textElements: [StaticString] = ["source"]

  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool {
    // Clover has the same root, with other attributes.
    root == "coverage" && (attributes["line-rate"] != nil || attributes["lines-valid"] != nil)
  }

  private struct Lines {
    var map = LineMap()
    var branches = BranchMap()
    var areUncertain = false
    var isEmpty: Bool { map.isEmpty }

    mutating func note(_ number: Int, _ ran: Bool, _ branch: Share?, _ isUncertain: Bool) {
      map.note(number, ran: ran)
      if isUncertain { areUncertain = true }
      if let branch { branches.note(UInt64(number), branch) }
    }
  }

  private struct Method {
    var key: UInt64
    var depth: Int
    var rate: Double?
    var lines = 0
    var ran = false
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()
  private var time: Timestamp?
  private let declaredRate: Double?
  /// `lines-covered` of `lines-valid`, which newer writers add.
  private let declaredLines: Share?
  private var depth = 0
  private var sawPackages = false
  /// The file of the class that is open, and its depth; 0 when none is.
  private var file = ""
  private var classDepth = 0
  private var ownLines = Lines()
  private var linesOfMethods = Lines()
  private var method: Method?
  private var source: [UInt8]?

  init(root attributes: XMLAttributes) {
    declaredRate = attributes["line-rate"].flatMap { Double($0) }
    declaredLines = CoverageNumbers.share(attributes["lines-covered"], of: attributes["lines-valid"])
    if let stamp = attributes["timestamp"].flatMap({ Double($0) }), stamp > 946_684_800, stamp < 1e14 {
      // Java writes milliseconds, most others seconds.
      time = Timestamp(milliseconds: Int64(stamp > 1e11 ? stamp : stamp * 1000))
    }
  }

  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault) {
    depth += 1
    switch name {
    case "line": try takeLine(attributes)
    case "packages", "package": sawPackages = true
    case "source": source = []
    case "class":
      guard let written = attributes["filename"], !written.isEmpty else {
        throw ReadingFault(why: "has a class without a file name")
      }
      file = CoverageFacts.plainPath(written)
      classDepth = depth
      ownLines = Lines()
      linesOfMethods = Lines()
    case "method":
      guard classDepth > 0 else { break }
      var hash = StableHash()
      hash.add(field: file)
      hash.add(field: attributes["name"])
      hash.add(field: attributes["signature"])
      method = Method(key: hash.value, depth: depth, rate: attributes["line-rate"].flatMap { Double($0) })
    default: break
    }
  }

  func end(_ name: XMLName) throws(ReadingFault) {
    switch name {
    case "source":
      if let bytes = source, facts.sources.count < 16 {
        let text = String(decoding: bytes, as: UTF8.self).drop { $0.isWhitespace }
        if !text.isEmpty { facts.sources.append(CoverageFacts.plainPath(String(text))) }
      }
      source = nil
    case "method":
      if let ended = method, ended.depth == depth, classDepth > 0 {
        let ran = ended.lines > 0 ? ended.ran : (ended.rate ?? 0) > 0
        update(file) { $0.functions.note(ended.key, ran: ran) }
        method = nil
      }
    case "class":
      if classDepth > 0, classDepth == depth {
        let lines = ownLines.isEmpty ? linesOfMethods : ownLines
        ownLines = Lines()
        linesOfMethods = Lines()
        update(file) { file in
          let isFirst = file.lines.isEmpty
          file.lines.merge(lines.map)
          file.branches.merge(lines.branches)
          file.branchesAreUncertain = file.branchesAreUncertain || lines.areUncertain
          if isFirst { file.settle() }
        }
        classDepth = 0
      }
    default: break
    }
    depth -= 1
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {
    if source != nil, (source?.count ?? 0) < 4096 { source?.append(contentsOf: bytes) }
  }

  func finish() throws(ReadingFault) -> Reading {
    guard sawPackages || declaredRate != nil else {
      throw ReadingFault(kind: .unrecognised, why: "has the root <coverage> and is neither Cobertura nor Clover")
    }
    if let declaredRate, let counted = facts.lines.percent, declaredRate * 100 > counted + 1 {
      throw ReadingFault(
        why: "contradicts itself: it claims a line rate of \(declaredRate), and its lines show "
          + "\(facts.lines.part) of \(facts.lines.whole)")
    }
    if let claimed = declaredLines?.percent, let counted = facts.lines.percent, claimed > counted + 1 {
      throw CoverageNumbers.contradiction("lines", claimed: declaredLines ?? Share(), listed: facts.lines)
    }
    for path in facts.files.keys { facts.files[path]?.settle() }
    return Reading(facts: .coverage(facts), format: .cobertura, time: time, warnings: warnings)
  }

  private func update(_ path: String, _ change: (inout FileCoverage) -> Void) {
    change(&facts.files[path, default: FileCoverage(format: .cobertura)])
  }

  private func takeLine(_ attributes: XMLAttributes) throws(ReadingFault) {
    guard classDepth > 0 else { return }
    guard let number = attributes.digits("number"), (0...LineMap.largestLine).contains(number) else {
      throw ReadingFault(why: "has a line without a number")
    }
    let ran = try self.ran(attributes)
    if method != nil {
      method?.lines += 1
      if ran { method?.ran = true }
    }
    let branch = try branches(attributes)
    let isUncertain = branch == nil && isTrue(attributes.bytes("branch"))
    if isUncertain { warnings.add("a line with branches and no word of how many ran") }
    if method == nil {
      ownLines.note(number, ran, branch, isUncertain)
    } else {
      linesOfMethods.note(number, ran, branch, isUncertain)
    }
  }

  private func ran(_ attributes: XMLAttributes) throws(ReadingFault) -> Bool {
    if let hits = attributes.digits("hits") { return hits > 0 }
    guard let hits = attributes["hits"].flatMap({ Double($0) }), !hits.isNaN else {
      throw ReadingFault(why: "has a line without a count of hits")
    }
    return hits > 0
  }

  private func isTrue(_ bytes: UnsafeRawBufferPointer?) -> Bool {
    guard let bytes, bytes.count == 4 else { return false }
    return zip(bytes, "true".utf8).allSatisfy { $0 | 0x20 == $1 }
  }

  /// `50% (1/2)` as 1 of 2.
  private func branches(_ attributes: XMLAttributes) throws(ReadingFault) -> Share? {
    guard let text = attributes.bytes("condition-coverage"), !text.isEmpty else { return nil }
    guard let open = text.lastIndex(of: 0x28), let slash = text[open...].firstIndex(of: 0x2F),
      let close = text[slash...].firstIndex(of: 0x29), let part = number(text[(open + 1)..<slash]),
      let whole = number(text[(slash + 1)..<close]), part <= whole
    else { throw ReadingFault(why: "has a condition coverage that cannot be read") }
    return Share(part, of: whole)
  }

  /// Plain digits, below 2²⁰.
  private func number(_ digits: Slice<UnsafeRawBufferPointer>) -> Int? {
    guard !digits.isEmpty else { return nil }
    var value = 0
    for byte in digits {
      guard byte &- 0x30 < 10, value < 1 << 20 else { return nil }
      value = value * 10 + Int(byte &- 0x30)
    }
    return value < 1 << 20 ? value : nil
  }
}
