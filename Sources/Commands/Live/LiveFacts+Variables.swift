import Checklist
import Core
import Vercel

extension LiveFacts {
  /// The variables that a build of the project gets, each value digested and dropped at once.
  func variables(of project: Project, hashedWith key: [UInt8]) async -> Result<ProjectVariables, Problem> {
    do throws(Problem) {
      let client = try await installation.vercel(project.vercel)
      do throws(VercelProblem) {
        return .success(try await client.projectVariables(of: project.vercel.project, hashedWith: key))
      } catch { throw error.problem }
    } catch { return .failure(error) }
  }
}

extension VercelClient {
  func projectVariables(
    of project: String, hashedWith key: [UInt8]
  ) async throws(VercelProblem) -> ProjectVariables {
    let found = try await self.project(project)
    let list = try await variableList(of: found.id)
    let own = list.entries.map { VariableFact($0, hashedWith: key) }
    var unseen: [String] = []
    if list.hidden > 0 { unseen.append("\(list.hidden) of production's are kept from the token") }
    var shared: [VariableFact] = []
    do throws(VercelProblem) {
      shared = try await sharedVariables(of: found.id).map { VariableFact($0, hashedWith: key) }
    } catch {
      switch error.kind {
      // Without a team there is nothing to share.
      case .notFound, .refused, .retired: break
      case .interrupted: throw error
      default: unseen.append("the team's shared variables could not be read: \(error.why)")
      }
    }
    return ProjectVariables(
      own: own, shared: shared, unseen: unseen.isEmpty ? nil : unseen.joined(separator: "; "),
      live: try await live(found))
  }

  private func live(_ project: VercelProject) async throws(VercelProblem) -> ProjectVariables.Live? {
    guard let production = project.production else { return nil }
    let made: Timestamp?
    if let told = production.createdAt {
      made = told
    } else {
      made = try await deployment(production.id.text).createdAt
    }
    return made.map { ProjectVariables.Live(deployment: production.id, createdAt: $0) }
  }
}

extension VariableFact {
  init(_ variable: VercelVariable, hashedWith key: [UInt8]) {
    let content: Content =
      switch variable.type {
      case "system": .system
      default: variable.isPlaceholder ? .placeholder : Content(variable.value, hashedWith: key)
      }
    self.init(
      key: variable.key, targets: variable.targets, content: content, gitBranch: variable.gitBranch,
      isForCustomEnvironments: !variable.customEnvironments.isEmpty, changedAt: variable.changedAt)
  }
}
