/// Where snapshots are kept.
package enum SnapshotPlaceRule: Hashable, Sendable {
  /// A folder, relative to the policy.
  case directory(String)
  case bucket(BucketRule)
}

/// A bucket of S3-compatible object storage.
package struct BucketRule: Hashable, Sendable {
  /// How requests name the bucket.
  package enum Addressing: String, Sendable, CaseIterable { case path, host }
  package enum LockMode: String, Sendable, CaseIterable { case governance, compliance }

  /// `s3://bucket/prefix`
  package var bucket: String
  package var region: String
  /// The service's address; Amazon's when `nil`.
  package var endpoint: String?
  /// What the service is used to when `nil`.
  package var addressing: Addressing?
  package var accessKey: SecretReference
  package var secretKey: SecretReference
  package var sessionToken: SecretReference?
  /// How long the service itself refuses to remove what is written; not at all when `nil`.
  package var lock: Duration?
  package var lockMode: LockMode = .governance

  package init(bucket: String, region: String, accessKey: SecretReference, secretKey: SecretReference) {
    self.bucket = bucket
    self.region = region
    self.accessKey = accessKey
    self.secretKey = secretKey
  }

  package var secrets: [SecretReference] { [accessKey, secretKey] + [sessionToken].compactMap(\.self) }
}
