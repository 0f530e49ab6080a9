import Checklist
import Core

extension LiveFacts {
  /// The figures that the checklist of the last release was decided by, out of the store.
  func baseline(of line: CheckID) async -> Result<BenchmarksCheck.Baseline, Problem> {
    guard let runs else { return .success(.nothingReleased) }
    do throws(Problem) {
      guard let release = try await runs.release(environmentName) else { return .success(.nothingReleased) }
      let run = RunID(release["run"]?.string ?? "")
      guard let document = try await runs.checklist(of: run), let recorded = RecordedChecklist(json: document),
        document.isKept(as: try await runs.checklistDigest(of: run)), let figures = recorded.line(line)?.figures
      else {
        return .failure(
          Problem(
            "benchmarks.baseline", "the last release kept no figures of this line", place: "run \(run)",
            remedy: "release once with this line in the checklist; until then take `against` out of it"))
      }
      var values: [String: Double] = [:]
      for figure in figures {
        if case .amount(let amount) = figure.comparison?.figure { values[figure.subject] = amount }
      }
      return .success(.figures(values))
    } catch {
      return .failure(error)
    }
  }
}

extension JSON {
  /// Whether this is still what was written down; what has no digest is from before there was one.
  fileprivate func isKept(as digest: String?) -> Bool { digest.map { $0 == RunStore.digest(of: self) } ?? true }
}
