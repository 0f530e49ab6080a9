import Core

/// What deployments answer on some path, instead of what they answer by themselves.
package struct PageRule: Sendable {
  package enum Way: String, Sendable, CaseIterable {
    case any
    /// Asked by the deployment's own host.
    case ownHost = "own-host"
    /// Asked by a host of the alias table: production traffic.
    case alias
  }

  /// Id or name; `nil` is every project.
  package var project: String?
  /// A deployment's id; `nil` is every one.
  package var deployment: String?
  /// Deployments of this commit only.
  package var commit: String?
  /// With `*` for any run of characters.
  package var path: String
  package var way: Way = .any
  /// One after the other, each as often as it says; when all are used up the rule is as if it were not there.
  package var answers: [PageAnswer]

  package init(_ path: String, _ answers: [PageAnswer]) {
    self.path = path
    self.answers = answers
  }
}

package struct PageAnswer: Sendable {
  package enum Kind: Sendable {
    /// The body may hold `{{commit}}` and `{{deployment}}`.
    case fixed(status: Int, headers: [(name: String, value: String)], body: String)
    case reset
    case stall
    /// Asked each time, for instance of a database.
    case live(@Sendable (APIRequest) async -> APIAnswer)
  }

  package var kind: Kind
  /// Milliseconds before the answer.
  package var delay: Int64 = 0
  /// So many requests; `nil` is all that follow.
  package var times: Int?

  package init(_ kind: Kind, delay: Int64 = 0, times: Int? = nil) {
    self.kind = kind
    self.delay = delay
    self.times = times
  }

  package static func json(
    _ body: JSON, status: Int = 200, headers: [(name: String, value: String)] = [], delay: Int64 = 0, times: Int? = nil
  ) -> PageAnswer {
    PageAnswer(
      .fixed(status: status, headers: [("Content-Type", "application/json")] + headers, body: body.text()),
      delay: delay, times: times)
  }

  /// What a deployment says of itself when it is well.
  package static func well(times: Int? = nil) -> PageAnswer {
    .json(["status": "ok", "releaseId": "{{commit}}", "deployment": "{{deployment}}"], times: times)
  }

  /// `503` with `status: fail`.
  package static func unwell(times: Int? = nil) -> PageAnswer {
    .json(["status": "fail", "releaseId": "{{commit}}", "deployment": "{{deployment}}"], status: 503, times: times)
  }
}

/// The rules in force; a later one goes before an earlier one.
package struct PageBook: Sendable {
  private struct Entry {
    let rule: PageRule
    var used = 0
  }
  private var entries: [Entry] = []

  package init() {}

  package mutating func add(_ rule: PageRule) { entries.insert(Entry(rule: rule), at: 0) }
  package mutating func removeAll() { entries = [] }

  mutating func take(path: String, deployment: StandinDeployment, project: StandinProject?, way: PageRule.Way)
    -> PageAnswer?
  {
    for index in entries.indices {
      let rule = entries[index].rule
      guard rule.way == .any || rule.way == way, Glob.matches(path, rule.path),
        rule.deployment.map({ $0 == deployment.id }) ?? true, rule.commit.map({ $0 == deployment.commit }) ?? true,
        rule.project.map({ $0 == project?.id || $0 == project?.name }) ?? true
      else { continue }
      var place = entries[index].used
      for answer in rule.answers {
        guard let times = answer.times, place >= times else {
          entries[index].used += 1
          return answer
        }
        place -= times
      }
    }
    return nil
  }
}
