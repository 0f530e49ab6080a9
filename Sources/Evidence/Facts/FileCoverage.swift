/// What a coverage report can measure.
package enum CoverageMeasure: String, Hashable, Sendable, CaseIterable { case lines, branches, functions, statements }

/// What was measured of one source file.
package struct FileCoverage: Hashable, Sendable {
  /// What stands for the share of lines, by the producer's own way of counting.
  package enum LineCounting: Hashable, Sendable {
    /// The distinct lines.
    case lines
    /// Statements: the format measures no lines (Go, Clover). The lines are kept for what changed.
    case statements
    /// The total that the report gives; it counts a line once for each function around it (llvm-cov).
    case declared
  }

  package var lines = LineMap()
  package var counting = LineCounting.lines
  package var branches = BranchMap()
  /// Whether each ever ran.
  package var functions = HitMap()
  /// Statements (Istanbul), or blocks of them (Go), where a format counts them; a measure of its own.
  package var statements = BranchMap()
  /// What is only given as a total, without the detail.
  package var declaredLines: Share?
  package var declaredBranches: Share?
  package var declaredFunctions: Share?
  package var declaredStatements: Share?
  /// Measures of which the reports do not tell enough: how many there are, or which of them ran.
  package var uncertain: Set<CoverageMeasure> = []
  package var format: EvidenceFormat
  /// The part of the build that the file belongs to, where its path does not tell (a group of JaCoCo).
  package var module: String?

  package init(format: EvidenceFormat) { self.format = format }

  package var branchesAreUncertain: Bool {
    get { uncertain.contains(.branches) }
    set { if newValue { uncertain.insert(.branches) } else { uncertain.remove(.branches) } }
  }

  package var lineShare: Share {
    switch counting {
    case .lines: lines.isEmpty ? declaredLines ?? Share() : lines.share
    case .statements: statementShare
    case .declared: declaredLines ?? lines.share
    }
  }

  package var branchShare: Share { branches.isEmpty ? declaredBranches ?? Share() : branches.share }

  package var functionShare: Share { functions.isEmpty ? declaredFunctions ?? Share() : functions.share }

  package var statementShare: Share {
    guard statements.isEmpty else { return statements.share }
    if let declaredStatements { return declaredStatements }
    // What coverage.py calls lines are statements, by the line they begin on.
    return format == .coveragePy ? lines.share : Share()
  }

  package func share(of measure: CoverageMeasure) -> Share {
    switch measure {
    case .lines: lineShare
    case .branches: branchShare
    case .functions: functionShare
    case .statements: statementShare
    }
  }

  /// Puts in order what was noted, and gives back memory that is not needed any more.
  package mutating func settle() {
    lines.shrink()
    branches.shrink()
    functions.shrink()
    statements.shrink()
  }
}
