package import Core

extension PolicyFile {
  /// The policy as it is understood, includes resolved, as YAML; what this version does not do is listed at the end.
  package static func shown(_ loaded: LoadedPolicy) -> String {
    var out =
      "# \(loaded.policy.name), policy \(loaded.policy.digest.prefix(7)), from \(loaded.sources.joined(separator: ", "))\n"
    YAMLWriting.write(loaded.document, indent: 0, to: &out)
    if !loaded.policy.notYet.isEmpty {
      out += "\n# Not in this version; check and deploy are inconclusive because of it:\n"
      for part in loaded.policy.notYet { out += "#   line \(part.line)  \(part.path): \(part.what)\n" }
    }
    return out
  }

  /// What `policy validate` says of a policy without problems.
  package static func accepted(_ loaded: LoadedPolicy) -> String {
    func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
    let policy = loaded.policy
    let parts = [
      counted(policy.projects.count, "project"), counted(policy.checklist.count, "check"),
      counted(policy.health?.probes.count ?? 0, "probe"),
    ]
    var out = "valid: \(policy.name), \(parts.joined(separator: ", ")), policy \(policy.digest.prefix(7))\n"
    let kinds = policy.checklist.filter { if case .notYet = $0.rules { true } else { false } }
    guard !policy.notYet.isEmpty || !kinds.isEmpty else { return out }
    out += "not in this version, so check and deploy are inconclusive because of it:\n"
    for part in policy.notYet { out += "  line \(part.line)  \(part.path): \(part.what)\n" }
    for item in kinds { out += "  line \(item.line)  checklist.\(item.id): its kind of check is not decided\n" }
    return out
  }

  /// What may be meant and is told all the same, as the problems are; empty when there is nothing.
  package static func warnings(_ loaded: LoadedPolicy, colour: Bool = false) -> String {
    PolicyProblems.rendered(loaded.warnings, "warning", "33;1", colour: colour)
  }

  /// The document of `policy show --format json` and of a passed `policy validate`.
  package static func json(_ loaded: LoadedPolicy) -> JSON {
    .dictionary([
      ("name", .string(loaded.policy.name)), ("digest", .string(loaded.policy.digest)),
      ("sources", .strings(loaded.sources)),
      (
        "notYet",
        .array(
          loaded.policy.notYet.map { part in
            ["path": .string(part.path), "line": .integer(Int64(part.line)), "what": .string(part.what)]
          })
      ),
      ("warnings", .array(loaded.warnings.map(\.json))), ("policy", loaded.document),
    ])
  }
}

/// JSON → block YAML whose every text is safe: plain when no reader can take it for something else, quoted otherwise.
private enum YAMLWriting {
  static func write(_ value: JSON, indent: Int, to out: inout String) {
    let margin = String(repeating: "  ", count: indent)
    switch value {
    case .object(let members):
      for member in members {
        out += margin + scalar(.string(member.key)) + ":"
        nested(member.value, indent: indent + 1, to: &out)
      }
    case .array(let elements):
      for element in elements {
        guard case .object(let members) = element, !members.isEmpty else {
          out += margin + "- " + inline(element) + "\n"
          continue
        }
        var body = ""
        write(element, indent: indent + 1, to: &body)
        out += margin + "- " + body.dropFirst(margin.count + 2)
      }
    default: out += margin + scalar(value) + "\n"
    }
  }

  private static func nested(_ value: JSON, indent: Int, to out: inout String) {
    let isLong: Bool =
      switch value {
      case .object(let members): !members.isEmpty
      case .array(let elements): elements.contains { $0.members != nil } && !elements.isEmpty
      default: false
      }
    if isLong {
      out += "\n"
      write(value, indent: indent, to: &out)
    } else {
      out += " " + inline(value) + "\n"
    }
  }

  private static func inline(_ value: JSON) -> String {
    switch value {
    case .array(let elements): "[" + elements.map(inline).joined(separator: ", ") + "]"
    case .object(let members):
      "{" + members.map { "\(scalar(.string($0.key))): \(inline($0.value))" }.joined(separator: ", ") + "}"
    default: scalar(value)
    }
  }

  private static func scalar(_ value: JSON) -> String {
    guard case .string(let text) = value else { return value.text() }
    let isPlain =
      text.unicodeScalars.first?.properties.isAlphabetic == true
      && text.utf8.allSatisfy { byte in
        (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte)
          || [0x2d, 0x5f, 0x2e, 0x2f].contains(byte)
      }
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
    return isPlain ? text : value.text()
  }
}
