import Core

/// Can every project of the policy be reached at Vercel, and is each in a state that a release can begin from?
enum ProjectsCheck {
  static func judge(
    _ item: ChecklistItem, _ facts: [(project: Project, answer: Result<ProjectFacts, Problem>)]
  ) -> CheckReport {
    guard !facts.isEmpty else {
      return item.inconclusive("the policy names no project", remedy: "write the projects into the policy")
    }
    var judgement = Judgement()
    var seen: [String: ProjectID] = [:]
    var words: [String] = []
    var hosts = 0
    for (project, answer) in facts {
      let known: ProjectFacts
      switch answer {
      case .failure(let problem):
        judgement.leaveOpen(problem, of: project.id.text)
        continue
      case .success(let facts): known = facts
      }
      hosts += known.hosts.count
      if let other = seen.updateValue(project.id, forKey: known.vercelID) {
        judgement.fail(
          "\(other) and \(project.id) are the same project at Vercel", remedy: "give each its own vercel.project")
      }
      if known.isPaused {
        judgement.fail("\(project.id) is paused at Vercel", remedy: "resume it in Vercel's dashboard")
      }
      if known.isInTransfer {
        judgement.fail("\(project.id) is being moved to another team", remedy: "wait until Vercel has moved it")
      }
      if known.hosts.isEmpty {
        judgement.fail("\(project.id) has no production domain", remedy: "give it a domain in Vercel's dashboard")
      }
      if known.hasJobUnderway {
        judgement.leaveOpen(
          "\(project.id): Vercel is moving its domains at this moment", remedy: "wait until Vercel has finished")
      }
      if known.production == nil {
        judgement.notes.append("\(project.id) has no production deployment yet: a first release")
      }
      if known.isPinned == true {
        judgement.notes.append("\(project.id) is pinned to \(known.production?.text ?? "a deployment") by a rollback")
      }
      words.append("\(project.id) (\(Words.count(known.hosts.count, "domain")))")
    }
    judgement.examined = [
      .init("projects", .integer(Int64(words.count))), .init("domains", .integer(Int64(hosts))),
    ]
    return judgement.report(for: item, pass: "reached: " + words.joined(separator: ", "))
  }
}
