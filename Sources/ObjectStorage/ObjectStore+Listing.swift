import Core
import HTTP

/// An object in a listing.
package struct ListedObject: Hashable, Sendable {
  /// Without the prefix.
  package var name: String
  package var bytes: Int64
}

/// An upload that has begun and not ended.
struct OpenUpload: Hashable, Sendable {
  var name: String
  var id: String
  var begun: Timestamp
}

extension ObjectStore {
  /// More than anybody keeps under one prefix; a listing without end is none.
  private static let mostPages = 1000

  /// The objects right below the prefix, in the service's order.
  package func objects() async throws(Problem) -> [ListedObject] {
    try await telling { () async throws(StorageFailure) in try await listed() }
  }

  private func listed() async throws(StorageFailure) -> [ListedObject] {
    var call = StorageCall("GET", nil, what: "the bucket could not be listed", permission: "s3:ListBucket")
    call.mark = .root("ListBucketResult")
    let query = [
      (name: "list-type", value: "2"), ("encoding-type", "url"), ("delimiter", "/"), ("prefix", address.keyPrefix),
    ]
    var found: [ListedObject] = []
    var mark: String?
    for _ in 0..<Self.mostPages {
      call.query = query + (mark.map { [(name: "continuation-token", value: $0)] } ?? [])
      let page = try await page(call)
      for entry in page.all("Contents") {
        guard let name = name(entry, page), let bytes = entry["Size"].flatMap({ Self.digits($0.text) }) else {
          throw .garbled(call, address, "an entry of the listing has no key below the prefix, or no size")
        }
        if isRightBelow(name) { found.append(ListedObject(name: name, bytes: bytes)) }
      }
      guard isCut(page) else { return found }
      guard let next = page["NextContinuationToken"]?.text, !next.isEmpty, next.utf8.count <= 4096, next != mark else {
        throw .garbled(call, address, "the listing is cut and does not say where it goes on")
      }
      mark = next
    }
    throw .garbled(call, address, "the listing does not come to an end")
  }

  /// Ends uploads that began longer ago than that and whose names are ours, and gives back how many.
  package func endUploads(
    olderThan age: Duration, where isOurs: @Sendable (String) -> Bool
  ) async throws(Problem) -> Int {
    try await telling { () async throws(StorageFailure) in
      let (uploads, serverTime) = try await openUploads()
      var count = 0
      for upload in uploads where isOurs(upload.name) && serverTime - upload.begun > age {
        try await abort(upload.name, upload.id)
        count += 1
      }
      return count
    }
  }

  /// Uploads right below the prefix, and what time it is by the service's clock, which dated them.
  func openUploads() async throws(StorageFailure) -> (uploads: [OpenUpload], serverTime: Timestamp) {
    var call = StorageCall(
      "GET", nil, what: "unfinished uploads could not be listed", permission: "s3:ListBucketMultipartUploads")
    call.mark = .root("ListMultipartUploadsResult")
    let query = [
      (name: "uploads", value: ""), ("encoding-type", "url"), ("delimiter", "/"), ("prefix", address.keyPrefix),
    ]
    var found: [OpenUpload] = []
    var mark: [(name: String, value: String)] = []
    for _ in 0..<Self.mostPages {
      call.query = query + mark
      let answer = try await send(call)
      guard let page = answer.xml else { throw .garbled(call, address, "the answer is empty") }
      for entry in page.all("Upload") {
        guard let name = name(entry, page), let id = entry["UploadId"]?.text, !id.isEmpty,
          let begun = entry["Initiated"].flatMap({ Timestamp($0.text) })
        else { throw .garbled(call, address, "an entry of the listing lacks its key, number or time") }
        if isRightBelow(name) { found.append(OpenUpload(name: name, id: id, begun: begun)) }
      }
      guard isCut(page) else {
        return (found, answer.header("date").flatMap { Timestamp(httpDate: $0) } ?? timing.now())
      }
      let next: [(name: String, value: String)] = [
        ("key-marker", value: decoded(page["NextKeyMarker"]?.text ?? "", page) ?? ""),
        ("upload-id-marker", page["NextUploadIdMarker"]?.text ?? ""),
      ]
      guard !next[0].value.isEmpty, next.map(\.value) != mark.map(\.value) else {
        throw .garbled(call, address, "the listing is cut and does not say where it goes on")
      }
      mark = next
    }
    throw .garbled(call, address, "the listing does not come to an end")
  }

  private func page(_ call: StorageCall) async throws(StorageFailure) -> AnswerElement {
    guard let page = try await send(call).xml else { throw .garbled(call, address, "the answer is empty") }
    return page
  }

  private func isCut(_ page: AnswerElement) -> Bool { page["IsTruncated"]?.text == "true" }

  /// The key of an entry without the prefix; `nil` for one outside of it.
  private func name(_ entry: AnswerElement, _ page: AnswerElement) -> String? {
    guard let key = entry["Key"].flatMap({ decoded($0.text, page) }), key.hasPrefix(address.keyPrefix) else {
      return nil
    }
    return String(key.dropFirst(address.keyPrefix.count))
  }

  /// Not the prefix itself, which some tools store as an empty object to show a folder, nor what is in folders below it,
  /// which a service that does not know the delimiter lists as well.
  private func isRightBelow(_ name: String) -> Bool { !name.isEmpty && !name.contains("/") }

  /// As asked for, keys are percent-encoded; a service that does not do it does not say so either.
  private func decoded(_ text: String, _ page: AnswerElement) -> String? {
    page["EncodingType"]?.text == "url" ? PercentEncoding.decode(text) : text
  }
}
