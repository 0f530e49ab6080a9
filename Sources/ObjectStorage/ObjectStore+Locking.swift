import Core
import HTTP

extension ObjectStore {
  /// Fails when the bucket says that it takes no locks. One that does not tell may still take them.
  package func refuseUnlockable() async throws(Problem) {
    var call = StorageCall(
      "GET", nil, what: "objects could not be locked", permission: "s3:GetBucketObjectLockConfiguration")
    call.query = [("object-lock", "")]
    call.setsLock = true
    do throws(StorageFailure) { _ = try await send(call) } catch {
      if error.kind == .interrupted || error.problem.code == "storage.lock" { throw error.problem }
    }
  }

  /// Locks an object from now on, and sees that it is.
  package func lock(_ name: String, _ lock: ObjectLock) async throws(Problem) {
    let until = timing.now() + lock.duration
    var call = StorageCall(
      "PUT", name, what: "the object could not be locked", permission: "s3:PutObjectRetention and s3:GetObjectRetention"
    )
    call.query = [("retention", "")]
    call.headers = [("Content-Type", "application/xml")]
    call.setsLock = true
    call.body = Array(
      ("<Retention xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Mode>\(lock.mode.word)</Mode>"
        + "<RetainUntilDate>\(until)</RetainUntilDate></Retention>").utf8)
    let asked = call
    let found = try await telling { () async throws(StorageFailure) in
      _ = try await send(asked)
      return try await stored(name)
    }
    guard let found else {
      throw Problem("storage.missing", call.what, place: address.shown(name), why: "it is not there any more")
    }
    if let problem = found.lacking(lock, until: until, place: address.shown(name)) { throw problem }
  }
}

extension StoredObject {
  /// What is wrong with its lock; `nil` when it is locked as asked for, or longer.
  func lacking(_ lock: ObjectLock, until: Timestamp, place: String) -> Problem? {
    // Services keep whole seconds, or fewer digits of them.
    if let lockedUntil, lockedUntil + .seconds(2) > until, lockMode == lock.mode.rawValue { return nil }
    return Problem(
      "storage.lock", "the object was stored without the lock that the policy asks for", place: place,
      why: lockedUntil.map { "it is locked until \($0) (\(lockMode ?? "no mode"))" } ?? "it has no lock",
      remedy:
        "turn on Object Lock for the bucket and allow s3:PutObjectRetention and s3:GetObjectRetention, or take `lock` "
        + "out of the policy")
  }
}
