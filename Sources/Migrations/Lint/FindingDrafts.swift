import Core

/// Puts the effects of one migration's statements together to few findings: one for each table and thing that is done to it.
///
/// A lock on what the pending migrations made themselves is none of anybody's business, and one on a table that is empty or
/// tiny is over before anybody notices. A lock without long work is none either: the tools of a release wait for locks
/// only shortly.
struct FindingDrafts {
  private let script: MigrationLint.Script
  private let count: Int
  private var drafts: [LintFinding] = []
  private var places: [Key: Int] = [:]
  private var said: [Key: Set<String>] = [:]
  /// Tables that nobody can read meanwhile, with the line that took the lock, until the transaction ends.
  private var held: [RelationName: Int] = [:]
  private var isInside = false
  private var dropped: Set<RelationName> = []

  private struct Key: Hashable {
    var rule: String
    var table: RelationName?
  }

  init(script: MigrationLint.Script, count: Int) {
    self.script = script
    self.count = count
  }

  /// In the order of their first lines.
  var findings: [LintFinding] {
    drafts.filter { !$0.lines.isEmpty }.sorted { ($0.lines.first ?? 0, $0.rule) < ($1.lines.first ?? 0, $1.rule) }
  }

  mutating func take(_ effects: StatementEffects, _ schema: KnownSchema) {
    for consequence in effects.consequences {
      guard let worst = consequence.kind.classes.max(), worst >= .breaking else { continue }
      if let table = consequence.table {
        // After that nothing else about the table is news.
        if dropped.contains(table) { continue }
        if consequence.kind == .dropsTable { dropped.insert(table) }
      }
      let size = consequence.table.flatMap { FindingDrafts.size(of: $0, schema) }
      add(
        consequence.kind.rawValue, consequence.table, effects.line, worst, consequence.what,
        (size.map { "\($0); " } ?? "") + consequence.kind.why, consequence.kind.remedy)
    }
    takeWork(effects, schema)
    takeTransaction(effects)
  }

  private mutating func takeWork(_ effects: StatementEffects, _ schema: KnownSchema) {
    let heavy = effects.work.filter { FindingDrafts.isHeavy($0.table, schema) }
    for work in heavy where work.lock.blocksWrites || work.kind == .rows {
      let size = FindingDrafts.size(of: work.table, schema) ?? "its size is not known"
      let why: String
      switch work.kind {
      case .rewrite: why = "\(size): all of it is written anew under \(work.lock.words), so that \(work.lock.stops)"
      case .scan: why = "\(size): all of it is read under \(work.lock.words), so that \(work.lock.stops)"
      case .buildsIndex: why = "\(size): the index is built under \(work.lock.words), so that \(work.lock.stops)"
      case .rows: why = "\(size): most rows get a new version in one transaction, and locks on them last until its end"
      }
      add(
        work.kind.rawValue, work.table, effects.line, nil, "\(work.cause) on \(work.table)", why,
        work.safer ?? "run it when nobody needs the table, or in small steps")
    }
    // That a table which is itself read or written under such a lock is locked is said already.
    for work in heavy {
      let others = held.filter { !($0.key == work.table && work.lock.blocksReads) }
      guard let (table, line) = others.min(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else { continue }
      let size = FindingDrafts.size(of: work.table, schema) ?? "its size is not known"
      add(
        "holds-lock", nil, effects.line, nil, "works on \(work.table) while line \(line) keeps \(table) locked",
        "\(work.table) is large (\(size)), and until the transaction ends nobody can read \(table)",
        "put the long work into a migration of its own", saysOnce: true)
    }
  }

  private mutating func takeTransaction(_ effects: StatementEffects) {
    let isInTransaction: Bool
    switch script.transaction {
    case .whole: isInTransaction = true
    case .text: isInTransaction = isInside || count > 1
    case .each: isInTransaction = isInside
    case .unknown: isInTransaction = isInside
    }
    if effects.transaction == .outside, isInTransaction {
      add(
        "not-in-transaction", nil, effects.line, nil, "\(effects.title) that the server refuses in a transaction",
        "the migration runs in one, and fails",
        "give it a migration of its own that runs in no transaction")
    }
    switch effects.transaction {
    case .begins: isInside = true
    case .ends:
      isInside = false
      held = [:]
    case .inside, .outside: break
    }
    guard script.transaction != .each || isInside else { return }
    for (table, mode) in effects.locks where mode.blocksReads && held[table] == nil { held[table] = effects.line }
  }

  private mutating func add(
    _ rule: String, _ table: RelationName?, _ line: Int, _ worst: MigrationClass?, _ what: String, _ why: String,
    _ remedy: String, saysOnce: Bool = false
  ) {
    let key = Key(rule: rule, table: table)
    if let place = places[key] {
      if drafts[place].lines.last != line { drafts[place].lines.append(line) }
      if !saysOnce, said[key, default: []].insert(what).inserted, said[key, default: []].count <= 4 {
        drafts[place].what += "; \(what)"
      }
      return
    }
    places[key] = drafts.count
    said[key] = [what]
    drafts.append(
      LintFinding(
        rule: rule, worst: worst, migration: script.id, path: script.path, lines: [line], what: what, why: why,
        remedy: remedy))
  }

  // MARK: - Sizes

  /// Whether work on a table takes long, or may.
  private static func isHeavy(_ name: RelationName, _ schema: KnownSchema) -> Bool {
    switch schema.standing(name) {
    case .new, .absent: false
    case .unknown: true
    case .live(let relation): relation.size.map { !$0.isTiny } ?? true
    }
  }

  /// `2.1 GiB, about 4,100,000 rows`, or `nil` where nobody has measured it.
  private static func size(of name: RelationName, _ schema: KnownSchema) -> String? {
    guard case .live(let relation) = schema.standing(name), let size = relation.size else { return nil }
    if size.bytes == 0 { return "empty" }
    return size.bytes.bytesInWords + (size.rows.map { ", about \(grouped($0)) rows" } ?? "")
  }

  private static func grouped(_ count: Int64) -> String {
    var digits = Array(String(max(0, count)))
    var at = digits.count - 3
    while at > 0 {
      digits.insert(",", at: at)
      at -= 3
    }
    return String(digits)
  }
}
