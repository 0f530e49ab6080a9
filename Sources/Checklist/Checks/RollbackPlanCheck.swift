import Core

/// Is there a deployment to go back to that answers, and a plan that people can read?
enum RollbackPlanCheck {
  static func judge(
    _ item: ChecklistItem, _ rules: RollbackPlanRules,
    ways: [(project: Project, answer: Result<WayBackFacts, Problem>)], document: Result<Int?, Problem>?
  ) -> CheckReport {
    guard !ways.isEmpty else {
      return item.inconclusive("the policy names no project", remedy: "write the projects into the policy")
    }
    var judgement = Judgement()
    var words: [String] = []
    for (project, answer) in ways {
      switch answer {
      case .failure(let problem): judgement.leaveOpen(problem, of: project.id.text)
      case .success(let way): judge(way, of: project.id, &judgement, &words)
      }
    }
    judgement.examined = [.init("deployments", .integer(Int64(words.count)))]
    if let path = rules.document {
      switch document {
      case .success(let size?) where size > 0:
        judgement.examined.append(.init("documentBytes", .integer(Int64(size))))
        words.append(path)
      case .success(.some):
        judgement.fail("\(path) is empty", remedy: "write down how a release is taken back")
      case .success(nil):
        judgement.fail("\(path) is not in this commit", remedy: "commit it")
      case .failure(let problem): judgement.leaveOpen(problem)
      case nil: judgement.leaveOpen("\(path) was not looked for", remedy: "run gatehouse check again")
      }
    }
    if let within = rules.drillWithin {
      judgement.leaveOpen(
        "no drill is recorded, asked within \(Words.duration(within)); this version does not hold drills yet",
        remedy: "leave drill-within out until it does, and hold drills by gatehouse rehearse")
    }
    return judgement.report(for: item, pass: words.joined(separator: "; "))
  }

  private static func judge(
    _ way: WayBackFacts, of project: ProjectID, _ judgement: inout Judgement, _ words: inout [String]
  ) {
    guard let deployment = way.deployment else {
      judgement.fail(
        "\(project) has no deployment to go back to",
        remedy: "release \(project) once without this check, with people watching")
      return
    }
    switch way.answer {
    case .well(let how): words.append("\(project) → \(deployment) (\(how))")
    case .unwell(let why):
      judgement.fail(
        "\(project) would go back to \(deployment), which is not well: \(why)",
        remedy: "see why it is not well, or name another deployment to go back to")
    case .blind(let why):
      judgement.leaveOpen(
        "\(project) would go back to \(deployment), which could not be looked at: \(why)",
        remedy: "give the policy its bypass secret, and see that this step reaches Vercel")
    case nil:
      judgement.leaveOpen(
        "\(project): nobody asked \(deployment) whether it answers", remedy: "run gatehouse check again")
    }
  }
}
