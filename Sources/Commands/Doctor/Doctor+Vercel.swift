import Core
import Vercel

/// The projects at Vercel, and the tokens for them.
extension Doctor {
  func vercelFindings() async -> [DoctorFinding] {
    var findings: [DoctorFinding] = []
    for (reference, projects) in tokens() { findings += await tokenFindings(reference, projects) }
    for project in policy.projects { findings += await projectFindings(project) }
    return findings
  }

  /// Every token once, with the projects that use it.
  private func tokens() -> [(SecretReference, [Project])] {
    var order: [SecretReference] = []
    for project in policy.projects where !order.contains(project.vercel.token) { order.append(project.vercel.token) }
    return order.map { reference in (reference, policy.projects.filter { $0.vercel.token == reference }) }
  }

  private func tokenFindings(_ reference: SecretReference, _ projects: [Project]) async -> [DoctorFinding] {
    let subject = projects.map(\.id.text).joined(separator: ", ")
    do throws(Problem) {
      guard let first = projects.first else { return [] }
      let client = try await installation.vercel(first.vercel)
      do throws(VercelProblem) {
        return try await client.tokenState().findings(subject, now: installation.timing.now())
      } catch { return [Doctor.finding(error, subject)] }
    } catch {
      // Said among the secrets.
      return []
    }
  }

  private func projectFindings(_ project: Project) async -> [DoctorFinding] {
    do throws(Problem) {
      let client = try await installation.vercel(project.vercel)
      let bypass = try await installation.bypass(of: project)
      do throws(VercelProblem) {
        return try await client.examine(project.vercel.project, bypass: bypass).findings(
          project.id.text, .init(hasBypass: bypass != nil, staysInBrazil: staysInBrazil))
      } catch { return [Doctor.finding(error, project.id.text)] }
    } catch {
      let looked = DoctorFinding.problem(error, project.id.text, .unknown)
      return [looked]
    }
  }

  /// What is refused is wrong; what did not answer is not known.
  private static func finding(_ problem: VercelProblem, _ subject: String) -> DoctorFinding {
    let isUnknown = problem.isTransient || problem.kind == .interrupted
    return .problem(problem.problem, subject, isUnknown ? .unknown : .failure)
  }

  /// Whether a line of controls stands on a pack for Brazil's law.
  private var staysInBrazil: Bool {
    policy.checklist.contains { item in
      guard case .controls(let rules) = item.rules else { return false }
      return !Set(rules.packs).isDisjoint(with: ["lgpd", "anvisa", "cfm"])
    }
  }
}
