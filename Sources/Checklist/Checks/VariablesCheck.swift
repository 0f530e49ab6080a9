import Core

/// Are the environment variables there that the policy asks for, equal where they must be, and production's database
/// production's own?
///
/// Values are compared by a keyed digest and go nowhere else; the key lives as long as the run, so that not even a
/// digest in a core dump can be compared with another run's.
enum VariablesCheck {
  typealias Facts = (project: Project, answer: Result<ProjectVariables, Problem>)

  static func judge(_ item: ChecklistItem, _ facts: [Facts]) -> CheckReport {
    var work = Work()
    for (project, answer) in facts {
      if case .success(let variables) = answer { work.known[project.id] = variables }
    }
    for (project, answer) in facts {
      if case .failure(let problem) = answer {
        work.judgement.leaveOpen(problem, of: project.id.text)
        continue
      }
      guard let variables = work.known[project.id] else { continue }
      work.projects += 1
      for (target, keys) in project.variables.sorted(by: { $0.key < $1.key }) {
        for name in keys.sorted() { work.judgePresence(of: name, target, in: variables, project) }
      }
      for (other, keys) in project.sameVariablesAs.sorted(by: { $0.key < $1.key }) {
        for name in keys.sorted() { work.judgeEquality(of: name, variables, other, project) }
      }
      work.judgePreviews(of: project, variables)
      work.tellChanges(of: project, variables)
    }
    return work.report(for: item)
  }
}

/// What is gathered project by project.
private struct Work {
  var judgement = Judgement()
  var known: [ProjectID: ProjectVariables] = [:]
  var projects = 0
  var required = 0
  var compared = 0
  /// Variables of previews that lead to a database, held beside production's.
  var previews = 0

  mutating func report(for item: ChecklistItem) -> CheckReport {
    judgement.examined = [
      .init("projects", .integer(Int64(projects))), .init("required", .integer(Int64(required))),
      .init("compared", .integer(Int64(compared))), .init("previews", .integer(Int64(previews))),
    ]
    guard required + compared > 0 || !judgement.failures.isEmpty || !judgement.undecided.isEmpty else {
      return item.inconclusive(
        examined: judgement.examined, judgement.notes.first ?? "the policy asks for no variable",
        remedy: "name the variables that each project needs: variables: { production: [‹NAME›] }")
    }
    return judgement.report(
      for: item,
      pass: "\(Words.count(required, "variable")) in \(Words.count(projects, "project")) there"
        + (compared > 0 ? ", \(compared) compared and equal" : ""))
  }

  private func entries(_ name: String, _ target: String, _ variables: ProjectVariables) -> [VariableFact] {
    variables.entries.filter { $0.key == name && $0.targets.contains(target) && $0.gitBranch == nil }
  }

  mutating func judgePresence(
    of name: String, _ target: String, in variables: ProjectVariables, _ project: Project
  ) {
    required += 1
    let found = entries(name, target, variables)
    if found.isEmpty {
      if let why = variables.unseen {
        judgement.leaveOpen(
          "\(project.id): whether there is a \(name) for \(target) cannot be told: \(why)",
          remedy: "use a token that may read the project's and the team's variables, or set \(name) in the project")
      } else {
        judgement.fail("\(project.id) has no \(name) for \(target)", remedy: "set it in Vercel, then deploy again")
      }
    } else if found.contains(where: { $0.content == .empty }) {
      judgement.fail("\(name) of \(project.id) is empty for \(target)", remedy: "give it its value in Vercel")
    } else if found.contains(where: { $0.content == .placeholder }) {
      judgement.fail(
        "\(name) of \(project.id) is the placeholder [SENSITIVE] for \(target), not a value",
        remedy: "give it its value in Vercel: a pull wrote the placeholder, and somebody stored it")
    }
  }

  mutating func judgeEquality(of name: String, _ variables: ProjectVariables, _ other: ProjectID, _ project: Project) {
    guard let others = known[other] else {
      judgement.leaveOpen(
        "\(project.id): the variables of \(other) are not known, so nothing can be compared with them",
        remedy: "see that the token can read \(other)")
      return
    }
    for (id, seen) in [(project.id, variables), (other, others)] where entries(name, "production", seen).isEmpty {
      if let why = seen.unseen {
        judgement.leaveOpen(
          "\(id): whether there is a \(name) for production cannot be told: \(why)",
          remedy: "use a token that may read the project's and the team's variables, or set \(name) in the project")
      } else {
        judgement.fail("\(id) has no \(name) for production", remedy: "set \(name) in Vercel, then deploy again")
      }
      return
    }
    let (mine, theirs) = (entries(name, "production", variables), entries(name, "production", others))
    guard mine.count == 1, theirs.count == 1 else {
      judgement.leaveOpen(
        "\(name) is set more than once for production in \(project.id) or \(other)",
        remedy: "leave one of them in Vercel")
      return
    }
    switch (mine[0].content, theirs[0].content) {
    case (.digest(let left, _), .digest(let right, _)):
      compared += 1
      if left != right {
        judgement.fail(
          "\(name) differs between \(project.id) and \(other)", remedy: "give \(name) the same value in both")
      }
    case (.empty, _), (.placeholder, _), (_, .empty), (_, .placeholder):
      compared += 1
      judgement.fail(
        "\(name) has no value in \(project.id) or \(other)", remedy: "give \(name) the same value in both")
    case (.unreadable, _), (.system, _), (_, .unreadable), (_, .system):
      leaveUnread(
        "\(name) of \(project.id) and \(other) cannot be compared: Vercel lets nobody read it", project,
        remedy: "make \(name) readable in Vercel, or write unreadable: warn into the policy")
    }
  }

  private mutating func leaveUnread(_ told: String, _ project: Project, remedy: String) {
    switch project.unreadable {
    case .warn: judgement.notes.append(told)
    case .inconclusive: judgement.leaveOpen(told, remedy: remedy)
    }
  }

  /// A preview that anybody with a link can open, and the code of every branch, must not write to production's database.
  mutating func judgePreviews(of project: Project, _ variables: ProjectVariables) {
    let leading = variables.entries.filter(\.leadsToDatabase)
    let production = leading.filter { $0.targets.contains("production") && $0.gitBranch == nil }
    var failed: Set<String> = []
    var unread: Set<String> = []
    for entry in leading where entry.isForPreviews && !project.sharedWithPreviews.contains(entry.key) {
      previews += 1
      // What is not set leads nowhere.
      switch entry.content {
      case .empty, .placeholder, .system: continue
      case .digest, .unreadable: break
      }
      if variables.unseen != nil, production.isEmpty { unread.insert(entry.key) }
      // One entry for both is one value, whether anybody may read it or not.
      if entry.targets.contains("production") {
        failed.insert(entry.key)
        continue
      }
      for other in production {
        switch (entry.content, other.content) {
        case (.digest(let left, _), .digest(let right, _)): if left == right { failed.insert(entry.key) }
        case (.unreadable, .unreadable), (.unreadable, .digest), (.digest, .unreadable): unread.insert(entry.key)
        // What is not set leads nowhere.
        case (.empty, _), (_, .empty), (.placeholder, _), (_, .placeholder), (.system, _), (_, .system): break
        }
      }
    }
    for name in failed.sorted() {
      judgement.fail(
        "\(project.id): previews get production's database by \(name)",
        remedy: "give previews and development a database of their own, or name it in shared-with-previews")
    }
    for name in unread.subtracting(failed).sorted() {
      leaveUnread(
        "\(project.id): whether previews get production's database by \(name) cannot be told: Vercel lets nobody read it",
        project,
        remedy:
          "make \(name) readable in Vercel, name it in shared-with-previews, or write unreadable: warn into the policy")
    }
  }

  mutating func tellChanges(of project: Project, _ variables: ProjectVariables) {
    guard let live = variables.live, let changed = variables.changedSinceLive, !changed.isEmpty else { return }
    let named =
      changed.prefix(10).joined(separator: ", ") + (changed.count > 10 ? " and \(changed.count - 10) more" : "")
    judgement.notes.append("\(project.id): set or changed since \(live.deployment) was made: \(named)")
  }
}
