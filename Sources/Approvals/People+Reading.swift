import Core
import PolicyFile

extension People {
  /// Reads the committed list, or tells everything that is wrong in it with line and column.
  package static func read(file: String, bytes: [UInt8]) -> Result<People, PolicyProblems> {
    CommittedFile.read(.people, file: file, bytes: bytes) { root, findings in
      var known: [SSHPublicKey: String] = [:]
      return People(
        (root["people"]?.elements ?? []).map { node in person(node, &known, &findings) })
    }
  }

  private static func person(
    _ node: PolicyNode, _ known: inout [SSHPublicKey: String], _ findings: inout CommittedFile.Findings
  ) -> Person {
    let id = node["id"]?.text ?? ""
    var keys: [Person.Key] = []
    for element in node["keys"]?.elements ?? [] {
      guard let line = element["key"] else { continue }
      do throws(SSHPublicKey.Fault) {
        let key = try SSHPublicKey(line: line.text ?? "")
        // A key that two people hold would let one of them count as two.
        if let holder = known.updateValue(id, forKey: key) {
          findings.report(
            line, "this key stands already with \(holder)", hint: "a key is one person's, and stands once")
        }
        keys.append(Person.Key(key, validity: validity(element, &findings)))
      } catch {
        findings.report(
          line, "the key \(error.why)", hint: "copy the line of the .pub file, made by ssh-keygen -t ed25519")
      }
    }
    return Person(
      id: id, name: node["name"]?.text, roles: (node["roles"]?.elements ?? []).compactMap(\.text), keys: keys,
      validity: validity(node, &findings))
  }

  private static func validity(_ node: PolicyNode, _ findings: inout CommittedFile.Findings) -> Validity {
    let validity = Validity(from: node["from"]?.utcDate, until: node["until"]?.utcDate)
    if let from = validity.from, let until = validity.until, until <= from, let place = node["until"] {
      findings.report(place, "it ends before it begins")
    }
    return validity
  }
}
