import Core
import OpenSSL

/// Are the environment variables there that the policy asks for, and equal where they must be?
///
/// Values are compared by a keyed digest and go nowhere else; the key lives as long as the run, so that not even a
/// digest in a core dump can be compared with another run's.
enum VariablesCheck {
  static func judge(
    _ item: ChecklistItem, _ facts: [(project: Project, answer: Result<[VariableFact], Problem>)], key: [UInt8]
  ) -> CheckReport {
    var judgement = Judgement()
    var required = 0
    var compared = 0
    var projects = 0
    var known: [ProjectID: [VariableFact]] = [:]
    for (project, answer) in facts {
      if case .success(let variables) = answer { known[project.id] = variables }
    }
    for (project, answer) in facts {
      if case .failure(let problem) = answer {
        if !project.variables.isEmpty || !project.sameVariablesAs.isEmpty {
          judgement.leaveOpen(problem, of: project.id.text)
        }
        continue
      }
      guard let variables = known[project.id] else { continue }
      projects += 1
      for (target, keys) in project.variables.sorted(by: { $0.key < $1.key }) {
        for name in keys.sorted() {
          required += 1
          judgePresence(of: name, target, in: variables, project, &judgement)
        }
      }
      for (other, keys) in project.sameVariablesAs.sorted(by: { $0.key < $1.key }) {
        guard let others = known[other] else {
          judgement.leaveOpen(
            "\(project.id): the variables of \(other) are not known, so nothing can be compared with them",
            remedy: "see that the token can read \(other)")
          continue
        }
        for name in keys.sorted() {
          switch compare(name, variables, others, key: key) {
          case .equal: compared += 1
          case .different:
            compared += 1
            judgement.fail(
              "\(name) differs between \(project.id) and \(other)", remedy: "give \(name) the same value in both")
          case .missing(let inOther):
            judgement.fail(
              "\(inOther ? other : project.id) has no \(name) for production",
              remedy: "set \(name) in Vercel, then deploy again")
          case .unreadable:
            let told = "\(name) of \(project.id) and \(other) cannot be compared: Vercel lets nobody read it"
            switch project.unreadable {
            case .warn: judgement.notes.append(told)
            case .inconclusive:
              judgement.leaveOpen(
                told, remedy: "make \(name) readable in Vercel, or write unreadable: warn into the policy")
            }
          case .ambiguous:
            judgement.leaveOpen(
              "\(name) is set more than once for production in \(project.id) or \(other)",
              remedy: "leave one of them in Vercel")
          }
        }
      }
    }
    judgement.examined = [
      .init("projects", .integer(Int64(projects))), .init("required", .integer(Int64(required))),
      .init("compared", .integer(Int64(compared))),
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

  private static func entries(_ name: String, _ target: String, _ variables: [VariableFact]) -> [VariableFact] {
    variables.filter { $0.key == name && $0.targets.contains(target) && $0.gitBranch == nil }
  }

  private static func judgePresence(
    of name: String, _ target: String, in variables: [VariableFact], _ project: Project,
    _ judgement: inout Judgement
  ) {
    let found = entries(name, target, variables)
    if found.isEmpty {
      judgement.fail("\(project.id) has no \(name) for \(target)", remedy: "set it in Vercel, then deploy again")
    } else if found.contains(where: { $0.value?.isEmpty == true }) {
      judgement.fail("\(name) of \(project.id) is empty for \(target)", remedy: "give it its value in Vercel")
    }
  }

  private enum Comparison { case equal, different, missing(inOther: Bool), unreadable, ambiguous }

  private static func compare(
    _ name: String, _ mine: [VariableFact], _ theirs: [VariableFact], key: [UInt8]
  ) -> Comparison {
    let (mine, theirs) = (entries(name, "production", mine), entries(name, "production", theirs))
    guard let first = mine.first else { return .missing(inOther: false) }
    guard let second = theirs.first else { return .missing(inOther: true) }
    guard mine.count == 1, theirs.count == 1 else { return .ambiguous }
    guard let left = first.value, let right = second.value else { return .unreadable }
    return digest(left, key) == digest(right, key) ? .equal : .different
  }

  private static func digest(_ value: Secret, _ key: [UInt8]) -> [UInt8] {
    hmacSHA256(key: key, message: Array(value.reveal().utf8))
  }
}
