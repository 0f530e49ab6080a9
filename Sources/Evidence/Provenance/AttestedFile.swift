import Attestations
import Core

/// Whose signatures bind reports: a key of the commit, perhaps for one builder only.
package struct TrustedSigner: Hashable, Sendable {
  /// The policy's name of it.
  package var id: String
  package var key: TrustedKey
  /// The builder's URI; `nil` for statements of any, and of `collect`.
  package var builder: String?

  package init(id: String, key: TrustedKey, builder: String? = nil) {
    self.id = id
    self.key = key
    self.builder = builder
  }
}

/// What a trusted signer says of the bytes of one file.
package struct AttestedFile: Hashable, Sendable {
  /// The file that says it, with the line where it has several.
  package var place: String
  package var signer: String
  package var way: EvidenceBinding.Way
  /// Lower-case hexadecimal.
  package var sha256: String
  /// Relative to the policy's folder, when the signer says which file of the folder it is.
  package var path: String?
  /// In full. Several when it was built from several.
  package var commits: [CommitID]
  /// When the making of it began, or ended where nobody says when it began.
  package var made: Timestamp?
  /// What the command that wrote it exited with.
  package var exit: Int?
  package var isClean: Bool?
}
