import Core
import HTTP
import OpenSSL

/// A part that the service has.
struct FinishedPart: Hashable, Sendable {
  var number: Int
  var tag: String
  var sha256: [UInt8]
}

/// What every request that makes an object carries.
struct ObjectTraits: Sendable {
  var name: String
  /// Told back by the service, so that one can know who wrote what is there.
  var writer: String
  var lock: ObjectLock?
  var lockUntil: Timestamp?
  /// Whether an object of that name is left alone.
  var onlyNew = false

  var headers: [(name: String, value: String)] {
    var headers = [(name: StoredObject.writerHeader, value: writer)]
    if let lock, let lockUntil { headers += lock.headers(until: lockUntil) }
    return headers
  }
}

extension ObjectStore {
  private static let putting = "the object could not be stored"
  private static let allowing = "s3:PutObject"

  /// Stores a small object in one request.
  func put(_ bytes: [UInt8], _ traits: ObjectTraits) async throws(StorageFailure) {
    var call = StorageCall("PUT", traits.name, what: Self.putting, permission: permission(traits))
    let digest = Digest.sha256(bytes)
    call.headers = [("Content-Type", "application/octet-stream")] + traits.headers
    call.body = bytes
    call.bodySHA256 = digest
    call.checksums = [("x-amz-checksum-sha256", Base64.encode(digest))]
    call.onlyNew = traits.onlyNew
    call.setsLock = traits.lock != nil
    call.maximumBody = 1 << 20
    _ = try await send(call)
  }

  /// Begins an upload in parts, and gives back its number.
  func beginUpload(_ traits: ObjectTraits) async throws(StorageFailure) -> String {
    var call = StorageCall("POST", traits.name, what: Self.putting, permission: permission(traits))
    call.query = [("uploads", "")]
    call.headers = [("Content-Type", "application/octet-stream")] + traits.headers
    call.checksums = [("x-amz-checksum-algorithm", "SHA256")]
    call.setsLock = traits.lock != nil
    call.mark = .element("UploadId")
    let id = try await send(call).xml?["UploadId"]?.text ?? ""
    guard (1...2048).contains(id.utf8.count), id.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw .garbled(call, address, "the upload has no number")
    }
    return id
  }

  func upload(
    _ bytes: [UInt8], part number: Int, of name: String, _ upload: String
  ) async throws(StorageFailure) -> FinishedPart {
    var call = StorageCall("PUT", name, what: Self.putting, permission: Self.allowing)
    let digest = Digest.sha256(bytes)
    call.query = [("partNumber", String(number)), ("uploadId", upload)]
    call.body = bytes
    call.bodySHA256 = digest
    call.checksums = [("x-amz-checksum-sha256", Base64.encode(digest))]
    call.maximumBody = 1 << 20
    let asked = call
    return try await send(call) { (answer) throws(StorageFailure) in
      guard let tag = answer.tag else { throw .garbled(asked, address, "a part was taken without an ETag") }
      return FinishedPart(number: number, tag: tag, sha256: digest)
    }
  }

  /// Makes the parts one object under its name.
  func complete(_ parts: [FinishedPart], _ traits: ObjectTraits, _ upload: String) async throws(StorageFailure) {
    var call = StorageCall("POST", traits.name, what: Self.putting, permission: Self.allowing)
    call.query = [("uploadId", upload)]
    call.headers = [("Content-Type", "application/xml")]
    call.onlyNew = traits.onlyNew
    call.mark = .element("ETag")
    call.body = Array(Self.document(parts, withChecksums: knownTraits.takesChecksums).utf8)
    guard let answer = try await send(call).xml else { throw .garbled(call, address, "the answer is empty") }
    if let told = answer["ChecksumSHA256"]?.text, !told.isEmpty, !Self.isSame(told, Self.checksum(of: parts)) {
      throw StorageFailure(
        kind: .other,
        problem: Problem(
          "storage.damaged", call.what, place: address.shown(traits.name),
          why: "the service put the parts together to something else"))
    }
  }

  /// Ends an upload and frees its parts; one that is not there is no problem.
  func abort(_ name: String, _ upload: String) async throws(StorageFailure) {
    var call = StorageCall(
      "DELETE", name, what: "an unfinished upload could not be ended", permission: "s3:AbortMultipartUpload")
    call.query = [("uploadId", upload)]
    do throws(StorageFailure) { _ = try await send(call) } catch {
      if error.kind != .uploadGone, error.kind != .missing { throw error }
    }
  }

  /// SHA-256 over the parts' digests, and their number: what S3 calls a composite checksum.
  static func checksum(of parts: [FinishedPart]) -> String {
    Base64.encode(Digest.sha256(parts.flatMap(\.sha256))) + "-\(parts.count)"
  }

  /// Some services leave the number of parts off.
  static func isSame(_ one: String, _ other: String) -> Bool { one.prefix { $0 != "-" } == other.prefix { $0 != "-" } }

  private static func document(_ parts: [FinishedPart], withChecksums: Bool) -> String {
    var text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
    for part in parts {
      let tag = part.tag.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
      let sum = withChecksums ? "<ChecksumSHA256>\(Base64.encode(part.sha256))</ChecksumSHA256>" : ""
      text += "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(tag)</ETag>\(sum)</Part>"
    }
    return text + "</CompleteMultipartUpload>"
  }

  private func permission(_ traits: ObjectTraits) -> String {
    traits.lock == nil ? Self.allowing : Self.allowing + ", s3:PutObjectRetention and s3:GetObjectRetention"
  }
}
