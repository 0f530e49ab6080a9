import Core

/// A decided checklist with what it was decided about: the value that people and machines are shown.
package struct ChecklistDocument: Hashable, Sendable {
  package var policyName: String
  /// SHA-256 of the policy, in full.
  package var policyDigest: String
  package var environment: String
  package var commit: CommitID?
  /// The first line of the commit's message.
  package var summary: String?
  package var run: RunID?
  package var reports: [CheckReport]
  /// What the policy asks for and this version does not do; each shuts the gate.
  package var notYet: [NotYet]

  package init(
    policy: Policy, environment: String, commit: CommitID?, summary: String?, run: RunID?, reports: [CheckReport]
  ) {
    policyName = policy.name
    policyDigest = policy.digest
    self.environment = environment
    self.commit = commit
    self.summary = summary
    self.run = run
    self.reports = reports
    notYet = policy.notYet
  }

  package var decision: Decision { Decision(reports, undecided: !notYet.isEmpty) }
  package var exit: ExitCode { decision.exit }

  /// What the lines leave for the next release to compare with, by their ids.
  package var left: JSON { .object(reports.compactMap { report in report.left.map { .init(report.id.text, $0) } }) }

  /// The document of `gatehouse check --format json`; see docs/reference. `checks` has one entry for each line.
  package var json: JSON {
    .dictionary([
      ("schema", "gatehouse.check/v1"), ("decision", .string(decision.rawValue)),
      ("exit", .integer(Int64(exit.rawValue))), ("run", run.map { .string($0.text) } ?? .null),
      ("environment", .string(environment)),
      ("policy", .dictionary([("name", .string(policyName)), ("digest", .string(policyDigest))])),
      ("commit", commit.map { .string($0.text) } ?? .null), ("checks", .array(reports.map(\.json))),
      (
        "notYet",
        .array(
          notYet.map { item in
            .dictionary([
              ("path", .string(item.path)), ("line", .integer(Int64(item.line))), ("what", .string(item.what)),
            ])
          })
      ),
    ])
  }
}
