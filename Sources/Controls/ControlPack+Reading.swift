import Core
import PolicyFile

extension ControlPack {
  /// Reads a pack, or tells everything that is wrong in it with line and column.
  package static func read(file: String, bytes: [UInt8]) -> Result<ControlPack, PolicyProblems> {
    CommittedFile.read(.controlPack, file: file, bytes: bytes) { root, findings in
      let sources = (root["sources"]?.elements ?? []).map(source)
      let controls = root["controls"]?.elements ?? []
      if controls.isEmpty, let node = root["controls"] {
        findings.report(node, "a pack without a control asks for nothing")
      }
      return ControlPack(
        id: root["id"]?.text ?? "", title: root["title"]?.text ?? "", jurisdiction: root["jurisdiction"]?.text ?? "",
        version: root["version"]?.text ?? "", sources: sources,
        controls: controls.map { control($0, sources, &findings) })
    }
  }

  private static func source(_ node: PolicyNode) -> Source {
    Source(
      id: node["id"]?.text ?? "", title: node["title"]?.text ?? "", url: node["url"]?.text ?? "",
      read: node["read"]?.text ?? "", isConfirmed: node["confirmed"]?.flag ?? false, how: node["how"]?.text)
  }

  private static func control(
    _ node: PolicyNode, _ sources: [Source], _ findings: inout CommittedFile.Findings
  ) -> Control {
    let name = node["source"]?.text ?? ""
    let source = sources.first { $0.id == name }
    if source == nil, let place = node["source"] {
      findings.report(
        place, "the pack has no source '\(name)'", hint: "it has \(sources.map(\.id).joined(separator: ", "))")
    }
    let cadence: Cadence = node["cadence"]?.period.map { .every($0) } ?? .release
    return Control(
      id: node["id"]?.text ?? "", article: node["article"]?.text ?? "", text: node["text"]?.text ?? "", source: name,
      isConfirmed: (source?.isConfirmed ?? false) && node["confirmed"]?.flag != false, cadence: cadence,
      ways: (node["satisfied-by"]?.elements ?? []).map { way($0, cadence, &findings) }, notes: node["notes"]?.text)
  }

  private static func way(
    _ node: PolicyNode, _ cadence: Cadence, _ findings: inout CommittedFile.Findings
  ) -> Way {
    if node.entries.isEmpty {
      findings.report(node, "nothing is not a way to show a control", hint: "name check, line or attestation")
    }
    return Way(
      checks: texts(node["check"]), lines: texts(node["line"]).map { CheckID($0) },
      attestation: node["attestation"].map { attestation($0, cadence, &findings) })
  }

  private static func attestation(
    _ node: PolicyNode, _ cadence: Cadence, _ findings: inout CommittedFile.Findings
  ) -> AttestationRule {
    let by = texts(node["by"])
    if let own = node["cadence"]?.period { return AttestationRule(by: by, cadence: own) }
    guard case .every(let period) = cadence else {
      findings.report(
        node, "how long the statement may hold is not said", hint: "add cadence: 365d to the attestation")
      return AttestationRule(by: by, cadence: .zero)
    }
    return AttestationRule(by: by, cadence: period)
  }

  private static func texts(_ node: PolicyNode?) -> [String] { (node?.oneOrMany ?? []).compactMap(\.text) }
}
