import Core
import Evidence
import OpenSSL

/// What a line of findings leaves for the next release to tell new findings by: fingerprints and how many there are of each,
/// no text of any report.
///
/// What a waiver or a VEX document let off is not among them: it stays theirs to let off.
package struct KnownFindings: Hashable, Sendable {
  /// Different ones of a line.
  package static let mostKept = 10_000

  /// By ``fingerprint(of:root:)``; `nil` when there were more than are kept.
  package private(set) var counts: [String: Int]? = [:]
  package private(set) var total = 0

  package init() {}

  mutating func add(_ finding: Finding, root: String, count: Int) {
    guard count > 0 else { return }
    total += count
    guard counts != nil else { return }
    counts?[KnownFindings.fingerprint(of: finding, root: root), default: 0] += count
    if let kept = counts?.count, kept > KnownFindings.mostKept { counts = nil }
  }

  /// Adds findings of which nothing but the number is known: what cannot be told again is not known.
  mutating func add(unkept count: Int) {
    guard count > 0 else { return }
    total += count
    counts = nil
  }

  /// By the tool's own fingerprint, else by rule, package and file: lines and versions move. 80 bits of SHA-256.
  static func fingerprint(of finding: Finding, root: String) -> String {
    let component = finding.component.map { component in
      component.purl.flatMap { PackageURL($0) }.map { "\($0.type)/\($0.namespace ?? "")/\($0.name)" } ?? component.name
    }
    var parts: [String?] = [finding.fingerprint, finding.rule]
    parts.append(finding.fingerprint == nil ? component : nil)
    parts.append(FindingPath.relative(finding.path, below: root))
    // What was let pass as a note is another finding once it is an error.
    parts.append(finding.word)
    // None and an empty one are two things, and no text runs over into the next.
    let text = parts.map { part in part.map { "\($0.utf8.count):\($0)" } ?? "-" }.joined()
    return Digest.hex(Digest.sha256(Array(text.utf8)).prefix(10))
  }

  package var json: JSON {
    let known = counts.map { counts in
      JSON.object(counts.sorted { $0.key < $1.key }.map { .init($0.key, .integer(Int64($0.value))) })
    }
    return ["total": .integer(Int64(total)), "findings": known ?? .null]
  }

  /// What ``json`` wrote; `nil` when it is something else.
  package init?(json: JSON) {
    guard let total = json["total"]?.integer, let total = Int(exactly: total), total >= 0, let known = json["findings"]
    else { return nil }
    self.total = total
    guard !known.isNull else {
      counts = nil
      return
    }
    guard let members = known.members, members.count <= KnownFindings.mostKept else { return nil }
    var counts: [String: Int] = [:]
    for member in members {
      guard let count = member.value.integer, let count = Int(exactly: count), count > 0, count <= total,
        counts.updateValue(count, forKey: member.key) == nil
      else { return nil }
    }
    self.counts = counts
  }
}
