import Core

/// Where one part of a release stands, by the journal alone.
package struct Standing: Hashable, Sendable {
  package enum Kind: String, Sendable {
    /// As before the release.
    case before
    case released
    case takenBack = "taken-back"
    /// A stage of traffic was begun: some visitors get this release.
    case partly
    /// Begun, and nobody saw how it ended.
    case unsure
  }

  /// The project; `nil` for the database.
  package let project: ProjectID?
  package let kind: Kind

  package var words: String {
    guard let project else {
      return switch kind {
      case .before: "the database is not migrated"
      case .released: "the database has the migrations"
      case .takenBack: "the migrations were taken back"
      case .partly, .unsure: "the database may hold a part of the migrations"
      }
    }
    return switch kind {
    case .before: "\(project) serves what it served before"
    case .released: "\(project) serves this release"
    case .takenBack: "\(project) was taken back"
    case .partly: "\(project) serves a part of its visitors this release"
    case .unsure: "\(project) may serve either release"
    }
  }

  package var json: JSON { ["part": .string(project?.text ?? "database"), "stands": .string(kind.rawValue)] }
}

extension RunState {
  /// What a person needs to know who must choose a way: the projects in the order of the release, then the database.
  package var standing: [Standing] {
    let projects = plan.projects.map { project in
      let promoted = kind(.promote(project.id), .rollBack(project.id))
      let isPartly = plan.stages.indices.contains { attempts[Action.shift($0, project.id).key] != nil }
      if promoted == .before, early.contains(project.id) { return Standing(project: project.id, kind: .unsure) }
      return Standing(project: project.id, kind: promoted == .before && isPartly ? .partly : promoted)
    }
    guard plan.migrations != nil else { return projects }
    return projects + [Standing(project: nil, kind: kind(.migrate, .reverseMigrations))]
  }

  private func kind(_ effect: Action, _ undoing: Action) -> Standing.Kind {
    if attempts[undoing.key] != nil { return facts[undoing.key] == nil ? .unsure : .takenBack }
    if facts[effect.key] != nil { return .released }
    return attempts[effect.key] == nil ? .before : .unsure
  }
}
