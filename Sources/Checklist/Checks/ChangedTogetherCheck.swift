import Core
import Evidence
import Surroundings

/// When files of one kind changed since the commit in production, did files of the other kind change too?
enum ChangedTogetherCheck {
  static func judge(
    _ item: ChecklistItem, _ rules: ChangedTogetherRules, _ facts: Result<ChangeFacts, Problem>
  ) -> CheckReport {
    let changes: ChangeFacts
    switch facts {
    case .failure(let problem): return item.inconclusive(problem)
    case .success(let known): changes = known
    }
    let changed: [Glob]
    let needs: [Glob]
    do throws(Glob.Fault) {
      changed = try globs(rules.changed)
      needs = try globs(rules.needs)
    } catch {
      return item.inconclusive("a pattern cannot be read: \(error)", remedy: "correct the pattern in the policy")
    }
    let asking = changes.paths.filter { path in changed.contains { $0.matches(path) } }
    // A file that was taken away documents nothing.
    let answering = changes.paths.filter { path in
      !changes.gone.contains(path) && needs.contains { $0.matches(path) }
    }
    let examined: [JSON.Member] = [
      .init("since", .string(changes.since.text)), .init("changedFiles", .integer(Int64(changes.paths.count))),
      .init("asking", .integer(Int64(asking.count))), .init("answering", .integer(Int64(answering.count))),
    ]
    if changes.paths.isEmpty {
      return item.passed(
        examined: examined,
        changes.since == changes.head
          ? "no change since production: \(changes.since.short) is what runs"
          : "no file differs from \(changes.since.short), which is in production")
    }
    let looked = "\(Words.count(changes.paths.count, "file")) changed since \(changes.since.short)"
    if asking.isEmpty { return item.passed(examined: examined, "\(looked), none of this kind") }
    let comparisons: [Comparison] = [
      .atLeast(
        1, "answering", answering.count, of: Noun("changed file that is needed", "changed files that are needed"))
    ]
    guard answering.isEmpty else {
      return item.passed(
        examined: examined, comparisons: comparisons,
        "\(looked), \(Words.grouped(asking.count)) of this kind, and with them \(Words.count(answering.count, "file")) that they need"
      )
    }
    return item.failed(
      examined: examined, comparisons: comparisons,
      "\(Words.count(asking.count, "file")) changed since \(changes.since.short) without what they need",
      details: ["changed: " + Words.some(asking.map { DisplayText.bounded($0, to: 120) })],
      remedy: "change one of \(rules.needs.joined(separator: ", ")) too")
  }

  private static func globs(_ texts: [String]) throws(Glob.Fault) -> [Glob] {
    var globs: [Glob] = []
    for text in texts { globs.append(try Glob(text)) }
    return globs
  }
}
