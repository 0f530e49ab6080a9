import Core
import Evidence
import Surroundings

/// Is it the right branch, as committed, and as the remote has it?
enum SourceCheck {
  static func judge(
    _ item: ChecklistItem, _ rules: SourceRules, _ facts: Result<SourceFacts, Problem>
  ) -> CheckReport {
    let source: SourceFacts
    switch facts {
    case .failure(let problem): return item.inconclusive(problem)
    case .success(let known): source = known
    }
    var judgement = Judgement()
    judgement.examined = [
      .init("commit", .string(source.head.text)), .init("dirty", .integer(Int64(source.dirty.count))),
    ]
    var words = [source.head.short]
    if source.isShallow {
      judgement.leaveOpen("the history of this clone was cut", remedy: SourceTree.shallowRemedy)
    }
    if let expected = source.expected, expected != source.head {
      judgement.leaveOpen(
        "\(source.head.short) is checked out, and the job was started for \(expected.short)",
        remedy: "check out the commit that the job was started for")
    }
    words.append(branch(source, asked: rules.branch, &judgement))
    if rules.clean {
      judgement.comparisons.append(
        .none("dirty", source.dirty.count, of: Noun("path not as committed", "paths not as committed")))
      if source.dirty.isEmpty {
        words.append("clean")
      } else {
        judgement.fail(
          "not clean: \(Words.count(source.dirty.count, "path")) not as committed",
          remedy: "commit, ignore or remove what is not committed", stated: true)
        judgement.notes.append(Words.some(source.dirty.map { DisplayText.bounded($0, to: 120) }, at: 10))
      }
    }
    if rules.upToDate { words.append(remote(source, &judgement)) }
    return judgement.report(for: item, pass: words.joined(separator: ", "))
  }

  private static func branch(_ source: SourceFacts, asked: String?, _ judgement: inout Judgement) -> String {
    let name: String?
    switch source.branch {
    case .checkedOut(let branch): name = branch
    case .detached(let branch): name = branch
    }
    let shown = name.map { DisplayText.bounded($0, to: 80) }
    guard let asked else { return shown.map { "on \($0)" } ?? "on no branch" }
    guard let name, let shown else {
      judgement.leaveOpen(
        "no branch is checked out, and nobody says which this is",
        remedy: "check out the branch \(asked), or run it in a job of that branch")
      return ""
    }
    // Longer than any branch of Git, so that two names are not made equal by being cut.
    judgement.comparisons.append(
      .name(
        "branch", DisplayText.bounded(name, to: 300), asked: DisplayText.bounded(asked, to: 300),
        noun: Noun("branch", "branches")))
    guard name == asked else {
      judgement.fail("on \(shown), asked \(asked)", remedy: "release from \(asked)", stated: true)
      return ""
    }
    // A CI's word is enough only when the remote confirms that this commit is that branch.
    if case .detached = source.branch, source.remote != .upToDate(branch: name) {
      judgement.leaveOpen(
        "the CI says \(shown), and the remote does not confirm that \(source.head.short) is its newest commit",
        remedy: "check out the newest commit of \(asked), with access to the remote")
    }
    return "on \(shown)"
  }

  private static func remote(_ source: SourceFacts, _ judgement: inout Judgement) -> String {
    switch source.remote {
    case .upToDate: return "up to date with its remote"
    case .behind(let branch, let by):
      let commits = by.map { Words.count($0, "commit") } ?? "commits that are not here"
      judgement.fail(
        "behind its remote: \(branch) has \(commits) more", remedy: "git pull, and let the CI judge that commit")
    case .ahead(let branch, let by):
      judgement.fail("\(Words.count(by, "commit")) not pushed to \(branch)", remedy: "git push")
    case .diverged(let branch):
      judgement.fail(
        "diverged from \(branch) of its remote", remedy: "git pull --rebase, and let the CI judge that commit")
    case .noSuchBranch(let branch):
      judgement.fail("its remote has no branch \(branch)", remedy: "git push -u origin \(branch)")
    case .cannotAsk(let problem): judgement.leaveOpen(problem)
    case nil: judgement.leaveOpen("the remote was not asked", remedy: "run it where the remote can be reached")
    }
    return ""
  }
}
