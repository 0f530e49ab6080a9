import Core

/// What is to be staged.
package struct StageOrder: Hashable, Sendable {
  package var mark: DeploymentMark
  /// Vercel's `prj_…`.
  package var project: String
  /// Vercel's name of the project.
  package var name: String
  package var source: Source
  /// More patterns of files that are not uploaded, in the language of `.gitignore`.
  package var leavingOut: [String] = []
  package var git = GitFacts()
  /// Where the lines of the build's log go, for the owner of the process only; they are data and never shown.
  package var logFile: String?
  package var deadlines = StageDeadlines()

  package init(mark: DeploymentMark, project: String, name: String, source: Source) {
    self.mark = mark
    self.project = project
    self.name = name
    self.source = source
  }

  /// Where the files come from.
  package enum Source: Hashable, Sendable {
    /// From here.
    case files(DeploymentPlace)
    /// Vercel fetches the commit from the connected repository.
    case repository(GitLink)
  }

  /// What is told beside the commit. A wrong author can make Vercel block the deployment, so none is sent unless given.
  package struct GitFacts: Hashable, Sendable {
    package var ref: String?
    package var remoteURL: String?
    package var message: String?
    package var authorName: String?
    package var authorEmail: String?
    package var isDirty: Bool?
    package init() {}
  }
}

/// How long a deployment may stay in each state.
package struct StageDeadlines: Hashable, Sendable {
  package var queued: Duration
  package var initializing: Duration
  /// The vendor ends a build itself after 45 minutes.
  package var building: Duration
  /// A state that this version has not heard of.
  package var unknown: Duration
  package var total: Duration

  package init(
    queued: Duration = .seconds(600), initializing: Duration = .seconds(300), building: Duration = .seconds(2700),
    unknown: Duration = .seconds(60), total: Duration = .seconds(1200)
  ) {
    self.queued = queued
    self.initializing = initializing
    self.building = building
    self.unknown = unknown
    self.total = total
  }

  func limit(_ state: DeploymentState) -> Duration {
    switch state {
    case .queued: queued
    case .initializing: initializing
    case .building: building
    case .unknown: unknown
    case .ready, .error, .canceled, .blocked, .deleted: total
    }
  }
}

/// A deployment for production that is READY and has no traffic.
package struct StagedDeployment: Hashable, Sendable {
  package var id: DeploymentID
  /// Its immutable host, without a scheme.
  package var url: String
  /// Vercel's `prj_…`.
  package var project: String
  package var state: DeploymentState
  package var commit: CommitID
  /// Found from an earlier attempt of this run, not made now.
  package var wasThere: Bool
  /// What a person should know, one sentence each.
  package var notes: [String]

  package var json: JSON {
    [
      "id": .string(id.text), "url": .string(url), "project": .string(project), "state": .string(state.text),
      "commit": .string(commit.text), "wasThere": .bool(wasThere), "notes": .strings(notes),
    ]
  }

  /// `nil` when it is not what ``json`` writes.
  package init?(json: JSON) {
    guard let id = json["id"]?.string, let url = json["url"]?.string, let project = json["project"]?.string,
      let state = json["state"]?.string, let commit = json["commit"]?.string, let wasThere = json["wasThere"]?.bool,
      let notes = json["notes"]?.array
    else { return nil }
    self.init(
      id: DeploymentID(id), url: url, project: project, state: DeploymentState(state), commit: CommitID(commit),
      wasThere: wasThere, notes: notes.compactMap(\.string))
  }

  init(
    id: DeploymentID, url: String, project: String, state: DeploymentState, commit: CommitID, wasThere: Bool,
    notes: [String]
  ) {
    self.id = id
    self.url = url
    self.project = project
    self.state = state
    self.commit = commit
    self.wasThere = wasThere
    self.notes = notes
  }
}
