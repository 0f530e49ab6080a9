import Core
import Evidence
import Surroundings

/// Everything that the checks ask the world.
///
/// The live one is in `Commands`; tests pass a scripted one. A failure to look is a `Problem` with the place and the
/// remedy: it makes the line inconclusive, never a pass. An implementation may keep an answer and give it again, because
/// several lines ask the same.
package protocol FactSource: Sendable {
  /// The working tree; with `askingRemote`, also what the remote itself says.
  func source(askingRemote: Bool) async -> Result<SourceFacts, Problem>

  /// What changed since the commit now in production. A commit that nobody knows, and a first release, are problems.
  func changesSinceProduction() async -> Result<ChangeFacts, Problem>

  /// The files of the commit that is to go out, to tell the paths of reports apart by.
  func sourceFiles() async -> Result<SourceFiles, Problem>

  /// Which lines are new since the commit now in production, or since the branch checked out left another.
  func changedLines(since branch: String?) async -> Result<ChangedLineFacts, Problem>

  /// The reports that these patterns name, each found and read, or why it does not count: ``EvidenceLocator``.
  func evidence(_ reports: [String]) async -> [LocatedEvidence]

  /// The VEX documents that these patterns name, as they are in the commit. What is not in it is no exception: a file on
  /// disk alone, which nobody reviewed, is a fault.
  func exceptions(_ patterns: [String]) async -> ExceptionFiles

  /// Reports as they are in the commit, whatever commit they are about: what an earlier scan had found.
  func committedReports(_ patterns: [String]) async -> [LocatedEvidence]

  /// Runs one command of a `command` line; `number` counts from 1.
  func run(_ command: String, number: Int, of item: ChecklistItem, timeout: Duration) async
    -> Result<CommandFacts, Problem>

  /// A project as Vercel shows it to the policy's token.
  func project(_ project: Project) async -> Result<ProjectFacts, Problem>

  /// - Parameter key: what values are digested with before they are dropped.
  func variables(of project: Project, hashedWith key: [UInt8]) async -> Result<ProjectVariables, Problem>

  func migrations() async -> Result<MigrationFacts, Problem>

  /// Every snapshot that is known, of whatever database.
  func snapshots() async -> Result<BackupFacts, Problem>

  func wayBack(of project: Project) async -> Result<WayBackFacts, Problem>

  /// What the last release's checklist measured of a line; the live one finds it in the store.
  func baseline(of line: CheckID) async -> Result<BenchmarksCheck.Baseline, Problem>

  /// What the last release's line of findings left; nothing released yet is a problem.
  func knownFindings(of line: CheckID) async -> Result<KnownFindings, Problem>

  /// The change that the commit came in by, who took part in it and who reviewed it.
  func reviews(_ rules: ReviewRules) async -> Result<ReviewFacts, Problem>

  /// The size in bytes of a file of the commit, relative to the policy, or `nil` when it is not committed.
  func committedSize(of path: String) async -> Result<Int?, Problem>

  /// The packs, people and signed statements that a line of controls stands on. A pack that is not there, is not
  /// committed or cannot be read is a problem; a statement that does not count is told as such.
  func controls(_ rules: ControlsRules) async -> Result<ControlFacts, Problem>
}
