import Core

/// What came of giving a project's traffic to a deployment; seen, not only asked for.
package struct TrafficOutcome: Hashable, Sendable {
  /// How the hosts came to the deployment.
  package enum Way: String, Sendable, CaseIterable {
    /// They were there already: nothing was asked for.
    case alreadyThere = "already-there"
    case promote
    case rollback
    /// Rolling back was not possible, so the deployment was promoted.
    case promoteInstead = "promote-instead"
    /// The project's rolling release was brought to its end.
    case rolling
    /// The project's rolling release was ended before its end.
    case abort
    /// Neither rolling back nor promoting was possible, so every host was assigned by itself; the production target is as it was.
    case hostByHost = "host-by-host"
  }

  package enum AutoAssign: String, Sendable, CaseIterable {
    /// As recorded before, without our doing.
    case unchanged
    /// The vendor had changed it and it was put back.
    case putBack = "put-back"
    /// It should have been put back and was not: see the notes.
    case notPutBack = "not-put-back"
    /// Not asked for.
    case left
  }

  /// Vercel's `prj_…`.
  package var project: String
  package var deployment: DeploymentID
  package var way: Way
  /// Every production host; all serve ``deployment``.
  package var hosts: [HostState]
  /// Hosts that had stayed behind and were moved one by one.
  package var repaired: [String]
  package var autoAssign: AutoAssign
  /// What a person should know, one sentence each.
  package var notes: [String]

  package var json: JSON {
    [
      "project": .string(project), "deployment": .string(deployment.text), "way": .string(way.rawValue),
      "hosts": .array(hosts.map(\.json)), "repaired": .strings(repaired),
      "autoAssign": .string(autoAssign.rawValue), "notes": .strings(notes),
    ]
  }

  /// `nil` when it is not what ``json`` writes.
  package init?(json: JSON) {
    guard let project = json["project"]?.string, let deployment = json["deployment"]?.string,
      let way = json["way"]?.string.flatMap(Way.init(rawValue:)), let hosts = json["hosts"]?.array,
      let repaired = json["repaired"]?.array, let notes = json["notes"]?.array,
      let autoAssign = json["autoAssign"]?.string.flatMap(AutoAssign.init(rawValue:))
    else { return nil }
    self.init(
      project: project, deployment: DeploymentID(deployment), way: way, hosts: hosts.compactMap { HostState(json: $0) },
      repaired: repaired.compactMap(\.string), autoAssign: autoAssign, notes: notes.compactMap(\.string))
    guard self.json == json else { return nil }
  }

  init(
    project: String, deployment: DeploymentID, way: Way, hosts: [HostState], repaired: [String],
    autoAssign: AutoAssign, notes: [String]
  ) {
    self.project = project
    self.deployment = deployment
    self.way = way
    self.hosts = hosts
    self.repaired = repaired
    self.autoAssign = autoAssign
    self.notes = notes
  }
}

package typealias PromotionOutcome = TrafficOutcome
package typealias RollbackOutcome = TrafficOutcome
