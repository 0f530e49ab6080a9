import Core
import JSONText

extension Attestation {
  /// Reads the document, every member of which must be known: a misspelt end must not be an endless one.
  package static func read(path: String, bytes: [UInt8]) throws(AttestationFault) -> Attestation {
    guard bytes.count <= maximumSize else {
      throw AttestationFault(
        .unreadable, path: path, why: "is larger than \(maximumSize) bytes", remedy: "name documents by their digest")
    }
    let document: JSON
    do throws(JSONSyntaxError) { document = try JSON(parsing: bytes, maximumDepth: 8) } catch {
      throw AttestationFault(
        .malformed, path: path, line: error.line, why: "is no JSON: \(error.message)", remedy: "write it anew")
    }
    return try Reading(path: path, text: String(decoding: bytes, as: UTF8.self), document: document).attestation()
  }
}

private struct Reading {
  let path: String
  let text: String
  let document: JSON

  private static let known: Set<String> = [
    "schema", "pack", "controls", "statement", "by", "made", "from", "until", "commit", "scope", "evidence",
  ]

  func attestation() throws(AttestationFault) -> Attestation {
    guard let members = document.members else { throw fault(nil, "is a JSON document of another kind") }
    guard document["schema"]?.string == Attestation.schema else {
      throw fault("schema", "does not say \"schema\": \"\(Attestation.schema)\"")
    }
    if let stranger = members.first(where: { !Reading.known.contains($0.key) }) {
      throw fault(
        stranger.key, "has a member that is not known",
        remedy: "known are \(Reading.known.sorted().joined(separator: ", "))")
    }
    let made = try time("made")
    let from = document["from"] == nil ? nil : try time("from")
    let until = try time("until")
    guard until > made, from.map({ until > $0 }) ?? true else { throw fault("until", "ends before it begins") }
    let controls = try texts("controls")
    return Attestation(
      pack: try string("pack", atMost: 64), controls: controls, statement: try string("statement", atMost: 4000),
      by: try string("by", atMost: 128), made: made, from: from, until: until, scope: try scope(),
      evidence: try evidence())
  }

  private func scope() throws(AttestationFault) -> Attestation.Scope {
    switch (document["commit"], document["scope"]) {
    case (nil, nil), (.some, .some):
      throw fault(
        document["commit"] == nil ? nil : "commit", "must have either commit or scope",
        remedy: "write \"scope\" with the policy's name, or \"commit\" with the full name of the commit")
    case (.some, nil):
      let text = try string("commit", atMost: 64)
      guard isHexadecimal(text, [40, 64]) else { throw fault("commit", "does not name the commit in full") }
      return .commit(CommitID(text))
    case (nil, .some): return .product(try string("scope", atMost: 64))
    }
  }

  private func evidence() throws(AttestationFault) -> [Attestation.Evidence] {
    guard let value = document["evidence"] else { return [] }
    guard let elements = value.array, elements.count <= 50 else {
      throw fault("evidence", "has evidence that is no list of at most 50 digests")
    }
    var evidence: [Attestation.Evidence] = []
    for element in elements {
      let names = Set((element.members ?? []).map(\.key))
      guard names == ["path", "sha256"] || names == ["name", "sha256"], let digest = element["sha256"]?.string,
        isHexadecimal(digest, [64]), let name = (element["path"] ?? element["name"])?.string, isName(name, 1024)
      else {
        throw fault(
          "evidence", "has evidence that is not told by path or name, and sha256",
          remedy: "write { \"path\": …, \"sha256\": … }, with what sha256sum prints")
      }
      let isFile = element["path"] != nil
      if isFile, name.hasPrefix("/") || name.split(separator: "/").contains("..") {
        throw fault("evidence", "names evidence outside the policy's folder", remedy: "call it \"name\"")
      }
      evidence.append(.init(place: isFile ? .file(name) : .elsewhere(name), sha256: digest))
    }
    return evidence
  }

  private func texts(_ key: String) throws(AttestationFault) -> [String] {
    let texts = (document[key]?.array ?? []).compactMap(\.string)
    guard !texts.isEmpty, texts.count == document[key]?.array?.count, texts.count <= 200,
      texts.allSatisfy({ isName($0, 64) })
    else { throw fault(key, "has \(key) that are no list of names") }
    return texts
  }

  private func string(_ key: String, atMost limit: Int) throws(AttestationFault) -> String {
    guard let text = document[key]?.string, isName(text, limit) else {
      throw fault(
        key, document[key] == nil ? "has no \(key)" : "has a \(key) that is no text of 1 to \(limit) characters")
    }
    return text
  }

  private func time(_ key: String) throws(AttestationFault) -> Timestamp {
    guard let time = document[key]?.string.flatMap({ Timestamp($0) }) else {
      throw fault(
        key, document[key] == nil ? "has no \(key)" : "has a time at \(key) that is none",
        remedy: "write a time with its zone, such as 2026-11-21T12:00:00Z")
    }
    return time
  }

  private func isName(_ text: String, _ limit: Int) -> Bool { !text.isEmpty && text.unicodeScalars.count <= limit }

  private func isHexadecimal(_ text: String, _ lengths: [Int]) -> Bool {
    lengths.contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }

  private func fault(_ key: String?, _ why: String, remedy: String = "see docs/guides/controls.md") -> AttestationFault
  {
    AttestationFault(.malformed, path: path, line: key.flatMap(line), why: why, remedy: remedy)
  }

  /// The line in which a member of the document begins: the first in which its name stands in quotes.
  private func line(of key: String) -> Int? {
    text.split(separator: "\n", omittingEmptySubsequences: false).firstIndex { $0.contains("\"\(key)\"") }.map {
      $0 + 1
    }
  }
}
