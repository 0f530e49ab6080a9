import Checklist
import Core

extension LiveFacts {
  /// What the checklist of the last release left of this line, out of the store.
  func knownFindings(of line: CheckID) async -> Result<KnownFindings, Problem> {
    let remedy =
      "release once with this line and without `only-new`, its limits at what there is, or name committed reports under `baseline`"
    let nothing = Problem("findings.baseline", "nothing was released yet", remedy: remedy)
    guard let runs else { return .failure(nothing) }
    do throws(Problem) {
      guard let release = try await runs.release(environmentName) else { return .failure(nothing) }
      let run = RunID(release["run"]?.string ?? "")
      guard let left = try await runs.left(line, of: run), let known = KnownFindings(json: left) else {
        return .failure(
          Problem(
            "findings.baseline", "the last release kept no findings of this line", place: "run \(run)", remedy: remedy))
      }
      return .success(known)
    } catch {
      return .failure(error)
    }
  }
}
