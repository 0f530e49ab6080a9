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
  /// Where the lines of the build's log go, for the owner of the process only; shown is what ``BuildErrors`` takes from those
  /// of a failed build.
  package var logFile: String?
  /// Values that are taken out of those lines before they are kept or quoted.
  package var hiding: [Secret] = []
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
  /// Checks that withhold its build or its hosts.
  package var checks: Duration
  /// Its own hosts after READY. When they are not assigned by then, that is told and nothing else: it was asked to wait for its
  /// domains, and nobody can tell a host that comes late from one that is not to come.
  package var aliases: Duration
  package var total: Duration

  package init(
    queued: Duration = .seconds(600), initializing: Duration = .seconds(300), building: Duration = .seconds(2700),
    unknown: Duration = .seconds(60), checks: Duration = .seconds(900), aliases: Duration = .seconds(15),
    total: Duration = .seconds(1200)
  ) {
    self.queued = queued
    self.initializing = initializing
    self.building = building
    self.unknown = unknown
    self.checks = checks
    self.aliases = aliases
    self.total = total
  }

  func limit(_ wait: StageWait) -> Duration {
    switch wait {
    case .state(.queued): queued
    case .state(.initializing): initializing
    case .state(.building): building
    case .state(.unknown): unknown
    case .state(.ready), .state(.error), .state(.canceled), .state(.blocked), .state(.deleted): total
    case .checks: checks
    case .aliases: aliases
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
