import Core

/// An environment variable of a project, or one of the team that the project is linked to. The value is a secret
/// whatever Vercel calls it.
package struct VercelVariable: Hashable, Sendable {
  package var key: String
  /// `production`, `preview`, `development`.
  package var targets: [String]
  /// `system`, `plain`, `encrypted`, `sensitive`, `secret`.
  package var type: String
  /// `nil` when Vercel lets nobody read it.
  package var value: Secret?
  /// The value is the vendor's mark for a value that was not shown: somebody stored what a pull had written.
  package var isPlaceholder: Bool
  package var gitBranch: String?
  package var customEnvironments: [String]
  /// By the server's clock: when it was made, or changed since.
  package var changedAt: Timestamp?

  package init?(json: JSON) {
    guard let key = json["key"]?.string, !key.isEmpty else { return nil }
    self.key = key
    type = json["type"]?.string ?? "unknown"
    let target = json["target"]
    targets = target?.array?.compactMap(\.string) ?? target?.string.map { [$0] } ?? []
    gitBranch = json["gitBranch"]?.string
    customEnvironments = json["customEnvironmentIds"]?.array?.compactMap(\.string) ?? []
    let text = json["value"]?.string
    let isDecrypted = json["decrypted"]?.bool
    // An encrypted value that was not decrypted is ciphertext, and an undecrypted `secret` is the name of one; comparing
    // those would find a difference every time.
    let isReadable =
      switch type {
      case "sensitive": false
      case "plain", "system": true
      case "secret": isDecrypted == true
      default: isDecrypted != false
      }
    isPlaceholder = isReadable && text == VercelVariable.placeholder
    value = isReadable && !isPlaceholder ? text.map { Secret($0) } : nil
    changedAt = (json["updatedAt"]?.integer ?? json["createdAt"]?.integer).map { Timestamp(milliseconds: $0) }
  }

  /// What the vendor's client writes for a value that it was not given (vercel/vercel#17514).
  static let placeholder = "[SENSITIVE]"
}

/// What a token is shown of a project's variables.
package struct VercelVariables: Hashable, Sendable {
  package var entries: [VercelVariable]
  /// So many variables of production are kept from this token, names and all.
  package var hidden: Int
}
