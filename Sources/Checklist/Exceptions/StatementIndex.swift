import Core
import Evidence

/// The VEX statements of a line, to be asked about one finding after the other.
struct StatementIndex {
  private struct Entry {
    var statement: VEXStatement
    var names: AdvisoryNames
    /// The file, and the statement's number in it.
    var file: Int
    var number: Int
  }

  /// What became of a statement that meant to let findings off.
  private struct Tally {
    var count = 0
    var findings: [String] = []
    var isBroad = false
    var doubts: [String] = []
  }

  private let files: [(path: String, document: VEXDocument)]
  private var entries: [Entry] = []
  private var byName: [String: [Int]] = [:]
  private let matching: VEXMatching
  private var tallies: [Int: Tally] = [:]

  init(_ files: [(path: String, document: VEXDocument)], products: [String]) {
    let linked = VEXDocument.linked(files.map(\.document))
    self.files = zip(files, linked).map { ($0.path, $1) }
    matching = VEXMatching(products: products)
    for (file, document) in linked.enumerated() {
      for (index, statement) in document.statements.enumerated() {
        let names = AdvisoryNames(statement.vulnerabilities)
        for name in names.names { byName[name, default: []].append(entries.count) }
        entries.append(Entry(statement: statement, names: names, file: file, number: index + 1))
      }
    }
  }

  /// Whether the statements let a finding off, and notes which did and why others did not.
  ///
  /// Of all that is said about it the latest counts, and of what is said at one time everything: a doubt lets nothing off.
  mutating func excepts(_ finding: Finding, called name: @autoclosure () -> String) -> Bool {
    var candidates = Set<Int>()
    for id in finding.names.names { candidates.formUnion(byName[id] ?? []) }
    guard !candidates.isEmpty else { return false }
    var heard: [(index: Int, allows: Bool, isBroad: Bool, time: Timestamp?)] = []
    var doubted: [(index: Int, why: String)] = []
    for index in candidates.sorted() {
      let entry = entries[index]
      var match = matching.match(entry.statement, finding)
      switch finding.names.meets(entry.names) {
      case .other: continue
      case .unclear(let why) where match != .none: match = .unclear(why, mayBlock: true)
      case .unclear, .same: break
      }
      switch match {
      case .none: continue
      case .applies(let isBroad):
        // Fixed is a version; without one it says nothing about the one that was found.
        let isVague = isBroad && entry.statement.status == .fixed
        heard.append((index, entry.statement.mayExcept && !isVague, isBroad, entry.statement.time))
        if isVague { doubted.append((index, "it says fixed and names no version")) }
        if entry.statement.status == .notAffected, !entry.statement.mayExcept {
          doubted.append((index, "it says not_affected and gives no justification"))
        }
      case .unclear(let why, let mayBlock):
        if entry.statement.mayExcept {
          doubted.append((index, why))
        } else if mayBlock {
          heard.append((index, false, false, entry.statement.time))
        }
      }
    }
    let latest = heard.compactMap(\.time).max()
    // One without a time is of any time.
    let last = heard.filter { $0.time == nil || $0.time == latest }
    let excepting = last.filter(\.allows)
    if let first = excepting.first(where: { !$0.isBroad }) ?? excepting.first, excepting.count == last.count {
      note(first.index) { tally in
        tally.count += finding.count
        tally.isBroad = tally.isBroad || first.isBroad
        if tally.findings.count < ExceptionUse.shownFindings { tally.findings.append(name()) }
      }
      return true
    }
    for one in heard where one.allows {
      let why =
        excepting.contains { $0.index == one.index }
        ? "another statement of the same time says otherwise" : "a later statement says otherwise"
      doubted.append((one.index, why))
    }
    for (index, why) in doubted {
      note(index) { tally in
        if tally.doubts.count < 3, !tally.doubts.contains(where: { $0.hasSuffix(why) }) {
          tally.doubts.append("\(name()): \(why)")
        }
      }
    }
    return false
  }

  private mutating func note(_ index: Int, _ change: (inout Tally) -> Void) {
    var tally = tallies[index] ?? Tally()
    change(&tally)
    tallies[index] = tally
  }

  /// What became of every statement that means to let something off; those that matched nothing, by file.
  var uses: [ExceptionUse] {
    var uses: [ExceptionUse] = []
    for (index, tally) in tallies.sorted(by: { $0.key < $1.key }) {
      let entry = entries[index]
      let (path, document) = files[entry.file]
      let reason = [entry.statement.status.rawValue, entry.statement.justification].compactMap { $0 }
      uses.append(
        ExceptionUse(
          .vex, tally.count > 0 ? .inForce : .unclear,
          id: "\(DisplayText.bounded(path)), statement \(entry.number)", count: tally.count, findings: tally.findings,
          reason: reason.joined(separator: ", "), owner: document.author,
          notes: (tally.isBroad ? ["covers every version: name one"] : []) + tally.doubts))
    }
    for (file, (path, document)) in files.enumerated() {
      let idle = entries.enumerated().filter {
        $0.element.file == file && $0.element.statement.mayExcept && tallies[$0.offset] == nil
      }
      guard !idle.isEmpty else { continue }
      let names = idle.prefix(ExceptionUse.shownFindings).compactMap(\.element.statement.vulnerabilities.first)
      let nameless = idle.count { $0.element.statement.products.isEmpty }
      uses.append(
        ExceptionUse(
          .vex, .unmatched, id: DisplayText.bounded(path), findings: names, owner: document.author,
          notes: ["\(Words.count(idle.count, "statement")) of \(document.statements.count)"]
            + (nameless > 0 ? ["\(nameless) of them name no product, and so nothing"] : [])))
    }
    return uses
  }
}
