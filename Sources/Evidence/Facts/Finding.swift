import Core

/// One finding, or several alike, by what may be known and shown of it: no message, since messages quote code and data.
///
/// All texts come from a report and are hostile: they are bounded by the reader, and shown through ``DisplayText``.
package struct Finding: Hashable, Sendable {
  /// Whether something can be done about it today, as the tool says.
  package enum Fix: String, Hashable, Sendable { case available, none, unknown }

  /// What is affected, of a finding about a dependency.
  package struct Component: Hashable, Sendable {
    package var name: String
    package var version: String?
    /// A package URL (https://github.com/package-url/purl-spec), where the report gives one.
    package var purl: String?

    package init(_ name: String, version: String? = nil, purl: String? = nil) {
      self.name = name
      self.version = version
      self.purl = purl
    }
  }

  /// The tool's own id of the rule or the advisory: `CVE-2026-1234`, `js/sql-injection`.
  package var rule: String
  /// Other ids of the same advisory.
  package var aliases: [String] = []
  /// `nil` when the report gives none, or one that nobody can read.
  package var severity: Severity?
  /// The severity in the tool's own word or score.
  package var word: String?
  /// The CVSS base score, 0 to 10, where the report gives one that can be read.
  package var score: Double?
  /// The severity by the tool's own level, where ``severity`` is by something else.
  package var toolSeverity: Severity?
  /// The file, as the report writes it.
  package var path: String?
  package var line: Int?
  package var component: Component?
  /// What was scanned, where the report says so: an image, a lock file.
  package var target: String?
  package var fix = Fix.unknown
  /// Against an earlier run that the report was compared with; `nil` when it was compared with none.
  package var isNew: Bool?
  /// What the tool matches findings of several runs by.
  package var fingerprint: String?
  /// How many alike it stands for.
  package var count = 1
  /// At how many places the tool names this one finding: the ways a dependency comes in by, copies of a package.
  package var places = 1

  package init(rule: String, severity: Severity?, path: String? = nil, line: Int? = nil) {
    self.rule = rule
    self.severity = severity
    self.path = path
    self.line = line
  }

  /// The class of a CVSS base score (https://www.first.org/cvss/v3.1/specification-document, 5); `nil` for what is none.
  package static func severity(ofScore score: Double) -> Severity? {
    switch score {
    case 9...10: .critical
    case 7..<9: .high
    case 4..<7: .medium
    case 0..<4: .low
    default: nil
    }
  }

  /// The longest text that a reader keeps of an id, a name or a path, in characters.
  package static let longestText = 300
}
