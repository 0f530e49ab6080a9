import Core
import Evidence

extension ChecklistDifference {
  /// `difference` in `gatehouse explain --against --format json`; see docs/reference/explain.md.
  package var members: [(String, JSON?)] {
    func change(_ change: Change<String>?) -> JSON? {
      change.map { ["was": .string($0.was), "now": .string($0.now)] }
    }
    return [
      ("same", .bool(isSame)), ("environment", change(environment)), ("policyName", change(policyName)),
      ("policyDigest", change(policyDigest)),
      (
        "commit",
        commit.map { commit in
          [
            "was": commit.was.map { .string($0.text) } ?? .null, "now": commit.now.map { .string($0.text) } ?? .null,
          ]
        }
      ),
      ("decision", change(decision)), ("lines", .array(lines.map(\.json))),
    ]
  }
}

extension ChecklistDifference.Line {
  fileprivate var json: JSON {
    .dictionary([
      ("id", .string(id.text)), ("title", .string(title)), ("kind", .string(kind.rawValue)),
      (
        "status",
        [
          "was": status.was.map { .string($0.rawValue) } ?? .null,
          "now": status.now.map { .string($0.rawValue) } ?? .null,
        ]
      ),
      (
        "severity",
        severity.map { severity in
          func word(_ warns: Bool) -> JSON { warns ? "warning" : "critical" }
          return ["was": word(severity.was), "now": word(severity.now)]
        }
      ),
      (
        "figures",
        .array(
          figures.map { change in
            [
              "subject": .string((change.now ?? change.was)?.subject ?? ""), "was": change.was?.json ?? .null,
              "now": change.now?.json ?? .null,
            ]
          })
      ),
      ("waivers", waivers.map { ["was": .strings($0.was), "now": .strings($0.now)] }),
      (
        "evidence",
        .array(
          evidence.map { file in
            [
              "path": .string(file.path), "was": file.sha256.was.map { .string($0) } ?? .null,
              "now": file.sha256.now.map { .string($0) } ?? .null,
            ]
          })
      ),
    ])
  }
}

extension ExplanationText {
  /// Two runs side by side: only what differs.
  ///
  /// - Parameters:
  ///   - policy: what changed in the policy, as lines of their own.
  ///   - release: what else the two runs did differently.
  ///   - only: leaves out all but this line, which is shown with its evidence.
  package func lines(
    _ difference: ChecklistDifference, from was: Explanation, to now: Explanation, policy: [String] = [],
    release: [String] = [], only: CheckID? = nil
  ) -> [String] {
    var lines = ["was   " + head(was), "now   " + head(now), ""]
    if only == nil {
      lines += changes(difference).map { "  " + $0 }
      lines += policy.map { "  " + DisplayText.bounded($0, to: 400) }
      lines += release.map { "  " + DisplayText.bounded($0, to: 400) }
    }
    let shown = difference.lines.filter { line in
      only == nil ? !line.saysTheSame : line.id == only
    }
    let titles = shown.map { DisplayText.bounded($0.title, to: ChecklistText.longestTitle) }
    let column = titles.map(\.count).max() ?? 0
    for (line, title) in zip(shown, titles) {
      lines += page.row(line.status.now ?? .inconclusive, title, column, texts(line, isLong: only != nil))
    }
    if only == nil { lines += evidence(difference) }
    if shown.isEmpty, only != nil { lines.append("nothing differs in this line") }
    if only == nil, difference.isSame, policy.isEmpty, release.isEmpty {
      lines.append("the same verdict from the same figures")
    } else if only == nil, difference.decision == nil {
      lines.append("the same verdict: \(now.checklist.decision)")
    }
    return spelled(lines)
  }

  private func changes(_ difference: ChecklistDifference) -> [String] {
    var lines: [String] = []
    if let change = difference.decision { lines.append("verdict: \(change.was) → \(change.now)") }
    if let change = difference.environment { lines.append("environment: \(change.was) → \(change.now)") }
    if let change = difference.policyName { lines.append("policy's name: \(change.was) → \(change.now)") }
    if let change = difference.commit {
      lines.append("commit: \(change.was?.short ?? "unknown") → \(change.now?.short ?? "unknown")")
    }
    if let change = difference.policyDigest {
      lines.append("policy: \(change.was.prefix(7)) → \(change.now.prefix(7))")
    }
    return lines.map { DisplayText.bounded($0, to: 300) }
  }

  private func texts(_ line: ChecklistDifference.Line, isLong: Bool) -> [String] {
    var texts: [String] = []
    switch line.kind {
    case .added: texts.append("new in the checklist: \(line.status.now?.rawValue ?? "")")
    case .removed: texts.append("no longer in the checklist; it was \(line.status.was?.rawValue ?? "")")
    case .changed:
      if line.statusChanged {
        texts.append("\(line.status.was?.rawValue ?? "unknown") → \(line.status.now?.rawValue ?? "unknown")")
      }
    }
    if let severity = line.severity { texts.append(severity.now ? "now only warns" : "now critical") }
    if let waivers = line.waivers {
      func told(_ waivers: [String]) -> String { waivers.isEmpty ? "none" : Words.some(waivers) }
      texts.append("waivers: \(told(waivers.was)) → \(told(waivers.now))")
    }
    texts += line.figures.map(moved)
    if isLong {
      texts += line.evidence.map { file in
        let (was, now) = (file.sha256.was ?? "not there", file.sha256.now ?? "not there")
        return "evidence: \(file.path): \(was) → \(now)"
      }
    }
    return texts
  }

  /// `lines covered 90.1 % (…) → 88.7 % (…), asked ≥ 90 %`.
  private func moved(_ change: ChecklistDifference.Change<Comparison?>) -> String {
    guard let was = change.was else { return (change.now.map(FigureText.compared) ?? "") + ", not asked before" }
    guard let now = change.now else { return FigureText.compared(was) + ", no longer asked" }
    guard was.figure != now.figure || was.asked == now.asked else {
      return FigureText.compared(was) + " → \(FigureText.asked(now))"
    }
    let figures = "\(FigureText.figure(was)) → \(FigureText.figure(now))"
    let asked = was.asked == now.asked ? FigureText.asked(now) : "\(FigureText.asked(was)) → \(FigureText.asked(now))"
    return "\(FigureText.named(now, figures)), asked \(asked)"
  }

  private func evidence(_ difference: ChecklistDifference) -> [String] {
    let paths = Set(difference.lines.flatMap(\.evidence).map(\.path)).sorted()
    guard !paths.isEmpty else { return [] }
    return ["evidence that differs: " + Words.some(paths.map { DisplayText.bounded($0, to: 120) }, at: 3)]
  }
}
