import Core
import Release

/// What people and machines are told of a run that waits: what to look at, where, and the very commands.
struct WaitText: Sendable {
  let place: WaitPlace
  let environment: String
  /// Whether a deployment may be behind Vercel's protection. The secret that opens it is never shown.
  let protected: Bool

  private var request: WaitRequest { place.request }

  func lines(_ terminal: Terminal, _ log: WaitLog, goesOnByItself: Bool) -> [String] {
    var lines: [String] = []
    for subject in request.about {
      lines.append(
        "    look at  \(subject.name)  \(subject.address ?? subject.id)"
          + (subject.address == nil ? "" : "  \(subject.id)"))
    }
    if protected { lines.append("    a protected deployment asks you to sign in at Vercel first") }
    let missing = Set(request.missing(log.answers).map(\.id))
    for item in request.items {
      let who = log.answers.filter { $0.isYes && $0.item == item.id }.map(\.by.name).joined(separator: ", ")
      lines.append(
        "    \(terminal.mark(missing.contains(item.id) ? .unknown : .good)) \(item.id)  \(item.text)"
          + (who.isEmpty ? "" : "  (\(who))"))
    }
    for answer in log.answers where !answer.isYes {
      lines.append(
        "    \(terminal.mark(.bad)) \(answer.item ?? "all")  \(answer.by.name): \(answer.reason ?? "")")
    }
    if !missing.isEmpty { lines.append("    confirm  \(confirm(missing))") }
    lines.append("    refuse   \(command("confirm \(place.run)")) --no \"why\"")
    lines.append(
      goesOnByItself
        ? "    this run stays until \(request.until), and then takes everything back"
        : "    go on    \(command("deploy")) at the same commit, or \(command("resume \(place.run)"))")
    return lines
  }

  /// What machines read beside `decision: waiting`.
  func json(_ log: WaitLog) -> JSON {
    let missing = Set(request.missing(log.answers).map(\.id))
    return [
      "run": .string(place.run.text), "for": .string(place.action.key), "since": .string(request.since.description),
      "until": .string(request.until.description),
      "about": .array(
        request.about.map { subject in
          .dictionary([
            ("name", .string(subject.name)), ("id", .string(subject.id)),
            ("address", subject.address.map { .string($0) }),
          ])
        }),
      "items": .array(
        request.items.map { item in
          [
            "id": .string(item.id), "text": .string(item.text), "missing": .bool(missing.contains(item.id)),
            "answers": .array(log.answers.filter { $0.item == item.id }.map(\.json)),
          ]
        }),
      "refusals": .array(log.answers.filter { !$0.isYes }.map(\.json)),
      "decided": log.closed.map { .string($0.rawValue) } ?? .null,
      "confirm": missing.isEmpty ? .null : .string(confirm(missing)),
    ]
  }

  private func confirm(_ missing: Set<String>) -> String {
    let ids = request.items.map(\.id).filter(missing.contains)
    return command((["confirm", place.run.text] + ids).joined(separator: " "))
  }

  private func command(_ words: String) -> String {
    "gatehouse \(words)" + (environment == "production" ? "" : " --environment \(environment)")
  }
}
