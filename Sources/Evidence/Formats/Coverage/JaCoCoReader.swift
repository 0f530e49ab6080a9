import Core
import Expat

/// JaCoCo XML (report.dtd 1.1: https://www.jacoco.org/jacoco/trunk/coverage/report.dtd), of JaCoCo, Kover, Pester and others.
///
/// Lines and branches are counted below `sourcefile`, functions by `method`. A line ran when one of its instructions did.
/// The counters of a file and of the report only ever count against it, and stand for it only where its lines tell of no
/// instructions (gcovr). Paths are packages: within a `group`, its name
/// stands before them, since two modules may hold the same package.
final class JaCoCoReader: XMLReportReader {
  static let textElements: [StaticString] = []
  static let format = EvidenceFormat.jacoco

  static func recognises(root: String, _ attributes: XMLAttributes) -> Bool {
    root == "report" && attributes["name"] != nil
  }

  private struct Source {
    var path: String
    var coverage = FileCoverage(format: .jacoco)
    var counters: [String: Share] = [:]
    /// Lines that say how many of their instructions ran, and those that do not.
    var told = 0
    var untold = 0
  }

  private struct Class {
    var name: String
    /// `nil` when the report does not say it, as before 0.8.3 and without debug information.
    var path: String?
  }

  private struct Method {
    var key: UInt64
    var ran: Bool?
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()
  private var elements: [String] = []
  private var groups: [String] = []
  private var package = ""
  private var source: Source?
  private var currentClass: Class?
  private var method: Method?
  private var counters: [String: Share] = [:]
  private var sawParts = false
  private var hasUnplacedClasses = false
  private var oldest: Timestamp?
  private var noted = 0
  private var sources: Set<String> = []
  private var repeats = 0

  init(root attributes: XMLAttributes) {}

  func start(_ name: XMLName, _ attributes: XMLAttributes) throws(ReadingFault) {
    elements.append(name.text)
    switch name {
    case "sessioninfo":
      sawParts = true
      if let dump = attributes["dump"].flatMap({ Int64($0) }), dump > 946_684_800_000, dump < 100_000_000_000_000 {
        let time = Timestamp(milliseconds: dump)
        oldest = oldest.map { min($0, time) } ?? time
      }
    case "group":
      sawParts = true
      groups.append(DisplayText.bounded(attributes["name"] ?? "", to: 200))
    case "package":
      sawParts = true
      package = attributes["name"] ?? ""
    case "class":
      let file = attributes["sourcefilename"]
      let type = attributes["name"] ?? ""
      currentClass = Class(name: type, path: file.map { path($0) })
    case "method":
      guard let current = currentClass else { break }
      var hash = StableHash()
      hash.add(field: current.name)
      hash.add(field: attributes["name"])
      hash.add(field: attributes["desc"])
      hash.add(field: attributes["line"])
      method = Method(key: hash.value)
    case "sourcefile":
      guard let file = attributes["name"], !file.isEmpty else {
        throw ReadingFault(why: "has a source file without a name")
      }
      source = Source(path: path(file))
    case "line": try takeLine(attributes)
    case "counter": try takeCounter(attributes)
    default: break
    }
  }

  func end(_ name: XMLName) throws(ReadingFault) {
    if !elements.isEmpty { elements.removeLast() }
    switch name {
    case "group": if !groups.isEmpty { groups.removeLast() }
    case "package": package = ""
    case "method":
      if let ended = method, let ran = ended.ran, let current = currentClass {
        // Without a source file there is nothing that the function could be told of.
        if current.path == nil { hasUnplacedClasses = true }
        update(current.path ?? path(SourceList.name(of: current.name))) {
          $0.functions.note(ended.key, ran: ran)
        }
      }
      method = nil
    case "class": currentClass = nil
    case "sourcefile": try endSource()
    default: break
    }
  }

  func text(_ bytes: UnsafeRawBufferPointer) throws(ReadingFault) {}

  func finish() throws(ReadingFault) -> Reading {
    guard sawParts || !counters.isEmpty else {
      throw ReadingFault(kind: .unrecognised, why: "has the root <report> and no part of a JaCoCo report")
    }
    try CoverageNumbers.refuse("lines", claimed: counters["LINE"], betterThan: facts.lines)
    if !hasUnplacedClasses {
      try CoverageNumbers.refuse("branches", claimed: counters["BRANCH"], betterThan: facts.branches)
      try CoverageNumbers.refuse("methods", claimed: counters["METHOD"], betterThan: facts.functions)
    }
    if let claimed = counters["LINE"], claimed.whole > facts.lines.whole {
      warnings.add("totals of more lines than are listed")
    }
    return Reading(facts: .coverage(facts), format: .jacoco, time: oldest, warnings: warnings)
  }

  // MARK: -

  private func path(_ file: some StringProtocol) -> String {
    CoverageFacts.plainPath((groups + [package, String(file)]).filter { !$0.isEmpty }.joined(separator: "/"))
  }

  private func update(_ path: String, _ change: (inout FileCoverage) -> Void) {
    var file = facts.files[path] ?? FileCoverage(format: .jacoco)
    if !groups.isEmpty { file.module = groups.joined(separator: "/") }
    change(&file)
    facts.files[path] = file
  }

  private func takeLine(_ attributes: XMLAttributes) throws(ReadingFault) {
    guard source != nil else { return }
    guard let number = attributes["nr"].flatMap({ Int($0) }), (1...LineMap.largestLine).contains(number) else {
      throw ReadingFault(why: "has a line without a number")
    }
    if attributes["mi"] == nil, attributes["ci"] == nil { source?.untold += 1 } else { source?.told += 1 }
    let missed = try count(attributes["mi"])
    let ran = try count(attributes["ci"])
    let branches = Share(try count(attributes["cb"]), of: try count(attributes["cb"]) + (try count(attributes["mb"])))
    // JaCoCo lists no line without instructions; others have written empty ones.
    guard missed + ran + branches.whole > 0 else { return }
    source?.coverage.lines.note(number, ran: ran > 0)
    if branches.whole > 0 { source?.coverage.branches.note(UInt64(number), branches) }
    noted += 1
    guard noted <= CoverageNumbers.mostLines else { throw ReadingFault(why: "has more lines than can be held") }
  }

  /// A count of instructions or branches; absent is none.
  private func count(_ text: String?) throws(ReadingFault) -> Int {
    guard let text else { return 0 }
    guard let count = Int(text), count >= 0, count < 1 << 24 else {
      throw ReadingFault(why: "has a count that is none")
    }
    return count
  }

  private func takeCounter(_ attributes: XMLAttributes) throws(ReadingFault) {
    guard let type = attributes["type"], let covered = attributes["covered"].flatMap({ Int($0) }),
      let missed = attributes["missed"].flatMap({ Int($0) }), covered >= 0, missed >= 0,
      covered <= CoverageNumbers.largestTotal, missed <= CoverageNumbers.largestTotal
    else { throw ReadingFault(why: "has a counter that cannot be read") }
    let share = Share(covered, of: covered + missed)
    switch elements.dropLast().last {
    case "report": counters[type] = share
    case "sourcefile": source?.counters[type] = share
    case "method": if type == "METHOD" { method?.ran = covered > 0 }
    default: break
    }
  }

  private func endSource() throws(ReadingFault) {
    guard var ended = source else { return }
    source = nil
    ended.coverage.settle()
    if ended.told == 0, ended.untold > 0 {
      ended.coverage.lines = LineMap()
      warnings.add("a file of which only the number of lines that ran is given")
    }
    let lines = ended.coverage.lines.share
    try CoverageNumbers.refuse("lines", claimed: ended.counters["LINE"], betterThan: lines)
    if lines.whole == 0 { ended.coverage.declaredLines = ended.counters["LINE"] }
    if ended.coverage.branches.isEmpty { ended.coverage.declaredBranches = ended.counters["BRANCH"] }
    let read = ended.coverage
    if !sources.insert(ended.path).inserted {
      repeats += 1
      guard repeats <= CoverageNumbers.mostRepeats else { throw CoverageNumbers.tooOften }
    }
    update(ended.path) { file in
      let functions = file.functions
      if file.lines.isEmpty, file.declaredLines == nil {
        file.lines = read.lines
        file.branches = read.branches
        file.declaredLines = read.declaredLines
        file.declaredBranches = read.declaredBranches
      } else {
        file.merge(read)
      }
      file.functions = functions
      if functions.isEmpty, ended.told == 0 { file.declaredFunctions = ended.counters["METHOD"] }
    }
  }
}
