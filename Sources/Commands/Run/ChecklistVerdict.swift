import Checklist
import Core
import Evidence
import OpenSSL
import Surroundings

/// Decides the checklist against the live world.
struct ChecklistVerdict: Sendable {
  let session: Session
  /// `nil` when there is no store yet.
  let runs: RunStore?

  /// One report for every line; also when the folder is no Git repository, and the commit therefore unknown.
  ///
  /// - Parameter isOfRelease: The run goes on when the checklist lets it.
  func decide(run: RunID, limit: Duration? = nil, isOfRelease: Bool = false) async -> ChecklistDocument {
    var installation = session.installation
    var head: (commit: CommitID, summary: String)?
    // Each check that needs the commit says itself that it is not known, with the remedy.
    do { head = try await installation.source.head() } catch { head = nil }
    // A check of the team's may be a command that checks out something else.
    installation.trustedCommit = head?.commit
    let locator = EvidenceLocator(
      root: installation.folder, commit: head?.commit, rules: session.policy.evidence, now: installation.timing.now(),
      trust: await .committed(installation, at: head?.commit))
    let checklist = ChecklistRun(
      policy: session.policy, timing: installation.timing, key: randomBytes(32),
      zone: ZoneFile.rules(of: session.policy.timezone, environment: installation.environment), limit: limit)
    let facts = LiveFacts(
      installation: installation, runs: runs, environmentName: session.environmentName, run: run,
      locator: locator, isOfRelease: isOfRelease)
    return ChecklistDocument(
      policy: session.policy, environment: session.environmentName, commit: head?.commit, summary: head?.summary,
      run: run, reports: await checklist.reports(asking: facts))
  }
}
