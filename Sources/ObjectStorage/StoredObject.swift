import Core
import HTTP
import OpenSSL

/// That an object may not be removed or replaced for a while, whoever asks.
package struct ObjectLock: Hashable, Sendable {
  package enum Mode: String, Sendable, CaseIterable {
    /// Lifted early only by whoever has a permission for just that.
    case governance
    /// Lifted early by nobody.
    case compliance

    var word: String { rawValue.uppercased() }
  }

  package var mode: Mode
  package var duration: Duration

  package init(mode: Mode = .governance, for duration: Duration) {
    self.mode = mode
    self.duration = duration
  }

  func headers(until: Timestamp) -> [(name: String, value: String)] {
    [("x-amz-object-lock-mode", mode.word), ("x-amz-object-lock-retain-until-date", until.description)]
  }
}

/// What the service says of one object.
package struct StoredObject: Hashable, Sendable {
  package var bytes: Int64
  /// The service's own word for this content; changes whenever the object is replaced.
  package var tag: String
  /// The mode in small letters, and until when.
  package var lockMode: String?
  package var lockedUntil: Timestamp?
  /// Whether it is under a legal hold, which has no end. Told only to a key that may read it (`s3:GetObjectLegalHold`).
  package var isHeld: Bool
  /// The word of the ``ObjectWriter`` that wrote it.
  var writer: String?
  /// SHA-256 as the service keeps it: of all the bytes, or of the parts' digests with their number.
  var checksum: String?

  static let writerHeader = "x-amz-meta-gatehouse-writer"

  init?(_ answer: StorageAnswer) {
    guard let length = answer.header("content-length").flatMap(ObjectStore.digits), let tag = answer.tag else {
      return nil
    }
    bytes = length
    self.tag = tag
    lockMode = answer.header("x-amz-object-lock-mode")?.asPlainName?.lowercased()
    lockedUntil = answer.header("x-amz-object-lock-retain-until-date").flatMap { Timestamp($0) }
    isHeld = answer.header("x-amz-object-lock-legal-hold")?.uppercased() == "ON"
    writer = answer.header(Self.writerHeader)
    checksum = answer.header("x-amz-checksum-sha256")
  }
}

extension ObjectStore {
  /// What is there under a name; `nil` when nothing is.
  package func object(_ name: String) async throws(Problem) -> StoredObject? {
    try await telling { () async throws(StorageFailure) in try await stored(name) }
  }

  func stored(_ name: String) async throws(StorageFailure) -> StoredObject? {
    var call = StorageCall(
      "HEAD", name, what: "the object could not be looked at",
      permission: "s3:GetObject and s3:ListBucket (without the second, what is missing looks forbidden)")
    call.headers = [("x-amz-checksum-mode", "ENABLED")]
    let asked = call
    do throws(StorageFailure) {
      return try await send(call) { (answer) throws(StorageFailure) in
        guard let object = StoredObject(answer) else {
          throw .garbled(asked, address, "the answer tells no length or no ETag")
        }
        return object
      }
    } catch {
      if error.kind == .missing { return nil }
      throw error
    }
  }

  /// Removes an object; one that is not there is no problem. One that is locked is not touched: in a bucket with versions
  /// the service would hide it and say that it is gone.
  package func remove(_ name: String) async throws(Problem) {
    guard let found = try await object(name) else { return }
    if let until = found.lockedUntil, until > timing.now() {
      throw Problem(
        "storage.locked", "the object could not be removed", place: address.shown(name),
        why: "it is locked until \(until) (\(found.lockMode ?? "by the service"))", remedy: "wait until then")
    }
    guard !found.isHeld else {
      throw Problem(
        "storage.locked", "the object could not be removed", place: address.shown(name),
        why: "it is under a legal hold",
        remedy: "whoever put the hold on it must take it away first")
    }
    try await telling { () async throws(StorageFailure) in try await delete(name) }
  }

  func delete(_ name: String) async throws(StorageFailure) {
    let call = StorageCall(
      "DELETE", name, what: "the object could not be removed", permission: "s3:DeleteObject")
    do throws(StorageFailure) { _ = try await send(call) } catch {
      if error.kind != .missing { throw error }
    }
  }

  /// A whole number of plain digits below 2⁶².
  static func digits(_ text: some StringProtocol) -> Int64? {
    guard (1...18).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }
}

extension StorageAnswer {
  /// The `ETag`, with its quotes, when it can stand in a request.
  var tag: String? {
    guard let text = header("etag"), (1...200).contains(text.utf8.count),
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    return text
  }
}
