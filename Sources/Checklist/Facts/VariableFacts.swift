import Core
import OpenSSL

/// An environment variable of a project, without its value.
package struct VariableFact: Hashable, Sendable {
  /// What is known of the value. The value itself is dropped as soon as this is made of it.
  package enum Content: Hashable, Sendable {
    /// Vercel lets nobody read it; it is there.
    case unreadable
    /// The platform fills it in when it builds.
    case system
    case empty
    /// The mark that stands for a value which was not shown, stored in its place.
    case placeholder
    /// HMAC-SHA-256 with the run's key; and whether the text is the address of a database.
    case digest([UInt8], isDatabase: Bool)

    package init(_ value: Secret?, hashedWith key: [UInt8]) {
      guard let value else {
        self = .unreadable
        return
      }
      guard !value.isEmpty else {
        self = .empty
        return
      }
      let text = value.reveal()
      let lower = text.prefix(32).lowercased()
      self = .digest(
        hmacSHA256(key: key, message: Array(text.utf8)),
        isDatabase: Content.schemes.contains { lower.hasPrefix($0) })
    }

    private static let schemes = [
      "postgres://", "postgresql://", "jdbc:", "mysql://", "mysqlx://", "mariadb://", "mongodb://", "mongodb+srv://",
      "sqlserver://", "cockroachdb://", "libsql://", "prisma://", "prisma+postgres://",
    ]
  }

  package var key: String
  /// `production`, `preview`, `development`.
  package var targets: [String]
  package var content: Content
  /// The branch it is limited to, if any.
  package var gitBranch: String?
  /// Whether it is given to environments that the team made itself.
  package var isForCustomEnvironments: Bool
  /// Set for the whole team and linked to the project.
  package var isShared: Bool
  package var changedAt: Timestamp?

  package init(
    key: String, targets: [String], content: Content, gitBranch: String? = nil, isForCustomEnvironments: Bool = false,
    isShared: Bool = false, changedAt: Timestamp? = nil
  ) {
    self.key = key
    self.targets = targets
    self.content = content
    self.gitBranch = gitBranch
    self.isForCustomEnvironments = isForCustomEnvironments
    self.isShared = isShared
    self.changedAt = changedAt
  }

  /// Whether deployments that are not production's get it.
  var isForPreviews: Bool {
    isForCustomEnvironments || targets.contains("preview") || targets.contains("development")
  }

  /// Whether it leads to a database, by its name or by its value: `DATABASE_URL`, `POSTGRES_PRISMA_URL`, or any
  /// `postgres://…`. Names and users of databases are alike everywhere and are not meant.
  var leadsToDatabase: Bool {
    if case .digest(_, let isDatabase) = content, isDatabase { return true }
    let words = Set(key.uppercased().split(separator: "_").map(String.init))
    let stores: Set = [
      "DATABASE", "DB", "POSTGRES", "POSTGRESQL", "PG", "MYSQL", "MARIADB", "MONGO", "MONGODB", "NEON",
    ]
    return !words.isDisjoint(with: ["URL", "URI", "DSN"]) && !words.isDisjoint(with: stores)
  }
}

/// The environment variables of a project, as the token sees them.
package struct ProjectVariables: Hashable, Sendable {
  /// The project's own, then those shared ones that it does not set itself.
  package var entries: [VariableFact]
  /// Why there may be more than was seen; `nil` when all was.
  package var unseen: String?
  /// The deployment that serves production, and when it was made.
  package var live: Live?

  package struct Live: Hashable, Sendable {
    package var deployment: DeploymentID
    package var createdAt: Timestamp
    package init(deployment: DeploymentID, createdAt: Timestamp) {
      self.deployment = deployment
      self.createdAt = createdAt
    }
  }

  package init(_ entries: [VariableFact], unseen: String? = nil, live: Live? = nil) {
    self.entries = entries
    self.unseen = unseen
    self.live = live
  }

  /// Sorted names of production's variables that were made or changed after the live deployment: it was built without
  /// them. One that was taken away leaves no trace. `nil` when nothing is live.
  package var changedSinceLive: [String]? {
    live.map { live in
      let changed = entries.filter { entry in
        entry.targets.contains("production") && entry.gitBranch == nil
          && entry.changedAt.map { $0 > live.createdAt } == true
      }
      return Set(changed.map(\.key)).sorted()
    }
  }
}

extension ProjectVariables {
  /// The project's own variables, and of the shared ones what it does not set itself: its own go before them.
  package init(own: [VariableFact], shared: [VariableFact], unseen: String?, live: Live?) {
    var entries = own
    for entry in shared {
      var left = entry
      left.isShared = true
      left.targets = entry.targets.filter { target in
        !own.contains { $0.key == entry.key && $0.gitBranch == nil && $0.targets.contains(target) }
      }
      if !left.targets.isEmpty || left.isForCustomEnvironments { entries.append(left) }
    }
    self.init(entries, unseen: unseen, live: live)
  }
}
