internal import Core

extension PolicyBuilding {
  func evidence() -> EvidenceRules {
    var rules = EvidenceRules()
    guard let node = root["evidence"] else { return rules }
    rules.maxAge = duration(node["max-age"]) ?? rules.maxAge
    rules.bindTo = word(node["bind-to"]) ?? rules.bindTo
    rules.signers = (node["signers"]?.elements ?? []).map { signer in
      EvidenceRules.Signer(
        id: signer["id"]?.text ?? "", key: signer["key"]?.text ?? "", builder: signer["builder"]?.text)
    }
    rules.provenance = texts(node["provenance"])
    rules.signWith = node["sign-with"]?.secret
    return rules
  }
}

extension Coherence {
  /// Verdicts name signers by their ids.
  mutating func signers() {
    var seen: [String: Place] = [:]
    for signer in root["evidence"]?["signers"]?.elements ?? [] {
      guard let node = signer["id"], let id = node.text else { continue }
      if let first = seen[id] {
        report(node, "duplicate-id", "the id \(Quoting.quoted(id)) is used twice, first in line \(first.line)")
      }
      seen[id] = seen[id] ?? node.place
    }
  }
}
