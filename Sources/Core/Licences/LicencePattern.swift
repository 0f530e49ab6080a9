/// A licence as a policy names it: an identifier in which `*` stands for anything, perhaps with an exception.
///
/// `GPL-2.0-only WITH Classpath-exception-2.0` names that licence with that exception and nothing else.
package struct LicencePattern: Hashable, Sendable {
  /// As the policy wrote it.
  package let text: String
  private let id: [UInt8]
  private let exception: [UInt8]?

  package init(_ text: String) {
    self.text = text
    // Deprecated identifiers mean what they mean in a document.
    if !text.contains("*"), case .licence(let licence)? = LicenceExpression(text) {
      id = Array(LicenceExpression.Licence(licence.id, orLater: licence.orLater).text.lowercased().utf8)
      exception = licence.exception.map { Array($0.lowercased().utf8) }
    } else {
      let words = text.lowercased().split { $0.isWhitespace }
      let place = words.firstIndex(of: "with")
      id = Array(words[..<(place ?? words.count)].joined(separator: " ").utf8)
      exception = place.map { Array(words[($0 + 1)...].joined(separator: " ").utf8) }
    }
  }

  /// Whether it names the licence with exactly its exception.
  package func matches(_ licence: LicenceExpression.Licence) -> Bool {
    guard matchesID(licence) else { return false }
    switch (exception, licence.exception) {
    case (nil, nil): return true
    case (let own?, let other?): return LicencePattern.matches(own, Array(other.lowercased().utf8))
    default: return false
    }
  }

  /// Whether it names the licence with any exception: one without is about the licence itself.
  package func touches(_ licence: LicenceExpression.Licence) -> Bool {
    exception == nil ? matchesID(licence) : matches(licence)
  }

  /// Whether it names a text that is no identifier.
  package func matches(name: String) -> Bool {
    LicencePattern.matches(Array(text.lowercased().utf8), Array(name.lowercased().utf8))
  }

  /// Whether there is a licence on SPDX's list that it names, or it is about one that is on no list: a name in words, or
  /// `LicenseRef-…`. What is neither is most likely misspelt.
  package var namesSomething: Bool {
    if text.lowercased().contains("licenseref-") { return true }
    if exception == nil, text.contains(where: { $0.isWhitespace }) { return true }
    return SPDXList.all.contains { LicencePattern.matches(id, Array($0.lowercased().utf8)) }
      || id.last == 0x2B && SPDXList.licence(String(decoding: id.dropLast(), as: UTF8.self)) != nil
  }

  private func matchesID(_ licence: LicenceExpression.Licence) -> Bool {
    licence.names.contains { LicencePattern.matches(id, Array($0.lowercased().utf8)) }
  }

  /// Time in proportion to pattern times text at most.
  private static func matches(_ pattern: [UInt8], _ text: [UInt8]) -> Bool {
    var (place, at) = (0, 0)
    var star: (place: Int, at: Int)?
    while at < text.count {
      if place < pattern.count, pattern[place] == 0x2A {
        star = (place, at)
        place += 1
      } else if place < pattern.count, pattern[place] == text[at] {
        place += 1
        at += 1
      } else if let last = star {
        star = (last.place, last.at + 1)
        place = last.place + 1
        at = last.at + 1
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == 0x2A }
  }
}
