/// Several reports about one file: what ran in one of them ran, and nothing becomes better than the evidence.
extension FileCoverage {
  /// Joins what another report of the same format measured of the same file.
  package mutating func merge(_ other: FileCoverage) {
    join(
      .lines, \.declaredLines, other, details: (!lines.isEmpty, !other.lines.isEmpty),
      wholes: (lines.share.whole, other.lines.share.whole))
    join(
      .branches, \.declaredBranches, other, details: (!branches.isEmpty, !other.branches.isEmpty),
      wholes: (branches.share.whole, other.branches.share.whole))
    join(
      .functions, \.declaredFunctions, other, details: (!functions.isEmpty, !other.functions.isEmpty),
      wholes: (functions.share.whole, other.functions.share.whole))
    join(
      .statements, \.declaredStatements, other, details: (!statements.isEmpty, !other.statements.isEmpty),
      wholes: (statements.share.whole, other.statements.share.whole))
    lines.merge(other.lines)
    branches.merge(other.branches)
    statements.merge(other.statements)
    functions.merge(other.functions)
    uncertain.formUnion(other.uncertain)
  }

  /// What several reports of any formats measured of one file; the same in whatever order they come.
  package static func joined(_ parts: [FileCoverage]) -> FileCoverage? {
    var byFormat: [EvidenceFormat: FileCoverage] = [:]
    for part in parts {
      if byFormat[part.format] == nil { byFormat[part.format] = part } else { byFormat[part.format]?.merge(part) }
    }
    let all = byFormat.values.sorted { $0.format.rawValue < $1.format.rawValue }
    guard var joined = all.first else { return nil }
    guard all.count > 1 else { return joined }
    joined.joinLines(all)
    for part in all.dropFirst() {
      joined.uncertain.formUnion(part.uncertain)
      if joined.module == nil { joined.module = part.module }
    }
    joined.take(.branches, from: all) {
      $0.branches = $1.branches
      $0.declaredBranches = $1.declaredBranches
    }
    joined.take(.functions, from: all) {
      $0.functions = $1.functions
      $0.declaredFunctions = $1.declaredFunctions
    }
    joined.take(.statements, from: all) {
      $0.statements = $1.statements
      $0.declaredStatements = $1.statements.isEmpty ? $1.statementShare : nil
    }
    return joined
  }

  /// Lines are lines in every format; where others count statements, the worse of both stands for the lines.
  private mutating func joinLines(_ all: [FileCoverage]) {
    let counted = all.filter { $0.counting != .statements && $0.lineShare.whole > 0 }
    let bySteps = all.filter { $0.counting == .statements && $0.lineShare.whole > 0 }
    guard var line = counted.first else {
      for part in all.dropFirst() { lines.merge(part.lines) }
      counting = bySteps.isEmpty ? .lines : .statements
      return
    }
    for part in counted.dropFirst() {
      line.join(
        .lines, \.declaredLines, part, details: (!line.lines.isEmpty, !part.lines.isEmpty),
        wholes: (line.lines.share.whole, part.lines.share.whole))
      line.lines.merge(part.lines)
      if part.counting == .lines { line.counting = .lines }
    }
    // A total that llvm-cov counts by functions stays where the lines look better than it.
    let byFunctions = counted.filter { $0.counting == .declared }.compactMap(\.declaredLines)
    if line.counting == .lines, let worst = byFunctions.first(where: { line.lineShare.isBetter(than: $0) }) {
      line.counting = .declared
      line.declaredLines = worst
    }
    lines = line.lines
    declaredLines = line.declaredLines
    uncertain.formUnion(line.uncertain)
    counting = bySteps.contains { line.lineShare.isBetter(than: $0.lineShare) } ? .statements : line.counting
  }

  /// Each format names branches, functions and statements in its own way, so that which are the same cannot be told: the
  /// report that shows the least counts, and where they do not even agree how many there are, that is a doubt.
  private mutating func take(
    _ measure: CoverageMeasure, from all: [FileCoverage], _ adopt: (inout FileCoverage, FileCoverage) -> Void
  ) {
    let measured = all.filter { $0.share(of: measure).whole > 0 }
    guard var worst = measured.first else { return }
    for part in measured.dropFirst() {
      if worst.share(of: measure).isBetter(than: part.share(of: measure)) { worst = part }
    }
    adopt(&self, worst)
    if Set(measured.map { $0.share(of: measure).whole }).count > 1 { uncertain.insert(measure) }
  }

  /// Decides what is left of the totals of two reports; before their details are joined.
  private mutating func join(
    _ measure: CoverageMeasure, _ total: WritableKeyPath<FileCoverage, Share?>, _ other: FileCoverage,
    details: (mine: Bool, theirs: Bool), wholes: (mine: Int, theirs: Int)
  ) {
    switch (self[keyPath: total], other[keyPath: total]) {
    case (nil, nil): return
    case (let mine?, let theirs?):
      if mine.whole == theirs.whole {
        self[keyPath: total] = Share(max(mine.part, theirs.part), of: mine.whole)
      } else if details.mine, details.theirs {
        self[keyPath: total] = nil
      } else {
        self[keyPath: total] = mine.isBetter(than: theirs) ? theirs : mine
        uncertain.insert(measure)
      }
    case (let mine?, nil):
      guard details.theirs else { return }
      self[keyPath: total] = nil
      if !details.mine, mine.whole != wholes.theirs { uncertain.insert(measure) }
    case (nil, let theirs?):
      guard details.mine else {
        self[keyPath: total] = theirs
        return
      }
      if !details.theirs, theirs.whole != wholes.mine { uncertain.insert(measure) }
    }
  }
}
