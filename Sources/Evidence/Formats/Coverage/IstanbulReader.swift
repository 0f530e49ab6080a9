import Core

/// Istanbul's `coverage-final.json` (https://github.com/istanbuljs/istanbuljs, istanbul-lib-coverage) of nyc, Jest, Vitest, c8.
///
/// A line is one that a statement begins on, and ran when any of those did; a branch is one arm.
final class IstanbulReader: JSONReportReader {
  static let format = EvidenceFormat.istanbul
  static let shape = JSONShape.map(.emit("file", IstanbulFile.shape))

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.members.first?.value else { return false }
    return IstanbulFile.isOne(first) || first["data"].map(IstanbulFile.isOne) ?? false
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    try IstanbulFile.take(value, into: &facts, &warnings)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    try IstanbulFile.reading(root, facts, warnings)
  }
}

/// The same with the whole map in one member `data`, as older tools wrote it.
final class IstanbulMapReader: JSONReportReader {
  static let format = EvidenceFormat.istanbul
  static let shape = JSONShape.object(["data": .map(.emit("file", IstanbulFile.shape))])

  static func recognises(_ looks: JSONLooks) -> Bool {
    guard let first = looks.members.first, first.key == "data" else { return false }
    return first.value.members.first.map { IstanbulFile.isOne($0.value) } ?? false
  }

  private var facts = CoverageFacts()
  private var warnings = Warnings()

  func take(_ part: String, _ value: JSON) throws(ReadingFault) {
    try IstanbulFile.take(value, into: &facts, &warnings)
  }

  func finish(_ root: JSON) throws(ReadingFault) -> Reading {
    try IstanbulFile.reading(root["data"] ?? .null, facts, warnings)
  }
}

/// One file of Istanbul's.
private enum IstanbulFile {
  private static let place = JSONShape.object(["start": .object(["line": .all])])
  private static let members: [String: JSONShape] = [
    "path": .all, "statementMap": .map(place), "s": .map(.all), "f": .map(.all), "b": .map(.array(.all, atMost: .max)),
  ]
  static let shape = JSONShape.object(members.merging(["data": .object(members)]) { first, _ in first })

  static func isOne(_ looks: JSONLooks) -> Bool {
    looks["statementMap"]?.isObject == true && (looks.has("path") || looks.has("s") || looks.has("fnMap"))
  }

  static func take(_ value: JSON, into facts: inout CoverageFacts, _ warnings: inout Warnings) throws(ReadingFault) {
    guard let member = value.members?.first else { throw ReadingFault(why: "has a file without a name") }
    guard member.value.members != nil else { throw ReadingFault(why: "has a file that is no object") }
    let body = member.value["statementMap"] == nil ? member.value["data"] ?? member.value : member.value
    guard let statements = body["statementMap"]?.members, body["s"]?.members != nil else {
      throw ReadingFault(why: "has a file without statements and their counts")
    }
    var file = FileCoverage(format: .istanbul)
    let counts = try byName(body["s"])
    for statement in statements {
      guard let ran = counts[statement.key] else { throw ReadingFault(why: "has a statement without a count") }
      let line = statement.value["start"]?["line"]
      file.statements.note(key(statement.key), ran: ran)
      if let number = CoverageNumbers.line(line) {
        file.lines.note(number, ran: ran)
      } else if line == nil || line == .null {
        warnings.add("a statement without a line")
      } else {
        throw ReadingFault(why: "has a statement on a line that cannot be")
      }
    }
    guard counts.count == statements.count else {
      throw ReadingFault(why: "counts statements that it does not describe")
    }
    for (name, ran) in try byName(body["f"]) { file.functions.note(key(name), ran: ran) }
    for branch in body["b"]?.members ?? [] {
      for (index, count) in (branch.value.array ?? []).enumerated() {
        guard let ran = CoverageNumbers.ran(count) else { throw ReadingFault(why: "has a branch without a count") }
        file.branches.note(key("\(branch.key) \(index)"), ran: ran)
      }
    }
    file.settle()
    let path = CoverageFacts.plainPath(body["path"]?.string ?? member.key)
    guard facts.files[path] == nil else { throw ReadingFault(why: "has one file twice") }
    facts.files[path] = file
  }

  private static func byName(_ counts: JSON?) throws(ReadingFault) -> [String: Bool] {
    var byName: [String: Bool] = [:]
    for member in counts?.members ?? [] {
      guard let ran = CoverageNumbers.ran(member.value) else { throw ReadingFault(why: "has a count that is none") }
      byName[member.key] = ran
    }
    return byName
  }

  private static func key(_ name: String) -> UInt64 {
    var hash = StableHash()
    hash.add(field: name)
    return hash.value
  }

  static func reading(_ root: JSON, _ facts: CoverageFacts, _ warnings: Warnings) throws(ReadingFault) -> Reading {
    guard root.members != nil, !facts.files.isEmpty else { throw ReadingFault(kind: .empty, why: "holds no file") }
    return Reading(facts: .coverage(facts), format: .istanbul, warnings: warnings)
  }
}
