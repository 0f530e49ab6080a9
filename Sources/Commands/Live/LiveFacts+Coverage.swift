import Checklist
import Core
import Surroundings

extension LiveFacts {
  func sourceFiles() async -> Result<SourceFiles, Problem> {
    do throws(Problem) {
      return .success(try await installation.source.sourceFiles())
    } catch { return .failure(error) }
  }

  /// Without a branch, since the commit that production serves.
  func changedLines(since branch: String?) async -> Result<ChangedLineFacts, Problem> {
    do throws(Problem) {
      if let branch { return .success(try await installation.source.changedLines(sinceBranch: branch)) }
      return .success(try await installation.source.changedLines(since: try await productionCommit()))
    } catch { return .failure(error) }
  }
}
