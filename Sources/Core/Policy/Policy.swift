/// What a team asks of a release, read from `gatehouse.yml` and checked.
///
/// Made by the room `PolicyFile`. Everything in it has a meaning in this version; what the file asks for beyond that
/// stands in ``notYet`` and shuts the gate.
package struct Policy: Hashable, Sendable {
  package var name: String
  /// SHA-256 over the canonical form of what was read, includes resolved (lower-case hexadecimal).
  package var digest: String
  /// An IANA name such as `America/Sao_Paulo`; `UTC` when the file says nothing.
  package var timezone: String = "UTC"
  package var store: StoreLocation = .embedded(directory: ".gatehouse")
  package var projects: [Project] = []
  package var evidence = EvidenceRules()
  package var checklist: [ChecklistItem] = []
  package var waivers: [Waiver] = []
  package var database: DatabaseRules?
  package var release = ReleaseRules()
  package var health: HealthRules?
  package var rollback = RollbackRules()
  package var alerts = AlertRules()
  /// What the file asks for and this version does not do.
  package var notYet: [NotYet] = []

  package init(name: String, digest: String) {
    self.name = name
    self.digest = digest
  }
}

/// Something a policy asks for that this version does not do: `check` and `deploy` are inconclusive because of it.
package struct NotYet: Hashable, Sendable {
  /// The place in the policy, as `approvals.deploy`.
  package let path: String
  package let line: Int
  /// What is missing, as a sentence without a full stop.
  package let what: String

  package init(path: String, line: Int, what: String) {
    self.path = path
    self.line = line
    self.what = what
  }
}

package enum StoreLocation: Hashable, Sendable {
  /// SQLite in a folder below the policy's.
  case embedded(directory: String)
  case postgres(SecretReference)
}

/// A Vercel project; deployed in the order of the list, taken back in the reverse order.
package struct Project: Hashable, Sendable {
  package var id: ProjectID
  /// The folder that is deployed, relative to the policy.
  package var path: String
  package var after: [ProjectID] = []
  package var vercel: VercelTarget
  package var bypass: SecretReference?
  package var identity: IdentityRule?
  package var source: Source = .automatic
  /// One `sh -c` command a line, run in `path` before the upload.
  package var build: [String] = []
  /// Keys that must exist, by Vercel target (`production`, `preview`, `development`).
  package var variables: [String: [String]] = [:]
  package var sameVariablesAs: [ProjectID: [String]] = [:]
  /// Variables that lead to a database and that previews or development may have in common with production.
  package var sharedWithPreviews: [String] = []
  /// What to make of a variable that Vercel lets nobody read.
  package var unreadable: Unreadable = .inconclusive

  package enum Unreadable: String, Sendable, CaseIterable { case inconclusive, warn }

  /// Where a deployment's files come from.
  package enum Source: String, Sendable, CaseIterable {
    /// A prebuilt output when there is one, else the folder.
    case automatic
    case directory, prebuilt
    /// The connected repository: Vercel fetches the commit itself.
    case git
  }

  package init(id: ProjectID, path: String, vercel: VercelTarget) {
    self.id = id
    self.path = path
    self.vercel = vercel
  }
}

package struct VercelTarget: Hashable, Sendable {
  /// Vercel's name or `prj_…`.
  package var project: String
  /// A slug or `team_…`; `nil` is the token owner's own scope.
  package var team: String?
  package var token: SecretReference

  package init(project: String, team: String?, token: SecretReference) {
    self.project = project
    self.team = team
    self.token = token
  }
}

/// Where a deployment says which commit it is.
package enum IdentityRule: Hashable, Sendable {
  /// A JSONPath into the document at `path`.
  case json(path: String, pointer: String)
  case header(path: String, name: String)
  /// The whole body, less blanks at both ends.
  case text(path: String)
  /// Written out: the team does without.
  case none
}

package struct EvidenceRules: Hashable, Sendable {
  package enum Binding: String, Sendable, CaseIterable { case commit, none }
  package var maxAge: Duration = .seconds(24 * 3600)
  package var bindTo: Binding = .commit
  /// Whose signatures bind reports. Without any, a report and the manifest beside it are believed.
  package var signers: [Signer] = []
  /// Globs of files with attestations beyond those that lie beside the manifests.
  package var provenance: [String] = []
  /// The key that `collect` signs with.
  package var signWith: SecretReference?
  package init() {}

  /// A public key whose attestations count.
  package struct Signer: Hashable, Sendable {
    /// How verdicts name it.
    package var id: String
    /// A file of the commit with a public key.
    package var key: String
    /// The one builder, by its URI, for which the key counts; `nil` for statements of any.
    package var builder: String?

    package init(id: String, key: String, builder: String? = nil) {
      self.id = id
      self.key = key
      self.builder = builder
    }
  }
}

package struct ReleaseRules: Hashable, Sendable {
  package var budget = Budgets()
  package var stageFirst = true
  /// Builds that read the new schema are staged after the migration.
  package var buildAfterMigrate = false
  /// What people look at on the staged deployments before traffic moves, in order; ids are unique.
  package var confirm: [ConfirmedFlow] = []
  /// How traffic moves where the project may have rolling releases, before it has all of it; empty moves it at once.
  package var traffic: [TrafficShare] = []
  package init() {}

  package struct Budgets: Hashable, Sendable {
    package var prepare: Duration = .seconds(15 * 60)
    package var snapshot: Duration = .seconds(20 * 60)
    package var migrate: Duration = .seconds(10 * 60)
    /// For each project.
    package var deploy: Duration = .seconds(20 * 60)
    package var verify: Duration = .seconds(15 * 60)
    /// From the moment at which confirmations are asked for, over all processes of the run.
    package var confirm: Duration = .seconds(30 * 60)
    package init() {}
  }
}

/// A share of the traffic, below all of it, and how long it is watched.
package struct TrafficShare: Hashable, Sendable {
  /// In percent, 1 to 99.
  package var percent: Int
  package var lasts: Duration
  /// What a person must say yes to before the next step; `nil` goes on by itself.
  package var approve: String?

  package init(percent: Int, lasts: Duration, approve: String? = nil) {
    self.percent = percent
    self.lasts = lasts
    self.approve = approve
  }
}

/// A flow of the product that a person must have seen to work.
package struct ConfirmedFlow: Hashable, Sendable {
  /// How people name it on the command line; its place in the list, from 1, when the team gave it no id.
  package var id: String
  /// What to look at.
  package var look: String

  package init(id: String, look: String) {
    self.id = id
    self.look = look
  }
}

package struct RollbackRules: Hashable, Sendable {
  /// Commands run after everything was taken back; each must exit 0.
  package var validate: [String] = []
  /// In the order in which they are undone, once traffic is back.
  package var compensate: [Compensation] = []
  /// Automatic rollbacks per release.
  package var atMost = 1
  package init() {}
}
