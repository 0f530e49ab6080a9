import Core

/// Values out of a report of findings, bounded before anything is done with them.
extension JSON {
  private static let greatestCount: Int64 = 1_000_000_000

  /// A text that may be kept and shown; `nil` when this is none or empty.
  var shown: String? {
    guard let string, !string.isEmpty else { return nil }
    return DisplayText.bounded(string, to: Finding.longestText)
  }

  /// The texts of a list, and of nothing else, the first fifty.
  var shownList: [String] { (array ?? []).prefix(50).compactMap(\.shown) }

  /// A text or a whole number, as an id is written now the one way and now the other.
  var shownID: String? { shown ?? integer.map(String.init) }

  /// How many of something; `nil` when this is no number, negative or beyond belief.
  var amount: Int? {
    guard let integer, (0...JSON.greatestCount).contains(integer) else { return nil }
    return Int(exactly: integer)
  }

  /// A line of a file, counted from 1.
  var line: Int? { amount.flatMap { $0 > 0 ? $0 : nil } }

  /// A score, given as a number or as text.
  var score: Double? { double ?? string.flatMap { Double($0) } }

  /// Whether there is nothing where a list may stand.
  var isNothing: Bool { isNull || array?.isEmpty == true }
}

extension Finding {
  /// A finding whose severity is the tool's word for it, else the highest of its scores.
  init(rule: String, word: String?, scores: [Double?] = []) {
    let score = SeverityScale.highest(scores)
    self.init(rule: rule, severity: SeverityScale.severity(word: word, score: score))
    self.word = word
    self.score = score
  }

  /// Sets the other ids, without the rule itself and each once.
  mutating func setAliases(_ names: some Sequence<String?>) {
    var known: Set<String> = [rule]
    aliases = Array(names.lazy.compactMap { $0 }.filter { known.insert($0).inserted }.prefix(50))
  }
}

/// Names of advisories.
enum Advisory {
  static let unnamed = "an unnamed advisory"

  /// The id at the end of an advisory's address: `https://github.com/advisories/GHSA-…`.
  static func id(inAddress address: String?) -> String? {
    guard let last = address?.split(separator: "/").last, isID(last) else { return nil }
    return String(last)
  }

  /// Whether a text is the id of an advisory, and not of a weakness (`CWE-79`) or a word.
  static func isID(_ text: some StringProtocol) -> Bool {
    text.utf8.count <= 40 && ["GHSA-", "CVE-"].contains { text.hasPrefix($0) }
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
      }
  }
}
