import Core

/// Why a piece of evidence does not count. Each kind is a name of its own, and none of them passes (law L1).
package struct EvidenceFault: Error, Hashable, Sendable {
  package enum Kind: String, Sendable, CaseIterable {
    /// No file is there, or none that a glob names.
    case missing
    /// There is a file, and nothing is in it.
    case empty
    /// It cannot be opened or read to its end, or it contradicts itself.
    case unreadable
    /// It is none of the formats that this version reads, or looks like two of them.
    case unrecognised
    /// It is another kind of evidence than was asked for, coverage where tests should be.
    case unfitting
    /// It is older than the policy allows.
    case stale
    /// It is about another commit.
    case foreign
    /// Nothing says which commit it is about, or how old it is.
    case unbound
    /// It says that it was made in the future.
    case future
    /// The path or a link leads out of the policy's folder.
    case outside
  }

  package let kind: Kind
  /// The file, relative to the policy's folder, or the glob that found none.
  package let path: String
  /// From 1, when there is a place within the file.
  package let line: Int?
  package let column: Int?
  /// A sentence without a full stop that begins with the path's role: `is about commit 1a2b3c4, not 3f9c2e1`.
  package let why: String
  package let remedy: String
  /// What the file is, when nothing is in it by which a format could be told.
  package let nothing: EmptyReport?

  package init(
    _ kind: Kind, path: String, line: Int? = nil, column: Int? = nil, why: String, remedy: String,
    nothing: EmptyReport? = nil
  ) {
    self.kind = kind
    self.path = path
    self.line = line
    self.column = column
    self.why = why
    self.remedy = remedy
    self.nothing = nothing
  }

  /// The file with the place in it: `reports/junit.xml:14:7`.
  package var place: String {
    shownPath + (line.map { ":\($0)" } ?? "") + (line == nil ? "" : column.map { ":\($0)" } ?? "")
  }

  /// File names may hold control characters, too.
  private var shownPath: String { DisplayText.bounded(path, to: 400) }

  package var problem: Problem {
    Problem(
      "evidence.\(kind.rawValue)", "\(shownPath) does not count as evidence", place: place, why: why, remedy: remedy)
  }
}

extension EvidenceFault: CustomStringConvertible {
  package var description: String { "\(place) \(why)" }
}
