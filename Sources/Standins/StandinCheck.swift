import Core

/// A check that a project has (version 2): it withholds something from every deployment until its run has succeeded.
package struct StandinCheck: Hashable, Sendable {
  package let id: String
  package internal(set) var name: String
  package internal(set) var requires: String
  package internal(set) var blocks: String
  package internal(set) var targets: [String]
  package internal(set) var isRerequestable: Bool
  /// Seconds.
  package internal(set) var timeout: Int64
  package let createdAt: Int64
  package internal(set) var updatedAt: Int64
}

package struct StandinCheckRun: Hashable, Sendable {
  package let id: String
  package let check: String
  package let deployment: String
  package internal(set) var status: String
  package internal(set) var conclusion: String?
  package internal(set) var text: String?
  package internal(set) var externalID: String?
  package let createdAt: Int64
  package internal(set) var updatedAt: Int64
  package internal(set) var completedAt: Int64?
}
