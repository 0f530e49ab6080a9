import Core

/// SPDX 2 as tags and values, one a line.
///
/// A document cut exactly between two lines cannot be told from a whole one, which is what the manifest's digest is for.
///
/// Source: https://spdx.github.io/spdx-spec/v2.3/conformance/#44-standard-data-format-requirements
final class SPDXTagReader: LineReportReader {
  static let format = EvidenceFormat.spdx

  static func recognises(_ looks: TextLooks) -> Bool {
    let first = looks.lines.lazy.map { TextLooks.trimmed($0) }.first { !$0.isEmpty && !$0.hasPrefix("#") }
    return first?.hasPrefix("SPDXVersion:") == true
  }

  private struct Package {
    var id: String?
    var name: String
    var version: String?
    var purl: String?
    var concluded: String?
    var declared: String?
  }

  private var packages = SPDXPackages()
  private var package: Package?
  private var version: String?
  private var time: Timestamp?
  /// Whether a text of several lines goes on.
  private var isInText = false

  func take(_ line: UnsafeRawBufferPointer, number: Int) throws(ReadingFault) {
    guard let text = String(validating: line, as: UTF8.self) else { throw ReadingFault(why: "is not valid UTF-8") }
    if isInText {
      if text.contains("</text>") { isInText = false }
      return
    }
    let plain = TextLooks.trimmed(text[...])
    if plain.isEmpty || plain.hasPrefix("#") { return }
    guard let colon = plain.firstIndex(of: ":") else { throw ReadingFault(why: "is no tag with a value") }
    let tag = plain[..<colon]
    var value = String(TextLooks.trimmed(plain[plain.index(after: colon)...]))
    if value.hasPrefix("<text>") {
      isInText = !value.contains("</text>")
      value = value.replacing("<text>", with: "").replacing("</text>", with: "")
    }
    try take(tag, value)
  }

  private func take(_ tag: Substring, _ value: String) throws(ReadingFault) {
    switch tag {
    case "SPDXVersion": version = version ?? value
    case "Created": time = time ?? Timestamp(value)
    case "PackageName":
      try close()
      package = Package(name: value)
    case "FileName", "SnippetSPDXID", "LicenseID": try close()
    case "SPDXID": if package?.id == nil { package?.id = value }
    case "PackageVersion": package?.version = value
    case "PackageLicenseConcluded": package?.concluded = value
    case "PackageLicenseDeclared": package?.declared = value
    case "ExternalRef":
      let parts = value.split(separator: " ")
      if parts.count >= 3, parts[1] == "purl", package?.purl == nil { package?.purl = String(parts[2]) }
    case "Relationship":
      let parts = value.split(separator: " ").map { String($0) }
      if parts.count >= 3, let id = SPDXReader.described(parts[0], parts[1], parts[2]) { packages.describe(id) }
    default: break
    }
  }

  private func close() throws(ReadingFault) {
    guard let done = package else { return }
    package = nil
    try packages.add(
      id: done.id, concluded: done.concluded, declared: done.declared,
      LicenceFacts.Component(stated: done.name, version: done.version, purl: done.purl))
  }

  func finish() throws(ReadingFault) -> Reading {
    if isInText { throw ReadingFault(why: "is cut short: a text has no end") }
    try close()
    guard let version, version.hasPrefix("SPDX-2.") else { throw SPDXReader.foreign(version ?? "without one") }
    return Reading(facts: .licences(try packages.settled()), format: .spdx, time: time)
  }
}
