/// The names of one advisory: a finding, a statement and a waiver speak of the same one when their names meet.
package struct AdvisoryNames: Hashable, Sendable {
  package enum Meeting: Hashable, Sendable {
    case same
    case other
    case unclear(String)
  }

  private let all: Set<String>
  private let cves: Set<String>

  package init(_ names: some Sequence<String>) {
    all = Set(names.map(AdvisoryNames.plain))
    cves = all.filter { $0.hasPrefix("CVE-") }
  }

  package var names: Set<String> { all }

  /// Whether the advisory here is the one there.
  ///
  /// CVE names decide where both have them: an advisory of a distribution stands for several, and a word about one of
  /// them is no word about the others.
  package func meets(_ named: AdvisoryNames) -> Meeting {
    if !cves.isEmpty, !named.cves.isEmpty {
      if cves.isSubset(of: named.cves) { return .same }
      return cves.isDisjoint(with: named.cves)
        ? .other : .unclear("the finding stands for several vulnerabilities, and not all of them are named")
    }
    if all.isDisjoint(with: named.all) { return .other }
    return cves.count > 1
      ? .unclear("the finding stands for several vulnerabilities, and not all of them are named") : .same
  }

  /// Names of the great registers are the same in any letters; a rule of a tool is only itself.
  package static func plain(_ name: String) -> String {
    let start = name.prefix(5).uppercased()
    return start.hasPrefix("CVE-") || start.hasPrefix("GHSA-") || start.hasPrefix("OSV-") ? name.uppercased() : name
  }
}

extension Finding {
  package var names: AdvisoryNames { AdvisoryNames([rule] + aliases) }
}
