import Core

/// Something that a person must be told.
package struct Notice: Hashable, Sendable {
  package enum Severity: String, Sendable, CaseIterable { case critical, warning, info }

  /// The same event has the same id, however often it is tried: receivers drop what they have seen.
  package let id: String
  /// What happened, in one word of the catalogue, such as `rolled-back` or `needs-person`.
  package let kind: String
  package let severity: Severity
  /// One line.
  package let title: String
  /// What a person needs to act. Never a secret or data.
  package let lines: [String]
  package let run: RunID?
  package let at: Timestamp

  package init(
    id: String, kind: String, severity: Severity, title: String, lines: [String] = [], run: RunID? = nil, at: Timestamp
  ) {
    self.id = id
    self.kind = kind
    self.severity = severity
    self.title = title
    self.lines = lines
    self.run = run
    self.at = at
  }

  package var json: JSON {
    .dictionary([
      ("id", .string(id)), ("kind", .string(kind)), ("severity", .string(severity.rawValue)),
      ("title", .string(title)), ("lines", .strings(lines)), ("run", run.map { .string($0.text) }),
      ("at", .integer(at.milliseconds)),
    ])
  }

  package init?(json: JSON) {
    guard let id = json["id"]?.string, let kind = json["kind"]?.string,
      let severity = json["severity"]?.string.flatMap({ Severity(rawValue: $0) }), let title = json["title"]?.string,
      let lines = json["lines"]?.array?.compactMap(\.string), let at = json["at"]?.integer
    else { return nil }
    self.init(
      id: id, kind: kind, severity: severity, title: title, lines: lines, run: json["run"]?.string.map { RunID($0) },
      at: Timestamp(milliseconds: at))
  }

  /// The same without control characters and without any of the secrets, wherever they came from.
  func cleaned(of secrets: [Secret]) -> Notice {
    func clean(_ text: String) -> String {
      var text = text
      for secret in secrets where secret.reveal().utf8.count >= 4 {
        text = text.split(separator: secret.reveal(), omittingEmptySubsequences: false).joined(separator: "‹secret›")
      }
      return String(String.UnicodeScalarView(text.unicodeScalars.map { Notice.isControl($0) ? " " : $0 }))
    }
    return Notice(
      id: Notice.plain(id), kind: Notice.plain(kind), severity: severity, title: clean(title), lines: lines.map(clean),
      run: run, at: at)
  }

  /// Control characters, line and paragraph separators, and those that turn the direction of writing.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .format: true
    default: false
    }
  }

  /// For headers and signatures: letters, digits, `-` and `_` only.
  private static func plain(_ text: String) -> String {
    String(text.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") ? $0 : "-" })
  }
}
