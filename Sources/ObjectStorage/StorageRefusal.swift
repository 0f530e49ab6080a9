import Core

/// What a service's code, or its status where there is none, means for us and for whoever reads it.
///
/// Source: Amazon S3's API reference, "Error responses". Other services use the same codes.
struct StorageRefusal {
  var name: String
  var why: String
  var remedy: String?
  var kind: StorageFailure.Kind = .other
  var isPassing = false

  private init(
    _ name: String, _ why: String, _ remedy: String? = nil, kind: StorageFailure.Kind = .other, passing: Bool = false
  ) {
    self.name = name
    self.why = why
    self.remedy = remedy
    self.kind = kind
    isPassing = passing
  }

  init(code: String?, status: Int, call: StorageCall, region: String?, configured: String, skew: Duration?) {
    self =
      code.flatMap { Self.byCode($0, call, skew) } ?? Self.byRegion(code, status, region, configured)
      ?? Self.byStatus(status, call)
  }

  private static func byCode(_ code: String, _ call: StorageCall, _ skew: Duration?) -> StorageRefusal? {
    switch code {
    case "NoSuchKey": return missing
    case "NoSuchBucket":
      return .init(
        "no-bucket", "the bucket is not there", "make the bucket, or correct `s3`, `region` or `endpoint` in the policy"
      )
    case "NoSuchUpload":
      return .init(
        "upload-gone", "the upload is not there any more: somebody ended it, or a rule of the bucket did", "run again",
        kind: .uploadGone)
    case "AccessDenied", "AllAccessDisabled", "AccountProblem", "UnauthorizedAccess": return notAllowed(call)
    case "InvalidAccessKeyId", "InvalidSecurity":
      return .init("key", "the service does not know the access key", "see the secret that `access-key` names")
    case "SignatureDoesNotMatch":
      return .init(
        "key", "the secret key is not that of the access key, or something on the way changes requests",
        "see the secrets that `access-key` and `secret-key` name, and proxies on the way")
    case "ExpiredToken", "TokenRefreshRequired":
      return .init(
        "key", "the session token has expired",
        "get new credentials just before the run, that live as long as the longest snapshot takes")
    case "InvalidToken":
      return .init(
        "key", "the session token is not right", "see the secret that `session-token` names; lent keys need theirs")
    case "RequestTimeTooSkewed", "RequestExpired":
      var why = "the clock of this machine and that of the service are too far apart"
      if let skew, abs(skew.seconds) >= 60 {
        why += ": ours is \(Int64(abs(skew.seconds)) / 60) min \(skew < .zero ? "behind" : "ahead")"
      }
      return .init("clock", why, "set the clock of this machine, such as by NTP, and run again")
    case "SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequests":
      return .init("busy", "the service asks to slow down", "run again later", passing: true)
    case "InternalError", "ServiceUnavailable", "RequestTimeout", "OperationAborted":
      return .init("busy", "the service could not do it now", "run again later", passing: true)
    case "ConditionalRequestConflict":
      return .init("busy", "somebody else writes the same object", "run again later", passing: call.method == "PUT")
    case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch":
      return .init(
        "damaged", "what arrived is not what was sent",
        "something on the way changes bytes: look after proxies and this machine's memory", passing: true)
    case "PreconditionFailed": return condition(call)
    case "NotImplemented": return unsupported
    case "InvalidArgument":
      return .init("refused", "the service does not take a part of the request", kind: .unsupported)
    case "InvalidRequest" where call.setsLock, "ObjectLockConfigurationNotFoundError",
      "InvalidBucketObjectLockConfiguration", "InvalidRetentionPeriod":
      return .init(
        "lock", "the bucket takes no locks on objects",
        "turn on Object Lock for the bucket (with most services only when it is made), or take `lock` out of the policy"
      )
    case "EntityTooLarge": return .init("too-large", "it is larger than the service takes")
    case "QuotaExceeded", "InsufficientStorage", "InsufficientStorageSpace", "XMinioStorageFull", "StorageFull":
      return full
    case "InvalidRange": return .init("garbled", "there are fewer bytes than were asked for", kind: .range)
    default: return nil
    }
  }

  private static func byRegion(_ code: String?, _ status: Int, _ region: String?, _ configured: String)
    -> StorageRefusal?
  {
    let isElsewhere =
      [301, 302, 307, 308].contains(status)
      || ["PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"].contains(code)
      || (status == 400 && code == nil && region != nil && region != configured)
    guard isElsewhere else { return nil }
    guard let region, region != configured else {
      return .init("region", "the service sends us elsewhere", "correct `region` and `endpoint` in the policy")
    }
    return .init("region", "the bucket is in another region", "write `region: \(region)` in the policy")
  }

  private static func byStatus(_ status: Int, _ call: StorageCall) -> StorageRefusal {
    switch status {
    case 401, 403: notAllowed(call)
    case 404: missing
    case 412: condition(call)
    case 416: .init("garbled", "there are fewer bytes than were asked for", kind: .range)
    case 408, 425, 429: .init("busy", "the service asks to slow down", "run again later", passing: true)
    case 501: unsupported
    case 507: full
    case 500...: .init("busy", "the service could not do it now", "run again later", passing: true)
    case 200: .init("garbled", "it answers with an error that has no known code", passing: true)
    default:
      .init("refused", "the service refuses it", "ask whoever runs it, and quote the code and the request's number")
    }
  }

  private static let missing = StorageRefusal("missing", "it is not there", kind: .missing)
  private static let unsupported = StorageRefusal(
    "unsupported", "the service cannot do this", "use a service that can, or see docs/reference/snapshots.md",
    kind: .unsupported)
  private static let full = StorageRefusal(
    "full", "the service has no room left", "make room, or raise the quota, then run again")

  private static func condition(_ call: StorageCall) -> StorageRefusal {
    call.onlyNew
      ? .init("exists", "there is an object of that name, and it is not replaced", kind: .condition)
      : .init(
        "changed", "it was replaced while it was read", "run again; find out who writes there", kind: .condition)
  }

  private static func notAllowed(_ call: StorageCall) -> StorageRefusal {
    .init("not-allowed", "the access key may not do this", "allow \(call.permission) for the bucket and its prefix")
  }
}
